package leak

import (
	"encoding/base64"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/apiauth-go/apiauth/auth"
	"github.com/apiauth-go/apiauth/oauth"
	"github.com/apiauth-go/apiauth/store"
)

// echo is in everything that is wrong on purpose. It is no secret, but no answer repeats what somebody has sent.
const echo = "zzechozz"

// request is one question. Each time it is asked it is made anew, with credentials that nobody has used.
type request struct {
	name string
	make func(s *service) *http.Request
}

func pair(name, secret string) string {
	return "Basic " + base64.StdEncoding.EncodeToString([]byte(name+":"+secret))
}

// ask makes a request with header fields, in pairs.
func (s *service) ask(method, path, body string, fields ...string) *http.Request {
	r, err := http.NewRequest(method, s.srv.URL+path, strings.NewReader(body))
	require.NoError(s.t, err)
	if body != "" {
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	for i := 0; i < len(fields); i += 2 {
		r.Header[http.CanonicalHeaderKey(fields[i])] = append(r.Header[http.CanonicalHeaderKey(fields[i])], fields[i+1])
	}
	return r
}

func form(pairs ...string) string {
	var list []string
	for i := 0; i < len(pairs); i += 2 {
		list = append(list, pairs[i]+"="+url.QueryEscape(pairs[i+1]))
	}
	return strings.Join(list, "&")
}

// The credentials of my_username, each fresh.

func (s *service) opaque() string {
	return s.tokens(form("grant_type", "client_credentials", "client_id", "client", "client_secret", s.clientSecret, "username", "my_username", "scope", "read"))["access_token"]
}

func (s *service) refresh() string {
	return s.tokens(form("grant_type", "password", "client_id", "client", "client_secret", s.clientSecret, "username", "my_username", "password", pass))["refresh_token"]
}

func (s *service) jwtAccess() string {
	return s.tokens(form("grant_type", "client_credentials", "client_id", "jwtclient", "client_secret", s.jwtSecret, "username", "my_username"))["access_token"]
}

func (s *service) jwt() string {
	return s.answered(s.ask("POST", "/id_token", "", "Authorization", pair("my_username", pass)))["jwt_token"]
}

func (s *service) service() string {
	return s.answered(s.ask("POST", "/generate", "", "Authorization", pair("my_username", pass)))["token"]
}

func (s *service) tokens(body string) map[string]string {
	return s.answered(s.ask("POST", "/access_token", body))
}

// expired puts a token into the store that has ended.
func (s *service) expired() string {
	token := auth.NewRandom(auth.PrefixAccessToken)
	s.scan.keep("expired token", token)
	require.NoError(s.t, s.db.CreateTokens(s.t.Context(), store.Token{ID: oauth.TokenID(token), Kind: store.AccessToken, UserID: "1", ClientID: "client", Application: application,
		Stamp: "stamp-one", IssuedAt: time.Now().Add(-time.Hour), ExpiresAt: time.Now().Add(-time.Minute)}))
	return token
}

// expiredJWT signs one that has ended.
func (s *service) expiredJWT() string {
	user, err := s.db.UserByID(s.t.Context(), "1")
	require.NoError(s.t, err)
	now := time.Now()
	token, err := s.issuer.IssueAccessToken(s.t.Context(), user, store.Token{ClientID: "jwtclient", Application: application, IssuedAt: now.Add(-time.Hour), ExpiresAt: now.Add(-time.Minute)})
	require.NoError(s.t, err)
	s.scan.keep("expired JSON Web Token", token)
	return token
}

// wrongs returns what is nearly a credential. What is left of it gives as much away, so it is secret too.
func wrongs(value string) []string {
	flip := []byte(value)
	flip[len(flip)/2] ^= 1
	last := []byte(value)
	last[len(last)-1] ^= 2
	return []string{value[:len(value)-1], value + "x", string(flip), string(last), value[1:], value + " " + value, value + "," + value, strings.ToUpper(value), value + ":" + echo}
}

// requests returns all that are asked one after the other.
func (s *service) requests() (list []request) {
	add := func(name string, make func(s *service) *http.Request) { list = append(list, request{name, make}) }
	get := func(path string, fields func(s *service) []string) func(s *service) *http.Request {
		return func(s *service) *http.Request { return s.ask("GET", path, "", fields(s)...) }
	}
	bearer := func(token func(*service) string) func(s *service) []string {
		return func(s *service) []string { return []string{"Authorization", "Bearer " + token(s)} }
	}

	// What is right.
	for name, way := range map[string]struct {
		paths []string
		creds func(s *service) []string
	}{
		"basic":          {[]string{"/any", "/basic"}, func(*service) []string { return []string{"Authorization", pair("my_username", pass)} }},
		"API key":        {[]string{"/any", "/key"}, func(s *service) []string { return []string{"API-KEY", pair("my_username", s.apiKey)[6:]} }},
		"API key, basic": {[]string{"/keybasic"}, func(s *service) []string { return []string{"Authorization", pair("my_username", s.apiKey)} }},
		"JWT":            {[]string{"/any", "/jwt", "/jwt", "/scope"}, bearer((*service).jwt)},
		"access token":   {[]string{"/any", "/oauth", "/scope"}, bearer((*service).opaque)},
		"JWT access":     {[]string{"/any", "/oauth", "/scope"}, bearer((*service).jwtAccess)},
		"services token": {[]string{"/any", "/service", "/scope"}, func(s *service) []string { return []string{"Authorization", pair(s.service(), "")} }},
		"expired":        {[]string{"/oauth"}, bearer((*service).expired)},
		"expired JWT":    {[]string{"/any", "/oauth"}, bearer((*service).expiredJWT)},
		"refresh token":  {[]string{"/any"}, bearer((*service).refresh)},
		"foreign JWT":    {[]string{"/foreign/jwt"}, bearer(func(s *service) string { return s.other.jwt() })},
		"introspected":   {[]string{"/foreign/introspect", "/any"}, bearer(func(s *service) string { return s.other.opaque() })},
		"user info":      {[]string{"/foreign/userinfo"}, bearer(func(s *service) string { return s.other.opaque() })},
	} {
		for _, path := range way.paths {
			add(name+" at "+path, get(path, way.creds))
		}
		// And what is nearly right: each is sent everywhere.
		for i := range wrongs("a valid credential") {
			for _, path := range []string{"/any", way.paths[0]} {
				add("wrong "+name+" at "+path, func(s *service) *http.Request {
					c := way.creds(s)
					scheme, value, ok := strings.Cut(c[1], " ")
					if !ok {
						scheme, value = "", c[1]
					}
					if plain, err := base64.StdEncoding.DecodeString(value); err == nil && strings.Contains(string(plain), ":") {
						bad := wrongs(strings.TrimSuffix(string(plain), ":"))[i]
						value = base64.StdEncoding.EncodeToString([]byte(bad))
					} else {
						value = wrongs(value)[i]
					}
					return s.ask("GET", path+"?access_token="+echo, "", c[0], strings.TrimPrefix(scheme+" "+value, " "))
				})
			}
		}
		add("twice "+name, func(s *service) *http.Request {
			c := way.creds(s)
			return s.ask("GET", way.paths[0], "", c[0], c[1], c[0], c[1], "API-KEY", c[1], "Authorization", c[1])
		})
		add("in the query "+name, func(s *service) *http.Request {
			return s.ask("GET", "/any?access_token="+url.QueryEscape(way.creds(s)[1])+"&q="+echo, "")
		})
		add("in clear text "+name, func(s *service) *http.Request {
			return s.ask("GET", way.paths[0], "", append(way.creds(s), "X-Forwarded-Proto", "http", "X-Forwarded-For", echo)...)
		})
	}
	return append(list, s.endpoints()...)
}

// endpoints returns the requests for tokens, and to end them.
func (s *service) endpoints() (list []request) {
	post := func(name, path string, body func(s *service) string, fields ...string) {
		list = append(list, request{name, func(s *service) *http.Request { return s.ask("POST", path, body(s), fields...) }})
	}
	text := func(pairs ...string) func(*service) string {
		return func(*service) string { return form(pairs...) }
	}
	none := text()

	for _, path := range []string{"/id_token", "/generate", "/revoke", "/basic"} {
		for _, c := range []string{pair("my_username", pass), pair("my_username", wrongPass), pair("nobody"+echo, wrongPass), pair("blocked_user", otherPass), pair("blocked_user", wrongPass), pair("reader", otherPass),
			pair("stampless", otherPass), pair("", wrongPass), pair("my_username", ""), "Basic " + wrongPass, "Bearer " + wrongPass, pair("my_username", pass+"\x00"+echo), "Basic", "Digest username=" + echo} {
			post("password at "+path, path, none, "Authorization", c)
		}
	}
	secret := []string{"client_id", "client", "client_secret", s.clientSecret}
	withSecret := func(pairs ...string) func(*service) string { return text(append(pairs, secret...)...) }
	for i, body := range []func(*service) string{
		withSecret("grant_type", "password", "username", "my_username", "password", pass, "scope", "read"),
		withSecret("grant_type", "password", "username", "my_username", "password", wrongPass),
		withSecret("grant_type", "password", "username", "nobody"+echo, "password", wrongPass),
		withSecret("grant_type", "password", "username", "blocked_user", "password", otherPass),
		withSecret("grant_type", "password", "username", "stampless", "password", otherPass),
		withSecret("grant_type", "password", "username", "my_username", "password", pass, "scope", echo),
		withSecret("grant_type", "client_credentials", "username", "my_username"),
		withSecret("grant_type", "client_credentials", "username", "nobody"+echo),
		withSecret("grant_type", echo),
		withSecret("grant_type", "password", "grant_type", "password"),
		withSecret("grant_type", "password", "username", "my_username"),
		text("grant_type", "client_credentials", "client_id", "client", "client_secret", wrongPass, "username", "my_username"),
		text("grant_type", "client_credentials", "client_id", echo, "client_secret", wrongPass, "username", "my_username"),
		text("grant_type", "client_credentials", "client_id", "off", "client_secret", wrongPass, "username", "my_username"),
		text("grant_type", "password", "client_id", "jwtclient", "client_secret", s.jwtSecret, "username", "my_username", "password", pass),
		func(s *service) string {
			return form(append(secret, "grant_type", "refresh_token", "refresh_token", s.refresh())...)
		},
		func(s *service) string {
			return form(append(secret, "grant_type", "refresh_token", "refresh_token", s.opaque())...)
		},
		func(s *service) string { // twice
			token := s.refresh()
			s.tokens(form(append(secret, "grant_type", "refresh_token", "refresh_token", token)...))
			return form(append(secret, "grant_type", "refresh_token", "refresh_token", token)...)
		},
		func(s *service) string {
			return form("grant_type", "refresh_token", "refresh_token", s.refresh(), "client_id", "jwtclient", "client_secret", s.jwtSecret)
		},
		func(*service) string { return "grant_type=password&password=" + pass + "&%zz=" + echo },
		text("grant_type", "password", "client_id", "client", "client_secret", s.clientSecret, "client_secret", s.clientSecret),
		text("grant_type", "password", "password", pass, "password", pass),
		func(*service) string { return strings.Repeat("password="+pass+"&", 4000) },
	} {
		post(fmt.Sprint("token endpoint ", i), "/access_token", body)
		post("token endpoint, also as Basic", "/access_token", body, "Authorization", pair("client", s.clientSecret))
		post("token endpoint, as JSON", "/access_token", body, "Content-Type", "application/json")
	}
	for _, path := range []string{"/oauth/introspect", "/oauth/revoke"} {
		for i, token := range []func(*service) string{(*service).opaque, (*service).refresh, (*service).jwtAccess, (*service).jwt, (*service).service, (*service).expired, (*service).expiredJWT,
			func(s *service) string { return s.apiKey }, func(s *service) string { return s.clientSecret }, func(*service) string { return echo }} {
			body := func(s *service) string { return form("token", token(s), "token_type_hint", echo) }
			post(fmt.Sprint(path, " ", i), path, body, "Authorization", pair("client", s.clientSecret))
			post(path+" by another client", path, body, "Authorization", pair("jwtclient", s.jwtSecret))
			post(path+" with a wrong secret", path, body, "Authorization", pair("client", wrongPass))
			post(path+" by nobody", path, body)
			if path == "/oauth/revoke" {
				for _, as := range []string{pair("my_username", pass), pair("reader", otherPass), pair("my_username", wrongPass)} {
					post(fmt.Sprint("users' revocation ", i), "/revoke", body, "Authorization", as)
					post("users' revocation, JSON", "/revoke", func(s *service) string { return `{"token":"` + token(s) + `"}` }, "Authorization", as, "Content-Type", "application/json")
					post("users' revocation, no JSON", "/revoke", func(s *service) string { return `{"token":"` + token(s) + `",}` + echo }, "Authorization", as, "Content-Type", "application/json")
				}
			}
		}
	}
	for _, path := range []string{"/id_token", "/access_token", "/revoke", "/oauth/introspect", "/oauth/revoke", "/generate"} {
		list = append(list, request{"GET " + path, func(s *service) *http.Request {
			return s.ask("GET", path+"?"+form(append(secret, "password", pass, "q", echo)...), "", "Authorization", pair("my_username", pass))
		}})
	}
	return list
}
