package oauth_test

import (
	"context"
	"encoding/json"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/apiauth-go/apiauth/auth"
	autherr "github.com/apiauth-go/apiauth/errors"
	"github.com/apiauth-go/apiauth/oauth"
	"github.com/apiauth-go/apiauth/store"
)

// pair is an answer with a refresh token.
type pair struct {
	Access    string `json:"access_token"`
	Refresh   string `json:"refresh_token"`
	ExpiresIn int64  `json:"expires_in"`
	Scope     string `json:"scope"`
}

// newRefreshingWorld makes a world with a client "mobile" that may refresh.
func newRefreshingWorld(t testing.TB, profile string, changes ...func(*store.Client)) *world {
	t.Helper()
	w := newWorld(t, profile)
	c := store.Client{
		ID: "mobile", Application: application, Active: true, Grants: []string{"password", "client_credentials", "refresh_token"},
		SecretHashes: []string{mustHash(t, robotSecret)}, Scopes: []string{"read", "write", "admin:x"}, DefaultScopes: []string{"read", "write"},
		AnyUser: true, RefreshTokenLifetime: 100 * time.Hour, TokenLifetime: time.Hour, Introspect: true,
	}
	for _, change := range changes {
		change(&c)
	}
	require.NoError(t, w.db.PutClient(context.Background(), c))
	return w
}

// serve replaces the server by one whose configuration is changed.
func (w *world) serve(t testing.TB, change func(*oauth.ServerConfig)) {
	t.Helper()
	cfg := oauth.ServerConfig{Application: application, Clients: &w.stores, Tokens: &w.stores, Users: &w.stores, Login: w.login, Realm: realm}
	change(&cfg)
	server, err := oauth.NewServer(cfg)
	require.NoError(t, err)
	old := w.mux
	w.mux = http.NewServeMux()
	w.mux.Handle("/rest_api/access_token", server.TokenEndpoint())
	w.mux.Handle("/", old)
}

func (w *world) changeClient(t testing.TB, id string, change func(*store.Client)) {
	t.Helper()
	c, err := w.db.ClientByID(context.Background(), id)
	require.NoError(t, err)
	change(&c)
	require.NoError(t, w.db.PutClient(context.Background(), c))
}

var mobileLogin = form("grant_type", "password", "username", "my_username", "password", "topsecret", "client_id", "mobile", "client_secret", robotSecret)

// begin logs in and returns the first pair of a family.
func (w *world) begin(t testing.TB, extra ...string) pair {
	t.Helper()
	a := w.do(post(mobileLogin + "&" + form(extra...)))
	require.Equal(t, 200, a.status, a.body)
	return parsePair(t, a)
}

func (w *world) refresh(token string, extra ...string) answer {
	body := form("grant_type", "refresh_token", "refresh_token", token, "client_id", "mobile", "client_secret", robotSecret)
	return w.do(post(body + "&" + form(extra...)))
}

func parsePair(t testing.TB, a answer) pair {
	t.Helper()
	require.Equal(t, 200, a.status, a.body)
	var p pair
	require.NoError(t, json.Unmarshal([]byte(a.body), &p))
	require.True(t, auth.IsRandom(auth.PrefixRefreshToken, p.Refresh), a.body)
	return p
}

// familyOf returns all records of the family of a refresh token.
func (w *world) familyOf(t testing.TB, refresh string) []store.Token {
	t.Helper()
	rec, err := w.db.TokenByID(context.Background(), oauth.TokenID(refresh))
	require.NoError(t, err)
	list, err := w.db.ListTokens(context.Background(), store.TokenMatch{Family: rec.Family}, 10_000)
	require.NoError(t, err)
	return list
}

func (w *world) works(access string) bool { return w.do(get(access)).status == 200 }

const invalidRefreshToken = `{"status":"error","http_code":"400","error":"INVALID_REFRESH_TOKEN","error_description":"Invalid Refresh Token."}`

func TestRFC6749_6_RefreshTokenIsExchangedForANewPair(t *testing.T) {
	w := newRefreshingWorld(t, "2025")
	first := w.begin(t)
	require.True(t, w.works(first.Access))
	a := w.refresh(first.Refresh)
	require.Equal(t, "no-store", a.header.Get("Cache-Control"))
	require.Equal(t, "no-cache", a.header.Get("Pragma"))
	second := parsePair(t, a)
	require.Regexp(t, `^\{"access_token":"aat_[^"]{32}","token_type":"Bearer","expires_in":3600,"refresh_token":"art_[^"]{32}","scope":"read write"\}$`, a.body)
	require.NotEqual(t, first.Access, second.Access)
	require.NotEqual(t, first.Refresh, second.Refresh)
	require.True(t, w.works(second.Access))
	require.True(t, w.works(first.Access), "an access token lives its own life")
	require.Contains(t, w.do(get(second.Access)).body, `"UserID":"1"`)
	require.Contains(t, w.do(get(second.Access)).body, `"ClientID":"mobile"`)
}

func TestRFC6749_6_RefreshTokenIsNoAccessTokenAndTheReverse(t *testing.T) {
	w := newRefreshingWorld(t, "2025")
	p := w.begin(t)
	require.Equal(t, "INVALID_ACCESS_TOKEN", w.do(get(p.Refresh)).code(t))
	require.Equal(t, invalidRefreshToken, w.refresh(p.Access).body)
	// Not even one that is on record under the wrong prefix.
	wrong := auth.NewRandom(auth.PrefixAccessToken)
	rec := w.familyOf(t, p.Refresh)[0]
	rec.ID, rec.Kind = oauth.TokenID(wrong), store.RefreshToken
	require.NoError(t, w.db.CreateTokens(t.Context(), rec))
	require.Equal(t, invalidRefreshToken, w.refresh(wrong).body)
	require.Equal(t, "INVALID_ACCESS_TOKEN", w.do(get(wrong)).code(t))
}

func TestRFC6749_6_ClientAuthenticates(t *testing.T) {
	w := newRefreshingWorld(t, "rfc")
	p := w.begin(t)
	body := form("grant_type", "refresh_token", "refresh_token", p.Refresh, "client_id", "mobile")
	for wrong, want := range map[string]string{
		body: `{"error":"invalid_request","error_description":"No Client Secret found in request."}`,
		body + "&" + form("client_secret", otherSecret):                                                                                            `{"error":"invalid_client","error_description":"Client authentication failed."}`,
		form("grant_type", "refresh_token", "client_id", "mobile", "client_secret", robotSecret):                                                   `{"error":"invalid_request","error_description":"Invalid request."}`,
		form("grant_type", "refresh_token", "refresh_token", "", "client_id", "mobile", "client_secret", robotSecret):                              `{"error":"invalid_request","error_description":"Invalid request."}`,
		form("grant_type", "refresh_token", "refresh_token", p.Refresh, "refresh_token", "x", "client_id", "mobile", "client_secret", robotSecret): `{"error":"invalid_request","error_description":"Invalid request."}`,
	} {
		require.Equal(t, want, w.do(post(wrong)).body)
	}
	a := w.do(post(form("grant_type", "refresh_token", "refresh_token", p.Refresh), "Authorization", basic("mobile", robotSecret)))
	require.Equal(t, 200, a.status)
}

// The token is bound to its client. Who has stolen one and shows it under a client of his own gets nothing, and ends nothing.
func TestRFC6749_6_RefreshTokenIsBoundToItsClient(t *testing.T) {
	w := newRefreshingWorld(t, "2025")
	p := w.begin(t)
	other, err := w.db.ClientByID(t.Context(), "mobile")
	require.NoError(t, err)
	other.ID = "thief"
	require.NoError(t, w.db.PutClient(t.Context(), other))
	asThief := post(form("grant_type", "refresh_token", "refresh_token", p.Refresh, "client_id", "thief", "client_secret", robotSecret))
	require.Equal(t, invalidRefreshToken, w.do(asThief).body)
	second := parsePair(t, w.refresh(p.Refresh))
	require.Equal(t, invalidRefreshToken, w.do(asThief).body, "spent by now")
	require.True(t, w.works(second.Access))
	parsePair(t, w.refresh(second.Refresh))
}

func TestRFC6749_6_ScopeMayNarrowAndNeverWiden(t *testing.T) {
	w := newRefreshingWorld(t, "rfc")
	p := w.begin(t)
	for _, scope := range []string{"admin:x", "read admin:x", "read write admin:x", "root", "read  write"} {
		require.Equal(t, `{"error":"invalid_scope","error_description":"Invalid scope."}`, w.refresh(p.Refresh, "scope", scope).body, scope)
	}
	narrow := parsePair(t, w.refresh(p.Refresh, "scope", "write"))
	require.Equal(t, "write", narrow.Scope)
	require.Contains(t, w.do(get(narrow.Access)).body, `"Scopes":["write"]`)
	again := parsePair(t, w.refresh(narrow.Refresh))
	require.Equal(t, "read write", again.Scope, "a refresh token keeps the scopes of the grant")
	least := parsePair(t, w.refresh(again.Refresh, "scope", "read"))
	require.Equal(t, "read", least.Scope)

	// The client's own list may have become shorter, and longer.
	w.changeClient(t, "mobile", func(c *store.Client) { c.Scopes, c.DefaultScopes = []string{"write", "new"}, nil })
	left := parsePair(t, w.refresh(least.Refresh))
	require.Equal(t, "write", left.Scope)
	require.Contains(t, w.refresh(left.Refresh, "scope", "read").body, "invalid_scope")
	require.Contains(t, w.refresh(left.Refresh, "scope", "new").body, "invalid_scope")

	// None at all cannot be told: an answer without scope means all. The refresh token is not spent by that.
	w.changeClient(t, "mobile", func(c *store.Client) { c.Scopes = nil })
	require.Contains(t, w.refresh(left.Refresh).body, "invalid_scope")
	w.changeClient(t, "mobile", func(c *store.Client) { c.Scopes = []string{"write"} })
	require.Equal(t, "write", parsePair(t, w.refresh(left.Refresh)).Scope)
}

func TestRFC6749_4_4_3_NoRefreshTokenWithClientCredentials(t *testing.T) {
	w := newRefreshingWorld(t, "2025")
	a := w.do(post(form("grant_type", "client_credentials", "username", "reader", "client_id", "mobile", "client_secret", robotSecret)))
	require.Equal(t, 200, a.status)
	require.NotContains(t, a.body, "refresh")
	list, err := w.db.ListTokens(t.Context(), store.TokenMatch{UserID: "2"}, 10)
	require.NoError(t, err)
	require.Len(t, list, 1)
	require.Empty(t, list[0].Family)
}

// The documented password grant sends no secret. Such a request gets no refresh token, for a thief of that would need no secret for the next.
func TestNoRefreshTokenWithoutASecret(t *testing.T) {
	w := newRefreshingWorld(t, "2025", func(c *store.Client) { c.InsecurePasswordGrantWithoutSecret = true })
	body := form("grant_type", "password", "username", "my_username", "password", "topsecret", "client_id", "mobile")
	a := w.do(post(body))
	require.Equal(t, 200, a.status)
	require.NotContains(t, a.body, "refresh")
	parsePair(t, w.do(post(withSecret(body))))
}

func TestNoRefreshTokenForAClientThatMayNotRefresh(t *testing.T) {
	w := newRefreshingWorld(t, "2025", func(c *store.Client) { c.Grants, c.RefreshTokenLifetime = []string{"password"}, 0 })
	a := w.do(post(mobileLogin))
	require.Equal(t, 200, a.status)
	require.NotContains(t, a.body, "refresh")

	// And one that may no more cannot go on.
	w.changeClient(t, "mobile", func(c *store.Client) { c.Grants = []string{"password", "refresh_token"} })
	p := w.begin(t)
	w.changeClient(t, "mobile", func(c *store.Client) { c.Grants = []string{"password"} })
	require.Equal(t, "UNAUTHORIZED_CLIENT", w.refresh(p.Refresh).code(t))
}

func TestRefreshLooksAtTheUserAndTheClientAnew(t *testing.T) {
	for name, c := range map[string]struct {
		change func(w *world) error
		want   string
	}{
		"user blocked":     {func(w *world) error { return w.db.SetActive(context.Background(), "1", false) }, "INVALID_REFRESH_TOKEN"},
		"user deleted":     {func(w *world) error { return w.db.DeleteUser(context.Background(), "1") }, "INVALID_REFRESH_TOKEN"},
		"password changed": {func(w *world) error { return w.db.SetPasswordHash(context.Background(), "1", userHash()) }, "INVALID_REFRESH_TOKEN"},
		"client deleted":   {func(w *world) error { return w.db.DeleteClient(context.Background(), "mobile") }, "INVALID_CLIENT_ID"},
		"client disabled": {func(w *world) error {
			c, _ := w.db.ClientByID(context.Background(), "mobile")
			c.Active = false
			return w.db.PutClient(context.Background(), c)
		}, "INVALID_CLIENT_ID"},
		"client moved": {func(w *world) error {
			c, _ := w.db.ClientByID(context.Background(), "mobile")
			c.Application = "other001"
			return w.db.PutClient(context.Background(), c)
		}, "INVALID_CLIENT_ID"},
		"secret changed": {func(w *world) error {
			c, _ := w.db.ClientByID(context.Background(), "mobile")
			_, hash := oauth.NewClientSecret()
			c.SecretHashes = []string{hash}
			return w.db.PutClient(context.Background(), c)
		}, "INVALID_CLIENT_SECRET"},
	} {
		t.Run(name, func(t *testing.T) {
			w := newRefreshingWorld(t, "2025")
			p := w.begin(t)
			require.NoError(t, c.change(w))
			require.Equal(t, c.want, w.refresh(p.Refresh).code(t))
		})
	}
}

func TestRefreshOutlivesWhatChangesNothing(t *testing.T) {
	w := newRefreshingWorld(t, "2025")
	p := w.begin(t)
	require.NoError(t, w.db.SetActive(t.Context(), "1", false))
	require.Equal(t, invalidRefreshToken, w.refresh(p.Refresh).body)
	require.NoError(t, w.db.SetActive(t.Context(), "1", true))
	require.NoError(t, w.db.RehashPassword(t.Context(), "1", userHash(), userHash()+"x"))
	second := parsePair(t, w.refresh(p.Refresh)) // a refusal did not use it up
	require.True(t, w.works(second.Access))
}

func TestRefusedRefreshUsesNothingUp(t *testing.T) {
	w := newRefreshingWorld(t, "2025")
	p := w.begin(t)
	require.Equal(t, "INVALID_SCOPE", w.refresh(p.Refresh, "scope", "root").code(t))
	require.Equal(t, "INVALID_CLIENT_SECRET", w.do(post(form("grant_type", "refresh_token", "refresh_token", p.Refresh, "client_id", "mobile", "client_secret", "x"))).code(t))
	q := post(form("grant_type", "refresh_token", "refresh_token", p.Refresh, "client_id", "mobile", "client_secret", robotSecret))
	require.Equal(t, "INSECURE_TRANSPORT", w.from("192.0.2.1:1", q).code(t))
	parsePair(t, w.refresh(p.Refresh))
}

func TestOnlyTheExactRefreshTokenIsAccepted(t *testing.T) {
	w := newRefreshingWorld(t, "2025")
	p := w.begin(t)
	refused := func(other string) {
		t.Helper()
		a := w.refresh(other)
		require.Contains(t, []string{invalidRefreshToken, `{"status":"error","http_code":"400","error":"INVALID_REQUEST","error_description":"Invalid request."}`}, a.body, "%q", other)
	}
	for i := range p.Refresh {
		refused(p.Refresh[:i])
		refused(p.Refresh[i+1:])
		for bit := range 8 {
			b := []byte(p.Refresh)
			b[i] ^= 1 << bit
			refused(string(b))
		}
	}
	for c := range 256 {
		refused(string([]byte{byte(c)}) + p.Refresh)
		refused(p.Refresh + string([]byte{byte(c)}))
	}
	refused(strings.ToUpper(p.Refresh))
	for _, rec := range w.familyOf(t, p.Refresh) { // what a thief of the database finds
		refused(rec.ID.String())
		refused(auth.PrefixRefreshToken + rec.ID.String()[:32])
		refused(auth.PrefixRefreshToken + rec.Family)
		refused(rec.Family)
	}
	require.True(t, w.works(p.Access))
	parsePair(t, w.refresh(p.Refresh))
}

func TestRefreshIsToldInTheRFCProfile(t *testing.T) {
	w := newRefreshingWorld(t, "rfc")
	a := w.refresh("art_unknown")
	require.Equal(t, 400, a.status)
	require.Equal(t, `{"error":"invalid_grant","error_description":"Invalid Refresh Token."}`, a.body)
	require.ErrorIs(t, w.lastError(), autherr.InvalidRefreshToken)
}
