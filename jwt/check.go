package jwt

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/hmac"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/sha512"
	"hash"
	"sync"
)

// scratch is the memory in which one token is taken apart. It is used again for the next.
type scratch struct {
	input   []byte // what was signed
	header  []byte
	payload []byte
	sig     []byte
	digest  [sha512.Size]byte
	der     [maxDER]byte
}

// sum returns the digest of input.
func (s *scratch) sum(h crypto.Hash, input []byte) []byte {
	switch h {
	case crypto.SHA256:
		d := sha256.Sum256(input)
		return s.digest[:copy(s.digest[:], d[:])]
	case crypto.SHA384:
		d := sha512.Sum384(input)
		return s.digest[:copy(s.digest[:], d[:])]
	default:
		d := sha512.Sum512(input)
		return s.digest[:copy(s.digest[:], d[:])]
	}
}

// checker decides whether sig is the signature of input. Signatures of another length than the algorithm's are refused. It
// is used concurrently, each time with a scratch of the caller's own.
type checker interface {
	check(input, sig []byte, s *scratch) bool
}

// newChecker returns the checker for a key that checkPublic returned.
func newChecker(s spec, key any) checker {
	switch key := key.(type) {
	case *rsa.PublicKey:
		if s.pss {
			return &pssChecker{key, s.hash, rsa.PSSOptions{SaltLength: rsa.PSSSaltLengthEqualsHash}}
		}
		return &rsaChecker{key, s.hash}
	case *ecdsa.PublicKey:
		return &ecdsaChecker{key, s.hash, fieldSize(s)}
	case ed25519.PublicKey:
		return &ed25519Checker{key}
	}
	panic("jwt: a key that was not checked")
}

// fieldSize is the length of r and of s in bytes.
func fieldSize(s spec) int { return (s.curve.Params().BitSize + 7) / 8 }

type rsaChecker struct {
	key  *rsa.PublicKey
	hash crypto.Hash
}

func (c *rsaChecker) check(input, sig []byte, s *scratch) bool {
	return len(sig) == c.key.Size() && rsa.VerifyPKCS1v15(c.key, c.hash, s.sum(c.hash, input), sig) == nil
}

// pssChecker takes only salts as long as the hash (RFC 7518 section 3.5).
type pssChecker struct {
	key  *rsa.PublicKey
	hash crypto.Hash
	opts rsa.PSSOptions
}

func (c *pssChecker) check(input, sig []byte, s *scratch) bool {
	return len(sig) == c.key.Size() && rsa.VerifyPSS(c.key, c.hash, s.sum(c.hash, input), sig, &c.opts) == nil
}

type ecdsaChecker struct {
	key  *ecdsa.PublicKey
	hash crypto.Hash
	size int
}

func (c *ecdsaChecker) check(input, sig []byte, s *scratch) bool {
	return len(sig) == 2*c.size && ecdsa.VerifyASN1(c.key, s.sum(c.hash, input), appendDER(s.der[:0], sig))
}

type ed25519Checker struct{ key ed25519.PublicKey }

func (c *ed25519Checker) check(input, sig []byte, _ *scratch) bool {
	return len(sig) == ed25519.SignatureSize && ed25519.Verify(c.key, input, sig)
}

// macs computes MACs with one secret. A state that has the secret worked in is kept for the next token. The secret itself is
// only in the function that makes new states, out of reach of printing by reflection.
type macs struct{ states sync.Pool }

// macState is a hash and the room for its result.
type macState struct {
	hash.Hash
	sum [sha512.Size]byte
}

func newMACs(h crypto.Hash, secret []byte) *macs {
	m := new(macs)
	m.states.New = func() any { return &macState{Hash: hmac.New(h.New, secret)} }
	return m
}

// mac calls use with the MAC of input.
func (m *macs) mac(input []byte, use func(sum []byte) bool) bool {
	st := m.states.Get().(*macState)
	st.Reset()
	st.Write(input)
	ok := use(st.Sum(st.sum[:0]))
	m.states.Put(st)
	return ok
}

func (m *macs) check(input, sig []byte, _ *scratch) bool {
	return m.mac(input, func(sum []byte) bool { return hmac.Equal(sum, sig) })
}
