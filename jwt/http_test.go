package jwt_test

import (
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/apiauth-go/apiauth/auth"
	"github.com/apiauth-go/apiauth/auth/password"
	autherr "github.com/apiauth-go/apiauth/errors"
	"github.com/apiauth-go/apiauth/jwt"
	"github.com/apiauth-go/apiauth/store"
)

// serve starts a server with the routes of w: the endpoint, the key set and a protected resource.
func (w *world) serve(rd autherr.Renderer) *httptest.Server {
	w.t.Helper()
	hasher, err := password.New(password.Config{})
	require.NoError(w.t, err)
	hash, err := hasher.Hash("top:secret")
	require.NoError(w.t, err)
	for _, u := range []store.User{editor(), {ID: "3", Name: "blocked_user", Stamp: "s3"}} {
		u.PasswordHash = hash
		require.NoError(w.t, w.users.PutUser(w.t.Context(), u))
	}
	login, err := auth.NewLogin(auth.LoginConfig{Users: w.users, Hasher: hasher})
	require.NoError(w.t, err)
	endpoint, err := jwt.NewIDTokenEndpoint(jwt.IDTokenConfig{Issuer: w.issuer, Login: login, Realm: "Example API", Renderer: rd})
	require.NoError(w.t, err)
	keys, err := jwt.NewJWKSHandler(w.issuer, nil)
	require.NoError(w.t, err)

	mux := http.NewServeMux()
	mux.Handle("/rest_api/id_token", endpoint)
	mux.Handle("/.well-known/jwks.json", keys)
	mux.Handle("/me", auth.Require(w.verifier, &auth.Options{Renderer: rd})(http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		id, _ := auth.FromContext(r.Context())
		_ = json.NewEncoder(rw).Encode([]any{id.UserID, id.Name, id.Roles, id.Permissions})
	})))
	srv := httptest.NewServer(mux)
	w.t.Cleanup(srv.Close)
	return srv
}

// do sends a request and returns the response and its body.
func do(t testing.TB, method, url string, change func(*http.Request)) (*http.Response, string) {
	t.Helper()
	req, err := http.NewRequest(method, url, nil)
	require.NoError(t, err)
	if change != nil {
		change(req)
	}
	res, err := http.DefaultClient.Do(req)
	require.NoError(t, err)
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	require.NoError(t, err)
	return res, string(body)
}

func bearer(token string) func(*http.Request) {
	return func(r *http.Request) { r.Header.Set("Authorization", "Bearer "+token) }
}

func basic(name, pw string) func(*http.Request) {
	return func(r *http.Request) { r.SetBasicAuth(name, pw) }
}

func TestEveryAlgorithmOverHTTP(t *testing.T) {
	for _, alg := range algorithms {
		t.Run(string(alg), func(t *testing.T) {
			w := newWorld(t, alg, nil)
			srv := w.serve(nil)
			before := time.Now().Unix()
			res, body := do(t, http.MethodPost, srv.URL+"/rest_api/id_token", basic("my_username", "top:secret"))
			require.Equal(t, 200, res.StatusCode, body)
			require.Equal(t, "application/json", res.Header.Get("Content-Type"))
			require.Equal(t, "no-store", res.Header.Get("Cache-Control"))
			require.Regexp(t, `^\{"token_type":"Bearer","iat":\d+,"expires_in":3600,"jwt_token":"[\w-]+\.[\w-]+\.[\w-]+"\}$`, body)
			var reply struct {
				IAT   int64  `json:"iat"`
				Token string `json:"jwt_token"`
			}
			require.NoError(t, json.Unmarshal([]byte(body), &reply))
			require.GreaterOrEqual(t, reply.IAT, before)
			require.LessOrEqual(t, reply.IAT, time.Now().Unix())

			res, body = do(t, http.MethodGet, srv.URL+"/me", bearer(reply.Token))
			require.Equal(t, 200, res.StatusCode, body)
			require.JSONEq(t, `["1","my_username",["editor"],["create page content"]]`, body)
			require.Equal(t, "private", res.Header.Get("Cache-Control"))
			require.Equal(t, "Authorization", res.Header.Get("Vary"))

			// Whoever fetches the published keys can verify it.
			res, body = do(t, http.MethodGet, srv.URL+"/.well-known/jwks.json", nil)
			require.Equal(t, 200, res.StatusCode)
			if alg[:2] == "HS" {
				require.Equal(t, `{"keys":[]}`, body)
				return
			}
			set, err := jwt.ParseKeySet([]byte(body), alg)
			require.NoError(t, err)
			elsewhere := newWorld(t, alg, func(cfg *jwt.VerifierConfig) { cfg.Keys = set; foreign(cfg) })
			elsewhere.accepts(reply.Token)
		})
	}
}

func TestTheIDTokenEndpointIgnoresBodyAndMediaType(t *testing.T) {
	w := newWorld(t, jwt.HS256, nil)
	srv := w.serve(nil)
	for _, media := range []string{"", "text/plain", "application/json", "application/x-www-form-urlencoded", "nonsense"} {
		req, err := http.NewRequest(http.MethodPost, srv.URL+"/rest_api/id_token?username=x", strings.NewReader("{broken&username=reader"))
		require.NoError(t, err)
		req.Header.Set("Content-Type", media)
		req.SetBasicAuth("my_username", "top:secret")
		res, err := http.DefaultClient.Do(req)
		require.NoError(t, err)
		res.Body.Close()
		require.Equal(t, 200, res.StatusCode, media)
	}
}

// Clients compare these bytes.
func TestDocumentedBodies(t *testing.T) {
	w := newWorld(t, jwt.RS256, nil)
	token := w.token(nil)
	forged := spoilt(token)
	const (
		credentials = `{"status":"error","error":"INVALID_CREDENTIALS","error_description":"Invalid username or password."}`
		absent      = `{"status":"error","error":"MISSING_AUTHORIZATION_HEADER","error_description":"Authorization header not received."}`
		scheme      = `{"status":"error","error":"INVALID_AUTHORIZATION_HEADER_TOKEN_TYPE","error_description":"Authorization header must be the type of Bearer Token."}`
		signature   = `{"status":"error","error":"INVALID_SIGNATURE","message":"Invalid Token signature."}`
		expired     = `{"status":"error","error":"TOKEN_EXPIRED","message":"Invalid request: Token Expired."}`
		user        = `{"status":"error","error":"USER_INFORMATION_NOT_FOUND","message":"Could Not Retrieve User Information."}`
		invalid     = `{"status":"error","error":"INVALID_TOKEN","error_description":"Invalid Token."}`

		plainBearer   = `Bearer realm="Example API"`
		invalidBearer = `Bearer realm="Example API", error="invalid_token"`
		basicField    = `Basic realm="Example API", charset="UTF-8"`
	)
	srv := w.serve(nil)
	legacy := w.serve(autherr.ProfileLegacy(nil))
	for _, c := range []struct {
		name, path string
		change     func(*http.Request)
		body       string
		challenge  string
	}{
		{"wrong password", "/rest_api/id_token", basic("my_username", "wrong"), credentials, basicField},
		{"unknown user", "/rest_api/id_token", basic("nobody", "top:secret"), credentials, basicField},
		{"blocked user", "/rest_api/id_token", basic("blocked_user", "top:secret"), credentials, basicField},
		{"no password", "/rest_api/id_token", nil, absent, basicField},
		{"no header", "/me", nil, absent, plainBearer},
		{"Basic", "/me", basic("my_username", "top:secret"), scheme, plainBearer},
		{"no scheme", "/me", func(r *http.Request) { r.Header.Set("Authorization", token) }, scheme, plainBearer},
		{"opaque token", "/me", bearer("aat_0123"), signature, invalidBearer},
		{"no token", "/me", bearer(""), signature, invalidBearer},
		{"malformed", "/me", bearer("a.b.c"), signature, invalidBearer},
		{"forged", "/me", bearer(forged), signature, invalidBearer},
		{"two tokens", "/me", bearer(token + ", Bearer " + token), signature, invalidBearer},
		{"other issuer", "/me", bearer(w.token(map[string]any{"iss": "x"})), signature, invalidBearer},
		{"unknown key", "/me", bearer(w.forge(`{"alg":"RS256","kid":"k9","typ":"JWT"}`, claims(nil))), signature, invalidBearer},
		{"expired", "/me", bearer(w.token(map[string]any{"exp": 1})), expired, invalidBearer},
		{"unknown user in token", "/me", bearer(w.token(map[string]any{"sub": "9"})), user, invalidBearer},
		{"blocked user in token", "/me", bearer(w.token(map[string]any{"sub": "3", "stamp": "s3"})), user, invalidBearer},
		{"old stamp", "/me", bearer(w.token(map[string]any{"stamp": "s0"})), user, invalidBearer},
		{"other audience", "/me", bearer(w.token(map[string]any{"aud": "x"})), invalid, invalidBearer},
		{"not yet", "/me", bearer(w.token(map[string]any{"nbf": int64(99999999999)})), invalid, invalidBearer},
	} {
		method := http.MethodGet
		if c.path == "/rest_api/id_token" {
			method = http.MethodPost
		}
		for _, url := range []string{srv.URL, legacy.URL} {
			res, body := do(t, method, url+c.path, c.change)
			require.Equal(t, 401, res.StatusCode, c.name)
			require.Equal(t, c.body, body, c.name)
			require.Equal(t, []string{c.challenge}, res.Header["Www-Authenticate"], c.name)
			require.Equal(t, "no-store", res.Header.Get("Cache-Control"), c.name)
		}
	}

	res, body := do(t, http.MethodGet, srv.URL+"/rest_api/id_token", basic("my_username", "top:secret"))
	require.Equal(t, 405, res.StatusCode)
	require.Equal(t, "POST", res.Header.Get("Allow"))
	require.Equal(t, `{"status":"error","http_code":"405","error":"INVALID_HTTP_METHOD","error_description":"The used HTTP method should be a POST."}`, body)

	rfc := w.serve(autherr.ProfileRFC())
	res, body = do(t, http.MethodGet, rfc.URL+"/me", bearer(forged))
	require.Equal(t, 401, res.StatusCode)
	require.Equal(t, `{"error":"invalid_token","error_description":"Invalid Token signature."}`, body)
	require.Equal(t, `Bearer realm="Example API", error="invalid_token", error_description="Invalid Token signature."`, res.Header.Get("Www-Authenticate"))
}

func TestAnOutageIsAnsweredWith503AndRetryAfter(t *testing.T) {
	w := newWorld(t, jwt.HS256, func(cfg *jwt.VerifierConfig) { cfg.Keys = downSource{jwt.ErrKeysUnavailable} })
	res, body := do(t, http.MethodGet, w.serve(nil).URL+"/me", bearer(w.token(nil)))
	require.Equal(t, 503, res.StatusCode)
	require.Equal(t, "1", res.Header.Get("Retry-After"))
	require.Contains(t, body, "SERVICE_UNAVAILABLE")
	require.NotContains(t, body, "keys")
}

func TestWhatIsNotClaimedIsDeclined(t *testing.T) {
	w := newWorld(t, jwt.HS256, nil)
	for name, c := range map[string]struct {
		header   http.Header
		declined bool
		code     autherr.Code
	}{
		"nothing":          {http.Header{}, true, autherr.MissingAuthorizationHeader},
		"Basic":            {http.Header{"Authorization": {"Basic eDp5"}}, true, autherr.InvalidAuthorizationHeaderTokenType},
		"empty":            {http.Header{"Authorization": {""}}, true, autherr.InvalidAuthorizationHeaderTokenType},
		"opaque":           {http.Header{"Authorization": {"Bearer x"}}, true, autherr.InvalidSignature},
		"no header inside": {http.Header{"Authorization": {"Bearer v4.public.AAAA"}}, true, autherr.InvalidSignature},
		"other issuer":     {http.Header{"Authorization": {"Bearer " + w.token(map[string]any{"iss": "x"})}}, true, autherr.InvalidSignature},
		"other kind":       {http.Header{"Authorization": {"Bearer " + w.forge(`{"alg":"HS256","kid":"k1","typ":"at+jwt"}`, claims(nil))}}, true, autherr.InvalidSignature},
		"none":             {http.Header{"Authorization": {"Bearer " + b64(`{"alg":"none","typ":"JWT"}`) + "." + b64(claims(nil)) + "."}}, false, autherr.InvalidSignature},
		"crit":             {http.Header{"Authorization": {"Bearer " + w.forge(`{"alg":"HS256","kid":"k1","typ":"JWT","crit":["x"]}`, claims(nil))}}, false, autherr.InvalidSignature},
		"repeated":         {http.Header{"Authorization": {"Bearer " + w.token(nil), "Bearer " + w.token(nil)}}, false, autherr.InvalidRequest},
		"with an API key":  {http.Header{"Authorization": {"Bearer " + w.token(nil)}, "Api-Key": {"x"}}, false, autherr.InvalidRequest},
	} {
		r := httptest.NewRequest(http.MethodGet, "/", nil)
		r.Header = c.header
		id, err := w.verifier.Authenticate(r)
		require.Nil(t, id, name)
		require.ErrorIs(t, err, c.code, name)
		require.Equal(t, autherr.MethodJWT, autherr.From(err).Method, name)
		if c.declined {
			require.ErrorIs(t, err, auth.ErrNoCredentials, name)
		} else {
			require.NotErrorIs(t, err, auth.ErrNoCredentials, name)
		}
		_, again := w.verifier.Authenticate(r)
		require.Equal(t, err, again, name)
	}
	r := httptest.NewRequest(http.MethodGet, "/", nil)
	r.Header.Set("Authorization", "bEARER  "+w.token(nil))
	_, err := w.verifier.Authenticate(r)
	require.NoError(t, err)
}

// Several issuers on one route: each verifier takes the tokens of its own, whatever their order.
func TestVerifiersOfSeveralIssuersShareARoute(t *testing.T) {
	w := newWorld(t, jwt.HS256, nil)
	other := newWorld(t, jwt.RS256, func(cfg *jwt.VerifierConfig) {
		foreign(cfg)
		cfg.Issuer, cfg.Users = "https://idp.example", w.users
	})
	access := newWorld(t, jwt.HS256, func(cfg *jwt.VerifierConfig) { cfg.Type, cfg.Users = jwt.AccessToken, w.users })
	theirs := other.token(map[string]any{"iss": "https://idp.example", "stamp": nil})
	ours := w.token(nil)
	accessToken := access.forge(`{"alg":"HS256","kid":"k1","typ":"at+jwt"}`, accessClaims(map[string]any{"scope": "read"}))
	for _, chain := range []auth.Authenticator{
		auth.Chain(w.verifier, other.verifier, access.verifier), auth.Chain(access.verifier, other.verifier, w.verifier),
	} {
		for _, token := range []string{theirs, ours, accessToken} {
			r := httptest.NewRequest(http.MethodGet, "/", nil)
			r.Header.Set("Authorization", "Bearer "+token)
			id, err := chain.Authenticate(r)
			require.NoError(t, err)
			require.Equal(t, "1", id.UserID)
			claimed := 0
			for _, v := range []*jwt.Verifier{w.verifier, other.verifier, access.verifier} {
				if _, err := v.Authenticate(r); err == nil {
					claimed++
				} else {
					require.ErrorIs(t, err, auth.ErrNoCredentials)
				}
			}
			require.Equal(t, 1, claimed)
		}
	}
	// The issuer named by the token, signed by another issuer's key.
	r := httptest.NewRequest(http.MethodGet, "/", nil)
	r.Header.Set("Authorization", "Bearer "+other.token(nil))
	_, err := auth.Chain(w.verifier, other.verifier).Authenticate(r)
	require.ErrorIs(t, err, autherr.InvalidSignature)
	require.NotErrorIs(t, err, auth.ErrNoCredentials)
}

func TestAnAdditionalHeaderYieldsToAuthorization(t *testing.T) {
	w := newWorld(t, jwt.HS256, func(cfg *jwt.VerifierConfig) { cfg.Header = "X-Auth" })
	require.Equal(t, []string{"Authorization", "X-Auth"}, w.verifier.CredentialHeaders())
	r := httptest.NewRequest(http.MethodGet, "/", nil)
	r.Header.Set("X-Auth", "Bearer "+w.token(nil))
	_, err := w.verifier.Authenticate(r)
	require.NoError(t, err)
	r.Header.Set("Authorization", "Basic eDp5")
	_, err = w.verifier.Authenticate(r)
	require.ErrorIs(t, err, auth.ErrNoCredentials)
}

func TestThePublishedKeySet(t *testing.T) {
	w := newWorld(t, jwt.ES256, nil)
	srv := w.serve(nil)
	url := srv.URL + "/.well-known/jwks.json"
	res, body := do(t, http.MethodGet, url, nil)
	require.Equal(t, "application/jwk-set+json", res.Header.Get("Content-Type"))
	require.Equal(t, "public, max-age=600", res.Header.Get("Cache-Control"))
	require.Equal(t, "nosniff", res.Header.Get("X-Content-Type-Options"))
	require.NotContains(t, body, `"d"`)
	etag := res.Header.Get("Etag")
	require.NotEmpty(t, etag)

	res, empty := do(t, http.MethodHead, url, nil)
	require.Equal(t, 200, res.StatusCode)
	require.EqualValues(t, len(body), res.ContentLength)
	require.Empty(t, empty)
	res, _ = do(t, http.MethodGet, url, func(r *http.Request) { r.Header.Set("If-None-Match", etag) })
	require.Equal(t, 304, res.StatusCode)
	for _, method := range []string{http.MethodPost, http.MethodPut, http.MethodDelete, http.MethodOptions} {
		res, _ := do(t, method, url, nil)
		require.Equal(t, 405, res.StatusCode)
		require.Equal(t, "GET, HEAD", res.Header.Get("Allow"))
		require.Equal(t, "no-store", res.Header.Get("Cache-Control"))
	}

	// A rotation shows at once.
	next := must(jwt.GenerateKey(jwt.EdDSA, &jwt.KeyOptions{ID: "next"}))
	require.NoError(t, w.issuer.Rotate(next, w.key.VerificationKey()))
	res, body = do(t, http.MethodGet, url, func(r *http.Request) { r.Header.Set("If-None-Match", etag) })
	require.Equal(t, 200, res.StatusCode)
	require.Contains(t, body, `"kid":"next"`)
	require.Contains(t, body, `"kid":"k1"`)

	h, err := jwt.NewJWKSHandler(w.issuer, &jwt.JWKSOptions{MaxAge: time.Hour})
	require.NoError(t, err)
	rec := httptest.NewRecorder()
	h.ServeHTTP(rec, httptest.NewRequest(http.MethodGet, "/", nil))
	require.Equal(t, "public, max-age=3600", rec.Header().Get("Cache-Control"))
}
