package interop

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/apiauth-go/apiauth/auth"
	"github.com/apiauth-go/apiauth/jwt"
)

// order tells make.mjs what the tokens are to say.
type order struct {
	Issuer   string `json:"issuer"`
	Audience string `json:"audience"`
	Secret   []byte `json:"secret"`
	Trap     string `json:"trap"` // an address that tokens name, and that nobody may ask
}

// made is what make.mjs made: tokens by what is special about them.
type made struct {
	KeySet                                   json.RawMessage
	Good, GoodSecret, Hostile, HostileSecret map[string]string
}

// partner is an issuer in JavaScript, and an API here that accepts its tokens.
type partner struct {
	order
	made
	public, secret string // where tokens signed with a key, and with the shared secret, are accepted
	handled        atomic.Int64
	trapped        atomic.Int64
}

func newPartner(t *testing.T) *partner {
	t.Helper()
	p := new(partner)
	trap := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { p.trapped.Add(1) }))
	t.Cleanup(trap.Close)
	p.order = order{Issuer: "https://login.example.com/realms/main", Audience: "https://api.example.com/orders", Secret: sharedSecret, Trap: trap.URL}
	runNode(t, "make.mjs", p.order, &p.made)

	public, err := jwt.ParseKeySet(p.KeySet, publicAlgorithms...)
	require.NoError(t, err)
	require.Empty(t, public.Skipped())
	require.Equal(t, len(publicAlgorithms), public.Len())
	var secrets []*jwt.VerificationKey
	for _, alg := range secretAlgorithms {
		key, err := jwt.NewVerificationSecret(alg, sharedSecret, &jwt.KeyOptions{ID: string(alg)})
		require.NoError(t, err)
		secrets = append(secrets, key)
	}
	secret, err := jwt.NewKeySet(secrets...)
	require.NoError(t, err)

	p.public = p.api(t, public, publicAlgorithms)
	p.secret = p.api(t, secret, secretAlgorithms)
	return p
}

// api starts an API whose only resource says who asks.
func (p *partner) api(t *testing.T, keys jwt.KeySource, algorithms []jwt.Algorithm) string {
	t.Helper()
	users, _ := accounts(t)
	verifier, err := jwt.NewVerifier(jwt.VerifierConfig{
		Keys: keys, Algorithms: algorithms, Issuer: p.Issuer, Audience: []string{p.Audience},
		Users: users, UsernameClaim: "preferred_username", Realm: "Example API",
	})
	require.NoError(t, err)
	return serve(t, auth.Require(verifier, nil)(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		p.handled.Add(1)
		id, _ := auth.FromContext(r.Context())
		claims := id.Claims.(*jwt.Claims)
		var more struct {
			Department struct {
				Name   string
				Floors []float64
			}
		}
		if err := claims.DecodeClaims(&more); err != nil {
			http.Error(w, err.Error(), http.StatusInternalServerError)
			return
		}
		_ = json.NewEncoder(w).Encode([]any{id.UserID, id.Name, id.Roles, claims.Subject, more.Department.Name, more.Department.Floors})
	})))
}

func use(t *testing.T, api, token string) (*http.Response, string) {
	t.Helper()
	req, err := http.NewRequest(http.MethodGet, api, nil)
	require.NoError(t, err)
	req.Header.Set("Authorization", "Bearer "+token)
	return do(t, req)
}

func TestTokensMadeInJavaScriptAreAccepted(t *testing.T) {
	p := newPartner(t)
	accepts := func(api string, tokens map[string]string) func(*testing.T) {
		return func(t *testing.T) {
			for name, token := range tokens {
				res, body := use(t, api, token)
				require.Equal(t, http.StatusOK, res.StatusCode, "%s: %s", name, body)
				require.JSONEq(t, `["1", "my_username", ["editor", "überprüfer"], "f:42", "Straßenbau 🚧", [1, 2.5, -0.03]]`, body, name)
			}
		}
	}
	for _, alg := range publicAlgorithms {
		for _, library := range librariesFor(alg) {
			require.Contains(t, p.Good, library+" "+string(alg))
		}
	}
	for _, alg := range secretAlgorithms {
		for _, library := range librariesFor(alg) {
			require.Contains(t, p.GoodSecret, library+" "+string(alg))
		}
	}
	t.Run("key set", accepts(p.public, p.Good))
	t.Run("shared secret", accepts(p.secret, p.GoodSecret))
	require.EqualValues(t, len(p.Good)+len(p.GoodSecret), p.handled.Load())

	// Many issuers publish keys without saying for which algorithm.
	var set struct {
		Keys []map[string]any `json:"keys"`
	}
	require.NoError(t, json.Unmarshal(p.KeySet, &set))
	for _, key := range set.Keys {
		delete(key, "alg")
		delete(key, "use")
	}
	plain, err := json.Marshal(set)
	require.NoError(t, err)
	keys, err := jwt.ParseKeySet(plain, publicAlgorithms...)
	require.NoError(t, err)
	t.Run("key set without alg", accepts(p.api(t, keys, publicAlgorithms), p.Good))
}
