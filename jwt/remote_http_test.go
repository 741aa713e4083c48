package jwt_test

import (
	"context"
	"net/http"
	"net/http/httptest"
	"strconv"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/apiauth-go/apiauth/auth"
	autherr "github.com/apiauth-go/apiauth/errors"
	"github.com/apiauth-go/apiauth/jwt"
)

// tenant is an issuer whose keys are fetched, and the verifier of its tokens.
type tenant struct {
	*world
	server   *keyServer
	remote   *jwt.RemoteKeySet
	verifier *jwt.Verifier
}

// newTenant returns an issuer of that name. All call their key "k1".
func newTenant(t testing.TB, name string, change func(*jwt.VerifierConfig)) *tenant {
	t.Helper()
	key := must(jwt.GenerateKey(jwt.EdDSA, &jwt.KeyOptions{ID: "k1"}))
	w := &world{t: t, alg: jwt.EdDSA, key: key, users: newUsers(t, editor())}
	w.issuer = must(jwt.NewIssuer(jwt.IssuerConfig{Issuer: name, Audience: []string{audience}, Key: key}))
	v := &tenant{world: w, server: newKeyServer()}
	v.server.do(must(jwt.NewJWKSHandler(w.issuer, nil)).ServeHTTP)
	url := v.server.loopback(t)
	v.remote = newRemote(t, func(cfg *jwt.RemoteConfig) { cfg.URL = url + "?key=topsecret" })
	cfg := w.config()
	cfg.Keys, cfg.Issuer = v.remote, name
	if change != nil {
		change(&cfg)
	}
	v.verifier = must(jwt.NewVerifier(cfg))
	w.verifier = v.verifier
	return v
}

func (v *tenant) issue() string { return must(v.issuer.Issue(context.Background(), editor())).Compact }

func TestAThousandFirstRequestsCauseOneFetch(t *testing.T) {
	v := newTenant(t, issuerName, nil)
	token := v.issue()
	var all sync.WaitGroup
	for range 1000 {
		all.Go(func() {
			if _, err := v.verifier.Verify(context.Background(), token); err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
	require.Equal(t, 1, v.server.count())
}

// No keys to be had: 503, which tells clients to come back, and never 401, which tells them to throw their tokens away.
func TestAnOutageOfTheKeyServerIs503(t *testing.T) {
	for name, answer := range map[string]http.HandlerFunc{"hang up": func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) }, "500": fail, "HTML": write("<html>"), "no keys": write(`{"keys":[]}`)} {
		t.Run(name, func(t *testing.T) {
			v := newTenant(t, issuerName, nil)
			v.server.do(answer)
			var told *autherr.Error
			h := auth.Require(v.verifier, &auth.Options{OnError: func(_ *http.Request, e *autherr.Error) { told = e }})(http.NotFoundHandler())
			for range 2 { // the second finds the failure of the first
				w := httptest.NewRecorder()
				r := httptest.NewRequest("GET", "/", nil)
				r.Header.Set("Authorization", "Bearer "+v.issue())
				h.ServeHTTP(w, r)
				require.Equal(t, 503, w.Code, w.Body)
				seconds, err := strconv.Atoi(w.Header().Get("Retry-After"))
				require.NoError(t, err)
				require.Positive(t, seconds)
				require.Empty(t, w.Header().Values("WWW-Authenticate"))
				require.JSONEq(t, `{"status":"error","error":"SERVICE_UNAVAILABLE","error_description":"Service temporarily unavailable."}`, w.Body.String())
				require.ErrorIs(t, told, jwt.ErrKeysUnavailable)
				require.NotContains(t, told.Error(), "topsecret", "not even in the log")
			}
			require.Equal(t, 1, v.server.count())
		})
	}
}

func TestARotationOfTheIssuer(t *testing.T) {
	v := newTenant(t, issuerName, nil)
	old := v.issue()
	v.accepts(old)
	next := must(jwt.GenerateKey(jwt.EdDSA, &jwt.KeyOptions{ID: "k2"}))
	require.NoError(t, v.issuer.Rotate(next))
	require.NoError(t, v.remote.Refresh(context.Background()))
	v.accepts(v.issue())
	v.refuses(autherr.InvalidSignature, old)
}
