package interop

import (
	"context"
	"net/http"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/apiauth-go/apiauth/jwt"
	"github.com/apiauth-go/apiauth/store"
)

// Each algorithm has an issuer of its own. A client has nothing but the two addresses and a password.
func TestTokensVerifyThroughThePublishedKeySet(t *testing.T) {
	needNode(t)
	_, login := accounts(t)
	mux := http.NewServeMux()
	for _, alg := range publicAlgorithms {
		prefix := "/" + string(alg)
		mux.Handle(prefix+"/", http.StripPrefix(prefix, issuerRoutes(t, newIssuer(t, newKey(t, alg)), login)))
	}
	base := serve(t, mux)
	keySet := func(alg jwt.Algorithm) string { return base + "/" + string(alg) + "/.well-known/jwks.json" }

	var questions []question
	for i, alg := range publicAlgorithms {
		good := job{Token: idToken(t, base+"/"+string(alg)), Algorithm: alg, JWKS: keySet(alg), Issuer: ourIssuer, Audience: ourIssuer}
		requireOurClaims(t, good.Token)
		questions = append(questions, questionsAbout(t, good)...)

		// The next issuer's keys are others, even where they are for the same algorithm.
		foreign := good
		foreign.JWKS = keySet(publicAlgorithms[(i+1)%len(publicAlgorithms)])
		for _, library := range librariesFor(alg) {
			foreign.Library = library
			questions = append(questions, question{"keys of another issuer", foreign, unknownKey[library]})
		}
	}
	ask(t, questions)
}

func requireOurClaims(t *testing.T, token string) {
	t.Helper()
	claims := claimsOf(t, token)
	require.Equal(t, ourIssuer, claims["iss"])
	require.Equal(t, []any{ourIssuer, "https://other.example.com"}, claims["aud"])
	require.Equal(t, "1", claims["sub"])
	require.Equal(t, userName, claims["name"])
	require.Equal(t, []any{"editor", "überprüfer"}, claims["roles"])
	require.Equal(t, claims["iat"].(float64)+3600, claims["exp"])
}

func TestTokensVerifyWithTheSharedSecret(t *testing.T) {
	needNode(t)
	_, login := accounts(t)
	var questions []question
	for _, alg := range secretAlgorithms {
		key, err := jwt.NewSigningSecret(alg, sharedSecret, nil)
		require.NoError(t, err)
		base := serve(t, issuerRoutes(t, newIssuer(t, key), login))
		good := job{Token: idToken(t, base), Algorithm: alg, Secret: sharedSecret, Issuer: ourIssuer, Audience: ourIssuer}
		requireOurClaims(t, good.Token)
		questions = append(questions, questionsAbout(t, good)...)

		other := good
		other.Secret = append([]byte("x"), sharedSecret[1:]...)
		for _, library := range librariesFor(alg) {
			other.Library = library
			questions = append(questions, question{"another secret", other, badSignature[library]})
		}
	}
	ask(t, questions)
}

// Clients fetch the key set by themselves while keys come and go, here even of another algorithm.
func TestTokensVerifyWhileKeysRotate(t *testing.T) {
	needNode(t)
	_, login := accounts(t)
	oldKey, next := newKey(t, jwt.RS256), newKey(t, jwt.ES256)
	issuer := newIssuer(t, oldKey)
	base := serve(t, issuerRoutes(t, issuer, login))
	user := store.User{ID: "1", Name: userName, Active: true, Stamp: "s1"}
	issue := func(alg jwt.Algorithm) job {
		token, err := issuer.Issue(context.Background(), user)
		require.NoError(t, err)
		return job{Token: token.Compact, Algorithm: alg, JWKS: base + "/.well-known/jwks.json", Issuer: ourIssuer, Audience: ourIssuer}
	}
	with := func(name string, j job, refused bool) (list []question) {
		for _, j.Library = range librariesFor(j.Algorithm) {
			q := question{name: name, job: j}
			if refused {
				q.want = unknownKey[j.Library]
			}
			list = append(list, q)
		}
		return list
	}

	before := issue(jwt.RS256)
	require.NoError(t, issuer.Rotate(oldKey, next.VerificationKey()))
	ask(t, with("next key published", before, false))

	require.NoError(t, issuer.Rotate(next, oldKey.VerificationKey()))
	after := issue(jwt.ES256)
	ask(t, append(with("old key retiring", before, false), with("new key", after, false)...))

	require.NoError(t, issuer.Rotate(next))
	ask(t, append(with("old key gone", before, true), with("new key alone", after, false)...))
}
