package jwttest

import (
	"crypto/rand"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"maps"
	"time"

	"github.com/apiauth-go/apiauth/jwt"
)

// Claims are the claims of a token: of any type that encoding/json takes. Dates are in Unix seconds.
type Claims map[string]any

// Token returns a signed token. It has iss, aud, iat (now), exp (in an hour), a random jti, sub ("subject") and, where Options.Type is
// [jwt.AccessToken], client_id ("client"). The claims given replace these and add others; a claim that is nil is left out.
func (i *Issuer) Token(claims Claims) string {
	i.t.Helper()
	k := i.current()
	return i.write(k, string(k.alg), i.complete(claims), k.sign)
}

// Flaw is something for which a verifier must refuse a token.
type Flaw string

// The flaws. The first three are those of tokens that were good at another time or place, the others are attempts to forge one.
const (
	Expired       Flaw = "expired"        // since an hour ago
	NotYetValid   Flaw = "not yet valid"  // until in an hour (nbf)
	OtherAudience Flaw = "other audience" // meant for another service

	OtherIssuer     Flaw = "other issuer"      // says that it is another's, and is signed by this one
	OtherKey        Flaw = "other key"         // signed with a key of the attacker's, with the ID of the published one
	ChangedClaims   Flaw = "changed claims"    // those of another token than the one that was signed
	Unsigned        Flaw = "unsigned"          // says that it needs no signature (alg none)
	PublicKeySecret Flaw = "public key secret" // signed with HS256, for which the published key is the secret
)

// Flaws returns all of them, for a test of each.
func Flaws() []Flaw {
	return []Flaw{Expired, NotYetValid, OtherAudience, OtherIssuer, OtherKey, ChangedClaims, Unsigned, PublicKeySecret}
}

// FlawedToken returns the token of [Issuer.Token] with a flaw. The flaw wins over the claims.
func (i *Issuer) FlawedToken(flaw Flaw, claims Claims) string {
	i.t.Helper()
	k, full, now := i.current(), i.complete(claims), time.Now()
	at := func(d time.Duration) int64 { return now.Add(d).Unix() }
	signed := func() string { return i.write(k, string(k.alg), full, k.sign) }
	switch flaw {
	case Expired:
		full["iat"], full["exp"] = at(-2*time.Hour), at(-time.Hour)
	case NotYetValid:
		full["nbf"], full["exp"] = at(time.Hour), at(2*time.Hour)
	case OtherAudience:
		full["aud"] = "https://other.example"
	case OtherIssuer:
		full["iss"] = "https://other.example"
	case OtherKey:
		other, err := newKey(i.alg, k.kid)
		if err != nil {
			i.t.Fatal("jwttest:", err)
		}
		return i.write(k, string(k.alg), full, other.sign)
	case ChangedClaims:
		good := maps.Clone(full)
		return i.write(k, string(k.alg), full, func([]byte) ([]byte, error) {
			good["jti"] = rand.Text()
			return k.sign([]byte(i.input(k, string(k.alg), good)))
		})
	case Unsigned:
		return i.write(k, "none", full, func([]byte) ([]byte, error) { return nil, nil })
	case PublicKeySecret:
		return i.write(k, string(jwt.HS256), full, hmacSHA256(k.pem))
	default:
		i.t.Fatalf("jwttest: no such flaw as %q", flaw)
	}
	return signed()
}

// complete returns the claims with those that every token has.
func (i *Issuer) complete(claims Claims) Claims {
	now := time.Now()
	full := Claims{
		"iss": i.Name(), "aud": i.audience, "sub": "subject", "iat": now.Unix(), "exp": now.Add(time.Hour).Unix(), "jti": rand.Text(),
	}
	if i.typ == jwt.AccessToken {
		full["client_id"] = "client"
	}
	maps.Copy(full, claims)
	maps.DeleteFunc(full, func(_ string, v any) bool { return v == nil })
	return full
}

// write returns a token in compact serialization (RFC 7515 section 3.1).
func (i *Issuer) write(k *key, alg string, claims Claims, sign func([]byte) ([]byte, error)) string {
	i.t.Helper()
	input := i.input(k, alg, claims)
	sig, err := sign([]byte(input))
	if err != nil {
		i.t.Fatal("jwttest:", err)
	}
	return input + "." + base64.RawURLEncoding.EncodeToString(sig)
}

// input returns what is signed: header and claims.
func (i *Issuer) input(k *key, alg string, claims Claims) string {
	i.t.Helper()
	payload, err := json.Marshal(claims)
	if err != nil {
		i.t.Fatal("jwttest:", err)
	}
	header := fmt.Sprintf(`{"alg":%q,"kid":%q,"typ":%q}`, alg, k.kid, i.typ)
	return base64.RawURLEncoding.EncodeToString([]byte(header)) + "." + base64.RawURLEncoding.EncodeToString(payload)
}
