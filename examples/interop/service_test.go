package interop

import (
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/apiauth-go/apiauth/auth"
	"github.com/apiauth-go/apiauth/auth/password"
	"github.com/apiauth-go/apiauth/jwt"
	"github.com/apiauth-go/apiauth/store"
	"github.com/apiauth-go/apiauth/store/memstore"
)

const (
	ourIssuer = "https://api.example.com"
	userName  = "my_username"
	userPass  = "topsecret"
)

var (
	publicAlgorithms = []jwt.Algorithm{jwt.RS256, jwt.RS384, jwt.RS512, jwt.PS256, jwt.PS384, jwt.PS512, jwt.ES256, jwt.ES384, jwt.ES512, jwt.EdDSA}
	secretAlgorithms = []jwt.Algorithm{jwt.HS256, jwt.HS384, jwt.HS512}

	sharedSecret = []byte("a secret for tests, not used anywhere else: 64 bytes and no less")
)

// accounts are a user and one who is blocked, and the door at which they show their passwords.
func accounts(t *testing.T) (store.UserStore, *auth.Login) {
	t.Helper()
	users, err := memstore.New(nil)
	require.NoError(t, err)
	hasher, err := password.New(password.Config{})
	require.NoError(t, err)
	hash, err := hasher.Hash(userPass)
	require.NoError(t, err)
	for _, u := range []store.User{
		{ID: "1", Name: userName, PasswordHash: hash, Active: true, Roles: []string{"editor", "überprüfer"}, Stamp: "s1"},
		{ID: "3", Name: "blocked_user", PasswordHash: hash, Stamp: "s3"},
	} {
		require.NoError(t, users.PutUser(t.Context(), u))
	}
	login, err := auth.NewLogin(auth.LoginConfig{Users: users, Hasher: hasher})
	require.NoError(t, err)
	return users, login
}

// issuerRoutes has an issuer's two documented endpoints.
func issuerRoutes(t *testing.T, issuer *jwt.Issuer, login *auth.Login) http.Handler {
	t.Helper()
	tokens, err := jwt.NewIDTokenEndpoint(jwt.IDTokenConfig{Issuer: issuer, Login: login, Realm: "Example API"})
	require.NoError(t, err)
	keys, err := jwt.NewJWKSHandler(issuer, nil)
	require.NoError(t, err)
	mux := http.NewServeMux()
	mux.Handle("/rest_api/id_token", tokens)
	mux.Handle("GET /.well-known/jwks.json", keys)
	return mux
}

func newIssuer(t *testing.T, key *jwt.SigningKey) *jwt.Issuer {
	t.Helper()
	issuer, err := jwt.NewIssuer(jwt.IssuerConfig{Issuer: ourIssuer, Audience: []string{ourIssuer, "https://other.example.com"}, Key: key})
	require.NoError(t, err)
	return issuer
}

func newKey(t *testing.T, alg jwt.Algorithm) *jwt.SigningKey {
	t.Helper()
	key, err := jwt.GenerateKey(alg, nil)
	require.NoError(t, err)
	return key
}

func serve(t *testing.T, h http.Handler) string {
	t.Helper()
	srv := httptest.NewServer(h)
	t.Cleanup(srv.Close)
	return srv.URL
}

// idToken gets a token for the user's password from the API at base.
func idToken(t *testing.T, base string) string {
	t.Helper()
	req, err := http.NewRequest(http.MethodPost, base+"/rest_api/id_token", nil)
	require.NoError(t, err)
	req.SetBasicAuth(userName, userPass)
	res, body := do(t, req)
	require.Equal(t, http.StatusOK, res.StatusCode, body)
	var reply struct {
		Token string `json:"jwt_token"`
	}
	require.NoError(t, json.Unmarshal([]byte(body), &reply))
	return reply.Token
}

func do(t *testing.T, req *http.Request) (*http.Response, string) {
	t.Helper()
	res, err := http.DefaultClient.Do(req)
	require.NoError(t, err)
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	require.NoError(t, err)
	return res, string(body)
}
