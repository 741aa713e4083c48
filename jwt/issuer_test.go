package jwt_test

import (
	"context"
	"crypto"
	"encoding/base64"
	"encoding/json"
	"errors"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	autherr "github.com/apiauth-go/apiauth/errors"
	"github.com/apiauth-go/apiauth/jwt"
	"github.com/apiauth-go/apiauth/store"
)

// segment decodes a segment of a token.
func segment(t testing.TB, token string, i int) string {
	t.Helper()
	text, err := base64.RawURLEncoding.Strict().DecodeString(strings.Split(token, ".")[i])
	require.NoError(t, err)
	return string(text)
}

func TestTheClaimsOfATokenOfOurs(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		time.Sleep(1500 * time.Millisecond)
		w := newWorld(t, jwt.HS256, nil)
		tok, err := w.issuer.Issue(t.Context(), editor())
		require.NoError(t, err)
		require.Equal(t, `{"alg":"HS256","kid":"k1","typ":"JWT"}`, segment(t, tok.Compact, 0))
		require.Equal(t, `{"iss":"https://api.example.com","aud":"https://api.example.com/","sub":"1","name":"my_username",`+
			`"iat":946684801,"nbf":946684801,"exp":946688401,"jti":"`+tok.ID+`","roles":["editor"],"stamp":"s1"}`, segment(t, tok.Compact, 1))
		require.Len(t, tok.ID, 32)
		require.EqualValues(t, 946684801, tok.IssuedAt.Unix())
		require.Equal(t, time.Hour, tok.ExpiresAt.Sub(tok.IssuedAt))
		w.accepts(tok.Compact)
		time.Sleep(time.Hour - 500*time.Millisecond - 1)
		w.accepts(tok.Compact)
		time.Sleep(time.Nanosecond)
		w.refuses(autherr.TokenExpired, tok.Compact)

		again, err := w.issuer.Issue(t.Context(), editor())
		require.NoError(t, err)
		require.NotEqual(t, tok.ID, again.ID)
	})
}

func TestNamesOfEveryKindSurvive(t *testing.T) {
	w := newWorld(t, jwt.EdDSA, nil)
	for _, name := range []string{"zoé", `Q"uote & <Co> \ /`, "日本語", "tab\tand\x01", "\u2028", "😀", "'); DROP TABLE", strings.Repeat("x", 1000)} {
		u := editor()
		u.ID, u.Name, u.Roles = name, name, []string{name}
		require.NoError(t, w.users.PutUser(t.Context(), u))
		tok, err := w.issuer.Issue(t.Context(), u)
		require.NoError(t, err)
		id, err := w.verifier.Verify(t.Context(), tok.Compact)
		require.NoError(t, err)
		require.Equal(t, name, id.UserID)
		var c struct {
			Sub, Name string
			Roles     []string
		}
		require.NoError(t, id.DecodeClaims(&c))
		require.Equal(t, name, c.Sub)
		require.Equal(t, []string{name}, c.Roles)
	}
	u := editor()
	u.Roles = nil
	tok, err := w.issuer.Issue(t.Context(), u)
	require.NoError(t, err)
	require.Contains(t, segment(t, tok.Compact, 1), `"roles":[]`)
}

// withClaims returns an issuer that adds claims.
func withClaims(t testing.TB, key *jwt.SigningKey, add map[string]any, err error) *jwt.Issuer {
	t.Helper()
	i, e := jwt.NewIssuer(jwt.IssuerConfig{
		Issuer: issuerName, Audience: []string{audience, "other"}, Key: key, Lifetime: 90*time.Second + time.Millisecond,
		Claims: func(_ context.Context, u store.User) (map[string]any, error) {
			u.Roles[0] = "changed by the function"
			return add, err
		},
	})
	require.NoError(t, e)
	return i
}

func TestCustomClaims(t *testing.T) {
	w := newWorld(t, jwt.HS256, nil)
	u := editor()
	tok, err := withClaims(t, w.key, map[string]any{"tenant": 5, "a/b": []string{"x"}, "z": nil}, nil).Issue(t.Context(), u)
	require.NoError(t, err)
	text := segment(t, tok.Compact, 1)
	require.True(t, strings.HasSuffix(text, `,"stamp":"s1","a/b":["x"],"tenant":5,"z":null}`), text)
	require.Contains(t, text, `"aud":["https://api.example.com/","other"]`)
	require.Equal(t, 90*time.Second, tok.ExpiresAt.Sub(tok.IssuedAt))
	require.Equal(t, editor(), u)
	w.accepts(tok.Compact)

	for _, name := range []string{
		"iss", "sub", "aud", "exp", "nbf", "iat", "jti", "client_id", "scope", "cnf", "name", "roles", "stamp", "EXP", "Sub", "ſub", "ISS", "iſſ", "Client_ID",
	} {
		tok, err := withClaims(t, w.key, map[string]any{name: "x"}, nil).Issue(t.Context(), editor())
		require.ErrorIs(t, err, autherr.InternalError, name)
		require.ErrorContains(t, err, "issuer alone", name)
		require.Zero(t, tok)
	}
	for name, value := range map[string]any{
		"a channel":    make(chan int),
		"twice inside": json.RawMessage(`{"a":1,"a":2}`),
		"surrogate":    json.RawMessage(`"\ud800"`),
		"too deep":     json.RawMessage(strings.Repeat("[", 40) + strings.Repeat("]", 40)),
		"\xff":         1,
		"too long":     strings.Repeat("x", 13000),
	} {
		tok, err := withClaims(t, w.key, map[string]any{name: value}, nil).Issue(t.Context(), editor())
		require.ErrorIs(t, err, autherr.InternalError, name)
		require.Zero(t, tok)
	}
	down := errors.New("database is down")
	_, err = withClaims(t, w.key, nil, down).Issue(t.Context(), editor())
	require.ErrorIs(t, err, autherr.ServiceUnavailable)
	require.ErrorIs(t, err, down)
}

func TestADeviceThatFailsIssuesNothing(t *testing.T) {
	d := &device{Signer: edKey, public: edKey.Public()}
	i := must(jwt.NewIssuer(jwt.IssuerConfig{Issuer: "i", Audience: []string{"a"}, Key: must(jwt.NewSigningKey(jwt.EdDSA, d, nil))}))
	d.err = errors.New("no answer")
	tok, err := i.Issue(t.Context(), editor())
	require.ErrorIs(t, err, autherr.ServiceUnavailable)
	require.ErrorIs(t, err, d.err)
	require.Zero(t, tok)
}

var _ crypto.Signer = (*device)(nil)

func TestRotationRefusesNoToken(t *testing.T) {
	w := newWorld(t, jwt.EdDSA, func(cfg *jwt.VerifierConfig) { cfg.Algorithms = append(cfg.Algorithms, jwt.ES256) })
	first, err := w.issuer.Issue(t.Context(), editor())
	require.NoError(t, err)
	next := must(jwt.GenerateKey(jwt.ES256, nil))

	require.NoError(t, w.issuer.Rotate(w.key, next.VerificationKey()))
	w.accepts(first.Compact)
	require.NoError(t, w.issuer.Rotate(next, w.key.VerificationKey()))
	second, err := w.issuer.Issue(t.Context(), editor())
	require.NoError(t, err)
	require.Contains(t, segment(t, second.Compact, 0), next.ID())
	w.accepts(first.Compact)
	w.accepts(second.Compact)
	require.NoError(t, w.issuer.Rotate(next))
	w.refuses(autherr.InvalidSignature, first.Compact, "its key is gone")
	w.accepts(second.Compact)

	require.ErrorContains(t, w.issuer.Rotate(nil), "Key is missing")
	require.ErrorContains(t, w.issuer.Rotate(next, signingKey(t, jwt.HS256, nil).VerificationKey()), "do not go together")
	w.accepts(second.Compact, "a failed rotation changes nothing")
}

func TestIssuingVerifyingAndRotatingAtTheSameTime(t *testing.T) {
	w := newWorld(t, jwt.EdDSA, nil)
	keys := []*jwt.SigningKey{w.key, must(jwt.GenerateKey(jwt.EdDSA, nil))}
	require.NoError(t, w.issuer.Rotate(keys[0], keys[1].VerificationKey()))
	var wg sync.WaitGroup
	for range 4 {
		wg.Go(func() {
			for range 100 {
				tok, err := w.issuer.Issue(context.Background(), editor())
				if err == nil {
					_, err = w.verifier.Verify(context.Background(), tok.Compact)
				}
				if err != nil {
					t.Error(err)
					return
				}
			}
		})
	}
	for i := range 100 {
		require.NoError(t, w.issuer.Rotate(keys[i%2], keys[1-i%2].VerificationKey()))
	}
	wg.Wait()
}
