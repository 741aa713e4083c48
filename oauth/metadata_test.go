package oauth_test

import (
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/apiauth-go/apiauth/jwt"
	"github.com/apiauth-go/apiauth/oauth"
)

// described returns the handler of the metadata of a server with this issuer.
func described(t testing.TB, issuer string, cfg oauth.MetadataConfig) (http.Handler, error) {
	t.Helper()
	w := newWorld(t, "2025")
	w.mount(t, func(c *oauth.ServerConfig) { c.Issuer = issuer })
	return w.server.MetadataHandler(cfg)
}

// fullMetadata has every field.
func fullMetadata() oauth.MetadataConfig {
	return oauth.MetadataConfig{
		TokenEndpoint: "https://api.example.com/rest_api/access_token", RevocationEndpoint: "https://api.example.com/oauth/revoke",
		IntrospectionEndpoint: "https://api.example.com/oauth/introspect", JWKSURI: "https://api.example.com/.well-known/jwks.json",
		ScopesSupported: []string{"read", "write"}, ServiceDocumentation: "https://docs.example.com/",
	}
}

func TestRFC8414_2_Members(t *testing.T) {
	methods := []any{"client_secret_basic", "client_secret_post"}
	grants := []any{"password", "client_credentials", "refresh_token"}
	for name, c := range map[string]struct {
		cfg  oauth.MetadataConfig
		want map[string]any
	}{
		"all": {fullMetadata(), map[string]any{
			"issuer":                                        "https://api.example.com/v1",                    // REQUIRED
			"token_endpoint":                                "https://api.example.com/rest_api/access_token", // REQUIRED, as not only the implicit grant is supported
			"response_types_supported":                      []any{},                                         // REQUIRED; there is no authorization endpoint
			"grant_types_supported":                         grants,                                          // OPTIONAL, but authorization_code and implicit if omitted
			"token_endpoint_auth_methods_supported":         methods,                                         // OPTIONAL, but client_secret_basic alone if omitted
			"jwks_uri":                                      "https://api.example.com/.well-known/jwks.json", // OPTIONAL
			"scopes_supported":                              []any{"read", "write"},                          // RECOMMENDED
			"service_documentation":                         "https://docs.example.com/",                     // OPTIONAL
			"revocation_endpoint":                           "https://api.example.com/oauth/revoke",          // OPTIONAL
			"revocation_endpoint_auth_methods_supported":    methods,                                         // OPTIONAL, but client_secret_basic alone if omitted
			"introspection_endpoint":                        "https://api.example.com/oauth/introspect",      // OPTIONAL
			"introspection_endpoint_auth_methods_supported": methods,                                         // OPTIONAL, but to be found out elsewhere if omitted
		}},
		// Not there: authorization_endpoint, REQUIRED only for grants that use it; registration_endpoint, response_modes_supported,
		// code_challenge_methods_supported, op_policy_uri, op_tos_uri, ui_locales_supported, and the algorithms of methods that are not
		// supported.
		"least": {oauth.MetadataConfig{TokenEndpoint: "https://api.example.com/token"}, map[string]any{
			"issuer": "https://api.example.com/v1", "token_endpoint": "https://api.example.com/token", "response_types_supported": []any{},
			"grant_types_supported": grants, "token_endpoint_auth_methods_supported": methods,
		}},
	} {
		t.Run(name, func(t *testing.T) {
			h, err := described(t, "https://api.example.com/v1", c.cfg)
			require.NoError(t, err)
			a := record(h, httptest.NewRequest("GET", "/.well-known/oauth-authorization-server/v1", nil))
			require.Equal(t, 200, a.status)
			var got map[string]any
			require.NoError(t, json.Unmarshal([]byte(a.body), &got))
			require.Equal(t, c.want, got)
		})
	}
}

func TestRFC8414_3_RequestAndResponse(t *testing.T) {
	scopes := []string{"read"}
	cfg := oauth.MetadataConfig{TokenEndpoint: "https://api.example.com/token", ScopesSupported: scopes, MaxAge: 90 * time.Second}
	h, err := described(t, "https://api.example.com", cfg)
	require.NoError(t, err)
	srv := httptest.NewServer(h)
	defer srv.Close()
	ask := func(method string, header ...string) answer {
		r, err := http.NewRequest(method, srv.URL, nil)
		require.NoError(t, err)
		r.Header = headers(header...)
		resp, err := srv.Client().Do(r)
		require.NoError(t, err)
		defer resp.Body.Close()
		b, err := io.ReadAll(resp.Body)
		require.NoError(t, err)
		return answer{resp.StatusCode, resp.Header, string(b)}
	}
	get := ask("GET")
	require.Equal(t, 200, get.status)
	require.Equal(t, "application/json", get.header.Get("Content-Type"))
	require.Equal(t, "public, max-age=90", get.header.Get("Cache-Control"))
	require.Equal(t, "nosniff", get.header.Get("X-Content-Type-Options"))
	require.True(t, json.Valid([]byte(get.body)))
	scopes[0] = "changed"
	require.Equal(t, get.body, ask("GET").body)

	head := ask("HEAD")
	require.Equal(t, 200, head.status)
	require.Empty(t, head.body)
	require.Equal(t, get.header.Get("Content-Length"), head.header.Get("Content-Length"))

	etag := get.header.Get("ETag")
	require.Regexp(t, `^"[0-9a-f]{32}"$`, etag)
	require.Equal(t, 304, ask("GET", "If-None-Match", etag).status)
	require.Equal(t, 200, ask("GET", "If-None-Match", `"x"`).status)

	for _, method := range []string{"POST", "PUT", "DELETE", "OPTIONS", "PATCH"} {
		a := ask(method)
		require.Equal(t, 405, a.status, method)
		require.Equal(t, "GET, HEAD", a.header.Get("Allow"))
		require.NotContains(t, a.body, "issuer")
	}

	h, err = described(t, "https://api.example.com", oauth.MetadataConfig{TokenEndpoint: "https://api.example.com/token"})
	require.NoError(t, err)
	require.Equal(t, "public, max-age=600", record(h, httptest.NewRequest("GET", "/", nil)).header.Get("Cache-Control"))
}

// The issuer is compared character by character (section 3.3), so it is sent as it was written.
func TestRFC8414_3_3_IssuerIsExact(t *testing.T) {
	for _, issuer := range []string{
		"https://api.example.com", "https://api.example.com/", "https://api.example.com:443", "https://API.example.com/Tenant%2F1", "https://api.example.com/a&b",
		"http://127.0.0.1:8080", "http://[::1]", "http://localhost/x",
	} {
		h, err := described(t, issuer, oauth.MetadataConfig{TokenEndpoint: "https://api.example.com/token"})
		require.NoError(t, err)
		var got struct{ Issuer string }
		require.NoError(t, json.Unmarshal([]byte(record(h, httptest.NewRequest("GET", "/", nil)).body), &got))
		require.Equal(t, issuer, got.Issuer)
	}
}

func TestMetadataNamesTheFieldThatIsWrong(t *testing.T) {
	fields := map[string]func(*oauth.MetadataConfig, string){
		"TokenEndpoint":         func(c *oauth.MetadataConfig, u string) { c.TokenEndpoint = u },
		"RevocationEndpoint":    func(c *oauth.MetadataConfig, u string) { c.RevocationEndpoint = u },
		"IntrospectionEndpoint": func(c *oauth.MetadataConfig, u string) { c.IntrospectionEndpoint = u },
		"JWKSURI":               func(c *oauth.MetadataConfig, u string) { c.JWKSURI = u },
		"ServiceDocumentation":  func(c *oauth.MetadataConfig, u string) { c.ServiceDocumentation = u },
	}
	wrong := []string{
		"/oauth/token", "//api.example.com/token", "api.example.com/token", "https:", "https://", "https:///token", "https://:443/token", "https:api.example.com",
		"HTTPS://api.example.com/token", "ftp://api.example.com", "http://api.example.com/token", "http://127.0.0.1.example.com/", "http://localhost.example.com/",
		"http://10.0.0.1/", "https://user:hunter2@api.example.com/", "https://api.example.com/?a=b", "https://api.example.com/?", "https://api.example.com/#a",
		"https://api.example.com/#", "https://api.example.com/a b", " https://api.example.com/", "https://api.example.com/\n", "https://\u00e4.example.com/",
		"https://api.example.com/%zz", "https://[::1", "https://api.example.com:port/", "javascript:alert(1)",
	}
	for field, set := range fields {
		for _, u := range wrong {
			cfg := fullMetadata()
			set(&cfg, u)
			h, err := described(t, "https://api.example.com", cfg)
			require.ErrorContains(t, err, "oauth: MetadataHandler: "+field+" ", u)
			require.NotContains(t, err.Error(), "hunter2")
			require.Nil(t, h)
		}
		cfg := fullMetadata()
		set(&cfg, "http://api.example.com/token")
		cfg.InsecureAllowHTTP = true
		_, err := described(t, "http://api.example.com", cfg)
		require.NoError(t, err)
	}
	w := newWorld(t, "2025")
	for _, u := range wrong {
		if u == "http://api.example.com/token" || strings.HasPrefix(u, "http://1") || strings.HasPrefix(u, "http://localhost.") {
			continue // the server itself only needs a name
		}
		_, err := oauth.NewServer(oauth.ServerConfig{
			Application: application, Clients: w.db, Tokens: w.db, Users: w.db, Login: w.login, Realm: realm, Issuer: u,
		})
		require.ErrorContains(t, err, "oauth: NewServer: Issuer ", u)
	}

	_, err := described(t, "http://api.example.com", fullMetadata())
	require.ErrorContains(t, err, "ServerConfig.Issuer is http")
	_, err = described(t, "", fullMetadata())
	require.ErrorContains(t, err, "ServerConfig.Issuer is missing")
	_, err = described(t, "https://api.example.com", oauth.MetadataConfig{})
	require.ErrorContains(t, err, "TokenEndpoint is missing")
	for _, age := range []time.Duration{-time.Second, time.Second - 1, 24*time.Hour + 1} {
		cfg := fullMetadata()
		cfg.MaxAge = age
		_, err = described(t, "https://api.example.com", cfg)
		require.ErrorContains(t, err, "MaxAge")
	}
	cfg := fullMetadata()
	cfg.ScopesSupported = []string{"read", "a b"}
	_, err = described(t, "https://api.example.com", cfg)
	require.ErrorContains(t, err, "ScopesSupported")

	for _, s := range []*oauth.Server{nil, {}} {
		h, err := s.MetadataHandler(fullMetadata())
		require.Error(t, err)
		require.Nil(t, h)
	}
}

// Whoever follows the document finds what it says: each URL answers, and each way to authenticate works at each endpoint.
func TestRFC8414_EverythingThatIsListedWorks(t *testing.T) {
	w := newJWTWorld(t)
	mux := http.NewServeMux()
	srv := httptest.NewServer(mux)
	defer srv.Close()
	mobile, err := w.db.ClientByID(t.Context(), "mobile")
	require.NoError(t, err)
	mobile.JWTAccessTokens = false
	require.NoError(t, w.db.PutClient(t.Context(), mobile))

	w.mount(t, func(c *oauth.ServerConfig) { c.Issuer = srv.URL })
	jwks, err := jwt.NewJWKSHandler(w.issuer, nil)
	require.NoError(t, err)
	h, err := w.server.MetadataHandler(oauth.MetadataConfig{
		TokenEndpoint: srv.URL + "/rest_api/access_token", RevocationEndpoint: srv.URL + "/oauth/revoke", IntrospectionEndpoint: srv.URL + "/oauth/introspect",
		JWKSURI: srv.URL + "/.well-known/jwks.json", ScopesSupported: []string{"read", "write", "admin:x"},
	})
	require.NoError(t, err)
	mux.Handle("/", w.mux)
	mux.Handle("/.well-known/jwks.json", jwks)
	mux.Handle("/.well-known/oauth-authorization-server", h)

	send := func(method, url, body string, header ...string) answer {
		t.Helper()
		r, err := http.NewRequest(method, url, strings.NewReader(body))
		require.NoError(t, err)
		r.Header = headers(header...)
		resp, err := srv.Client().Do(r)
		require.NoError(t, err)
		defer resp.Body.Close()
		b, err := io.ReadAll(resp.Body)
		require.NoError(t, err)
		return answer{resp.StatusCode, resp.Header, strings.TrimSuffix(string(b), "\n")}
	}
	var doc struct {
		Issuer     string
		Token      string   `json:"token_endpoint"`
		TokenAuth  []string `json:"token_endpoint_auth_methods_supported"`
		Grants     []string `json:"grant_types_supported"`
		Revoke     string   `json:"revocation_endpoint"`
		RevokeAuth []string `json:"revocation_endpoint_auth_methods_supported"`
		Ask        string   `json:"introspection_endpoint"`
		AskAuth    []string `json:"introspection_endpoint_auth_methods_supported"`
		JWKS       string   `json:"jwks_uri"`
	}
	require.NoError(t, json.Unmarshal([]byte(send("GET", srv.URL+"/.well-known/oauth-authorization-server", "").body), &doc))
	require.Equal(t, srv.URL, doc.Issuer, "section 3.3")

	// as sends a form as the client in the way that the method says.
	as := func(method, url, body string) answer {
		t.Helper()
		switch method {
		case "client_secret_basic":
			return send("POST", url, body, "Content-Type", formType, "Authorization", basic("mobile", robotSecret))
		case "client_secret_post":
			return send("POST", url, body+"&"+form("client_id", "mobile", "client_secret", robotSecret), "Content-Type", formType)
		}
		t.Fatal("unknown method " + method)
		return answer{}
	}
	for _, method := range doc.TokenAuth {
		var last pair
		for _, grant := range doc.Grants {
			body := form("grant_type", grant)
			switch grant {
			case "password":
				body = form("grant_type", grant, "username", "my_username", "password", "topsecret")
			case "client_credentials":
				body = form("grant_type", grant, "username", "my_username")
			case "refresh_token":
				body = form("grant_type", grant, "refresh_token", last.Refresh)
			}
			a := as(method, doc.Token, body)
			require.Equal(t, 200, a.status, "%s %s: %s", method, grant, a.body)
			var p pair
			require.NoError(t, json.Unmarshal([]byte(a.body), &p))
			if p.Refresh != "" {
				last = p
			}
			require.Contains(t, doc.AskAuth, method)
			told := as(method, doc.Ask, form("token", p.Access)).body
			require.Contains(t, told, `"active":true`)
			require.Contains(t, told, `"iss":"`+srv.URL+`"`)
			require.Contains(t, doc.RevokeAuth, method)
			require.Equal(t, ended, as(method, doc.Revoke, form("token", p.Access)).body)
			require.Equal(t, inactive, as(method, doc.Ask, form("token", p.Access)).body)
		}
	}
	keys := send("GET", doc.JWKS, "")
	require.Equal(t, 200, keys.status)
	require.Contains(t, keys.body, `"keys"`)
}
