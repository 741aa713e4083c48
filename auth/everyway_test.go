package auth_test

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/apiauth-go/apiauth/auth"
	autherr "github.com/apiauth-go/apiauth/errors"
	"github.com/apiauth-go/apiauth/jwt"
	"github.com/apiauth-go/apiauth/oauth"
	"github.com/apiauth-go/apiauth/servicetoken"
	"github.com/apiauth-go/apiauth/store"
	"github.com/apiauth-go/apiauth/store/memstore"
)

// everyWay is a program with all the ways to send a password, over one Login.
func everyWay(t *testing.T, rd autherr.Renderer) (base string, h *hashing) {
	t.Helper()
	must := func(err error) { t.Helper(); require.NoError(t, err) }
	h = newHashing(t)
	db, err := memstore.New(nil)
	must(err)
	hash := h.hash(t, "topsecret")
	for i, name := range []string{"my_username", "reader"} {
		must(db.PutUser(t.Context(), store.User{ID: fmt.Sprint(i + 1), Name: name, PasswordHash: hash, Active: true, Stamp: "s",
			Permissions: []string{servicetoken.DefaultPermission}}))
	}
	must(db.PutClient(t.Context(), store.Client{ID: "client", Application: "oauth001", Active: true, Grants: []string{oauth.GrantPassword}, InsecurePasswordGrantWithoutSecret: true}))
	login, err := auth.NewLogin(auth.LoginConfig{Users: db, Hasher: h.Hasher})
	must(err)

	mux := http.NewServeMux()
	basic, err := auth.NewBasic(auth.BasicConfig{Login: login, Realm: "a"})
	must(err)
	mux.Handle("/node", auth.Require(basic, &auth.Options{Renderer: rd})(http.HandlerFunc(whoami)))
	secret, err := jwt.NewSigningSecret(jwt.HS256, []byte("0123456789abcdef0123456789abcdef"), nil)
	must(err)
	issuer, err := jwt.NewIssuer(jwt.IssuerConfig{Issuer: "https://a.example", Audience: []string{"b"}, Key: secret})
	must(err)
	idToken, err := jwt.NewIDTokenEndpoint(jwt.IDTokenConfig{Issuer: issuer, Login: login, Realm: "a", Renderer: rd})
	must(err)
	mux.Handle("/rest_api/id_token", idToken)
	server, err := oauth.NewServer(oauth.ServerConfig{Application: "oauth001", Clients: db, Tokens: db, Users: db, Login: login, Realm: "a", Renderer: rd})
	must(err)
	mux.Handle("/rest_api/access_token", server.TokenEndpoint())
	mux.Handle("/rest_api/revoke", server.RevokeEndpoint())
	services, err := servicetoken.New(servicetoken.Config{Users: db, Keys: []servicetoken.Key{servicetoken.Key("0123456789abcdef0123456789abcdef")}, Realm: "a"})
	must(err)
	generate, err := services.GenerateEndpoint(servicetoken.EndpointConfig{Login: login, Renderer: rd})
	must(err)
	mux.Handle("/api/services_token/generate", generate)
	srv := httptest.NewServer(mux)
	t.Cleanup(srv.Close)
	return srv.URL, h
}

var ways = []string{"/node", "/rest_api/id_token", "/rest_api/access_token", "/rest_api/revoke", "/api/services_token/generate"}

// send sends the password by one of the ways.
func sendBy(t *testing.T, base, way, name, pw string) (status int, retry, body string) {
	t.Helper()
	form := url.Values{"token": {"x"}}
	if way == "/rest_api/access_token" {
		form = url.Values{"grant_type": {"password"}, "username": {name}, "password": {pw}, "client_id": {"client"}}
	}
	req, err := http.NewRequest(http.MethodPost, base+way, strings.NewReader(form.Encode()))
	require.NoError(t, err)
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	if way != "/rest_api/access_token" {
		req.SetBasicAuth(name, pw)
	}
	res, err := http.DefaultClient.Do(req)
	require.NoError(t, err)
	defer res.Body.Close()
	b, err := io.ReadAll(res.Body)
	require.NoError(t, err)
	return res.StatusCode, res.Header.Get("Retry-After"), string(b)
}

func TestAllWaysToSendAPasswordCountTogether(t *testing.T) {
	for _, rd := range []autherr.Renderer{nil, autherr.ProfileRFC()} {
		for first := range ways {
			base, h := everyWay(t, rd)
			for _, way := range ways {
				status, _, body := sendBy(t, base, way, "my_username", "topsecret")
				require.Equal(t, 200, status, "%s: %s", way, body)
			}
			for i := range 5 { // one failure by each way, or all of them by one
				way := ways[(first+i)%len(ways)]
				if first == 4 {
					way = "/rest_api/id_token"
				}
				status, retry, body := sendBy(t, base, way, "my_username", fmt.Sprint("guess", i))
				if way == "/rest_api/access_token" && rd != nil {
					require.Equal(t, 400, status, body) // invalid_grant
				} else {
					require.Equal(t, 401, status, "%s: %s", way, body)
				}
				require.Empty(t, retry)
			}
			h.computed.Store(0)
			for _, way := range ways {
				status, retry, body := sendBy(t, base, way, "my_username", "topsecret")
				require.Equal(t, 429, status, "%s: %s", way, body)
				require.NotEmpty(t, retry)
				require.NotContains(t, body, "my_username")
			}
			require.Zero(t, h.computed.Load())
			for _, way := range ways {
				status, _, body := sendBy(t, base, way, "reader", "topsecret")
				require.Equal(t, 200, status, "%s: %s", way, body)
			}
		}
	}
}

func TestTheAddressIsLimitedByAllWaysTogether(t *testing.T) {
	base, _ := everyWay(t, nil)
	for i := range 50 {
		way := ways[i%len(ways)]
		if way == "/rest_api/revoke" { // which has a limit of its own
			way = ways[0]
		}
		status, _, body := sendBy(t, base, way, fmt.Sprint("user", i), "wrong")
		require.Equal(t, 401, status, "%s: %s", way, body)
	}
	for _, way := range ways {
		status, _, body := sendBy(t, base, way, "my_username", "topsecret")
		require.Equal(t, 429, status, "%s: %s", way, body)
	}
}
