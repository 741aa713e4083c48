package jwt

import (
	"crypto/ed25519"
	"errors"
	"fmt"
	"math/big"
	"slices"
)

var errNotOnCurve = errors.New("the key is not a point on its curve")

// checkEd25519 refuses what is not the canonical encoding of a point on the curve (RFC 8032 section 5.1.3), and the eight
// points of small order, under which one signature fits many messages. The standard library finds out with each
// signature; a key set should not hold such a key at all.
func checkEd25519(key ed25519.PublicKey) error {
	if len(key) != ed25519.PublicKeySize {
		return fmt.Errorf("the Ed25519 key has %d bytes: want %d", len(key), ed25519.PublicKeySize)
	}
	b := slices.Clone(key)
	b[31] &= 0x7f // the sign of x
	slices.Reverse(b)
	y := new(big.Int).SetBytes(b)

	one := big.NewInt(1)
	p := new(big.Int).Lsh(one, 255)
	p.Sub(p, big.NewInt(19))
	if y.Cmp(p) >= 0 {
		return errNotOnCurve
	}
	d := new(big.Int).ModInverse(big.NewInt(121666), p)
	d.Mul(d, big.NewInt(-121665)).Mod(d, p)
	yy := new(big.Int).Mul(y, y)
	yy.Mod(yy, p)

	// The curve is -x² + y² = 1 + d·x²·y², so x² = (y² - 1) / (d·y² + 1) must be a square.
	u := new(big.Int).Sub(yy, one)
	v := new(big.Int).Mul(d, yy)
	v.Add(v, one)
	if big.Jacobi(u.Mul(u, v).Mod(u, p), p) < 0 {
		return errNotOnCurve
	}

	// Orders 1 and 2 are y = ±1, order 4 is y = 0. Doubling a point of order 8 gives y = 0, which is so if
	// d·y⁴ + 2·y² - 1 = 0.
	w := new(big.Int).Mul(d, yy)
	w.Add(w, big.NewInt(2)).Mul(w, yy).Sub(w, one).Mod(w, p)
	if yy.Sign() == 0 || yy.Cmp(one) == 0 || w.Sign() == 0 {
		return errors.New("the Ed25519 key is a point of small order")
	}
	return nil
}
