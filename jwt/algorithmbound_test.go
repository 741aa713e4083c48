package jwt_test

import (
	"testing"

	autherr "github.com/apiauth-go/apiauth/errors"
	"github.com/apiauth-go/apiauth/jwt"
)

// A token cannot choose how its signature is checked, not even among the algorithms that are accepted: the key's own decides, and the token has to say the same (RFC 8725
// section 3.1). The source here hands out its only key whatever it is asked for.
func TestATokenCannotChooseTheAlgorithm(t *testing.T) {
	w := newWorld(t, jwt.HS256, func(cfg *jwt.VerifierConfig) {
		cfg.Keys = mixedSource{signingKey(t, jwt.HS256, nil).VerificationKey()}
		cfg.Algorithms = []jwt.Algorithm{jwt.HS256, jwt.HS384, jwt.HS512}
	})
	w.accepts(w.forge(`{"alg":"HS256","kid":"k1","typ":"JWT"}`, claims(nil)))
	for _, alg := range []string{"HS384", "HS512", "none", "RS256", ""} {
		w.refuses(autherr.InvalidSignature, w.forge(`{"alg":"`+alg+`","kid":"k1","typ":"JWT"}`, claims(nil)), alg)
	}
}
