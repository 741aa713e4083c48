package oauth_test

import (
	"context"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/apiauth-go/apiauth/auth"
	"github.com/apiauth-go/apiauth/store"
)

// end is a request of a client to end a token, with more parameters.
func end(client, token string, more ...string) request {
	return request{"POST", "/oauth/revoke", form(append([]string{"token", token}, more...)...),
		headers("Content-Type", formType, "Authorization", basic(client, robotSecret))}
}

// endPublic is end by a client that shows no secret.
func endPublic(client, token string) request {
	return request{"POST", "/oauth/revoke", form("token", token, "client_id", client), headers("Content-Type", formType)}
}

// ended is the whole answer of a success.
const ended = `{}`

func TestRFC7009_2_2_RevokedTokenIsRefusedAtOnce(t *testing.T) {
	for _, profile := range []string{"2025", "legacy", "rfc"} {
		w := newWorld(t, profile)
		send := w.listen(t)
		for _, hint := range []string{"access_token", "refresh_token", "pineapple", ""} {
			token, other := w.token(t, clientBody), w.token(t, clientBody)
			a := send(end("robot", token, "token_type_hint", hint))
			require.Equal(t, ended, a.body)
			require.Equal(t, 200, a.status)
			require.Equal(t, "application/json", a.header.Get("Content-Type"))
			require.Equal(t, "no-store", a.header.Get("Cache-Control"))
			require.Equal(t, 401, send(get(token)).status)
			require.Equal(t, inactive, send(ask("resource", token)).body)
			require.Equal(t, 200, send(get(other)).status, "an access token ends alone")
			require.Equal(t, ended, send(end("robot", token)).body, "once more")
		}
	}
}

func TestRFC7009_2_1_RefreshTokenEndsItsFamily(t *testing.T) {
	for name, pick := range map[string]func(first, last pair) string{
		"the last":     func(_, last pair) string { return last.Refresh },
		"a spent one":  func(first, _ pair) string { return first.Refresh },
		"with a blank": func(_, last pair) string { return last.Refresh + " " },
	} {
		t.Run(name, func(t *testing.T) {
			w := newRefreshingWorld(t, "2025")
			first, bystander := w.begin(t), w.begin(t)
			last := parsePair(t, w.refresh(first.Refresh))
			require.Len(t, w.familyOf(t, last.Refresh), 4)
			require.Equal(t, ended, w.do(end("mobile", pick(first, last))).body)
			for _, token := range []string{first.Access, first.Refresh, last.Access, last.Refresh} {
				require.False(t, exists(t, w, token))
			}
			require.Equal(t, invalidRefreshToken, w.refresh(last.Refresh).body)
			require.True(t, w.works(bystander.Access))
			require.Equal(t, 200, w.refresh(bystander.Refresh).status)
		})
	}
}

func TestRFC7009_2_1_AccessTokenLeavesItsRefreshToken(t *testing.T) {
	w := newRefreshingWorld(t, "2025")
	p := w.begin(t)
	require.Equal(t, ended, w.do(end("mobile", p.Access)).body)
	require.False(t, w.works(p.Access))
	require.Equal(t, 200, w.refresh(p.Refresh).status)
}

func TestRFC7009_2_1_AnotherClientsTokenIsRefusedAndStays(t *testing.T) {
	for i, profile := range []string{"2025", "legacy", "rfc"} {
		w := newRefreshingWorld(t, profile)
		p := w.begin(t)
		old := putToken(t, w, func(t *store.Token) { t.ExpiresAt = time.Now().Add(-time.Minute) }) // of "app"
		for _, token := range []string{p.Access, p.Refresh, old} {
			for _, q := range []request{end("robot", token), endPublic("web", token)} {
				a := w.do(q)
				require.Equal(t, notAllowed[i], a.body)
				require.Equal(t, 400, a.status)
				require.True(t, exists(t, w, token))
			}
		}
		require.True(t, w.works(p.Access))
		require.Equal(t, 200, w.refresh(p.Refresh).status)
	}
}

// Section 2.2: the client cannot do anything about it, and what it wanted holds.
func TestRFC7009_2_2_InvalidTokenIsASuccess(t *testing.T) {
	w := newWorld(t, "2025")
	for name, token := range map[string]string{
		"unknown access token":  auth.NewRandom(auth.PrefixAccessToken),
		"unknown refresh token": auth.NewRandom(auth.PrefixRefreshToken),
		"cut":                   auth.NewRandom(auth.PrefixAccessToken)[:20],
		"extended":              auth.NewRandom(auth.PrefixAccessToken) + "x",
		"another system's":      "0a1b2c3d",
		"a word":                "token",
		"long":                  strings.Repeat("x", 60_000),
	} {
		a := w.do(end("robot", token))
		require.Equal(t, ended, a.body, name)
		require.Equal(t, 200, a.status, name)
	}
}

// What does not work now may work tomorrow: it is ended by its record, whatever a Verifier says of it.
func TestTokenThatDoesNotWorkNowIsEndedAllTheSame(t *testing.T) {
	w := newWorld(t, "2025")
	for name, change := range map[string]func(*store.Token){
		"expired":             func(t *store.Token) { t.ExpiresAt = time.Now().Add(-time.Minute) },
		"blocked user's":      func(t *store.Token) { t.UserID, t.Stamp = "3", "s3" },
		"deleted user's":      func(t *store.Token) { t.UserID = "gone" },
		"another password's":  func(t *store.Token) { t.Stamp = "s0" },
		"of the time before":  func(t *store.Token) { t.Application = "other001" }, // the client was moved since
		"spent refresh token": func(t *store.Token) { t.Kind, t.Family, t.SpentAt = store.RefreshToken, "f", time.Now() },
		"without a family":    func(t *store.Token) { t.Kind = store.RefreshToken },
		"expired to refresh": func(t *store.Token) {
			t.Kind, t.Family, t.ExpiresAt = store.RefreshToken, "g", time.Now().Add(-time.Minute)
		},
		"of a blocked user, r": func(t *store.Token) { t.Kind, t.Family, t.UserID = store.RefreshToken, "h", "3" },
	} {
		token := putToken(t, w, func(t *store.Token) { t.ClientID = "robot"; change(t) })
		require.Equal(t, ended, w.do(end("robot", token)).body, name)
		require.False(t, exists(t, w, token), name)
	}
}

func TestRFC7009_2_1_ClientIsAuthenticatedFirst(t *testing.T) {
	for i, profile := range []string{"2025", "legacy", "rfc"} {
		w := newWorld(t, profile)
		token := w.token(t, clientBody)
		in := func(pairs ...string) request {
			return request{"POST", "/oauth/revoke", form(append([]string{"token", token}, pairs...)...), headers("Content-Type", formType)}
		}
		for name, c := range map[string]struct {
			request request
			body    string
		}{
			"nobody":                  {in(), noClient[i]},
			"an unknown client":       {end("nobody", token), noClient[i]},
			"a client that is off":    {end("off", token), noClient[i]},
			"a public client, off":    {endPublic("off", token), noClient[i]},
			"another application's":   {endPublic("foreign", token), noClient[i]},
			"no secret":               {endPublic("robot", token), noSecret[i]},
			"an empty secret":         {in("client_id", "robot", "client_secret", ""), noSecret[i]},
			"a wrong secret":          {in("client_id", "robot", "client_secret", otherSecret), noSecret[i]},
			"a public client's wrong": {in("client_id", "web", "client_secret", otherSecret), noSecret[i]},
			"what a public one lacks": {in("client_id", "app", "client_secret", otherSecret), noSecret[i]},
		} {
			w.stores.record, w.stores.calls = true, nil
			a := w.do(c.request)
			require.Equal(t, c.body, a.body, name)
			require.Equal(t, 401, a.status, name)
			require.Equal(t, []string{`Basic realm="Example API", charset="UTF-8"`}, a.header["Www-Authenticate"])
			require.NotContains(t, w.stores.calls, "TokenByID", name)
		}
		require.Equal(t, 200, w.do(get(token)).status)
		require.Equal(t, ended, w.do(in("client_id", "robot", "client_secret", robotSecret)).body)
	}
}

func TestRFC7009_2_1_PublicClientEndsItsOwnTokens(t *testing.T) {
	w := newWorld(t, "2025")
	token := w.token(t, passwordBody) // of "app"
	require.Equal(t, "UNAUTHORIZED_CLIENT", w.do(endPublic("web", token)).code(t))
	require.Equal(t, 200, w.do(get(token)).status)
	require.Equal(t, ended, w.do(endPublic("app", token)).body)
	require.Equal(t, 401, w.do(get(token)).status)
}

func TestRFC7009_2_1_Request(t *testing.T) {
	w := newWorld(t, "2025")
	send := w.listen(t)
	token := w.token(t, clientBody)
	good := end("robot", token)
	key, _ := auth.NewAPIKey()
	secret := auth.NewRandom(auth.PrefixClientSecret)
	with := func(change func(*request)) request {
		q := request{good.method, good.path, good.body, good.header.Clone()}
		change(&q)
		return q
	}
	for name, c := range map[string]struct {
		request request
		status  int
		code    string
	}{
		"no token":           {with(func(q *request) { q.body = "token_type_hint=access_token" }), 400, "INVALID_REQUEST"},
		"an empty token":     {end("robot", ""), 400, "INVALID_REQUEST"},
		"token twice":        {end("robot", token, "token", token), 400, "INVALID_REQUEST"},
		"token in the query": {with(func(q *request) { q.path += "?" + q.body; q.body = "" }), 400, "INVALID_REQUEST"},
		"client twice":       {end("robot", token, "client_secret", robotSecret), 400, "INVALID_REQUEST"},
		"a callback":         {with(func(q *request) { q.method, q.path = "GET", q.path+"?callback=f&"+q.body }), 405, "INVALID_HTTP_METHOD"},
		"JSON":               {with(func(q *request) { q.header.Set("Content-Type", jsonType); q.body = `{"token":"` + token + `"}` }), 415, "INVALID_REQUEST"},
		"too long":           {with(func(q *request) { q.body += "&x=" + strings.Repeat("x", 64<<10) }), 413, "INVALID_REQUEST"},
		"a line end":         {end("robot", token+"\n"), 400, "INVALID_REQUEST"},
		"Bearer":             {end("robot", "Bearer "+token), 400, "INVALID_REQUEST"},
		"two":                {end("robot", token+" "+token), 400, "INVALID_REQUEST"},
		"no ASCII":           {end("robot", token+"\u00a0"), 400, "INVALID_REQUEST"},
		"an API key":         {end("robot", key), 400, "UNSUPPORTED_TOKEN_TYPE"},
		"a client secret":    {end("robot", secret), 400, "UNSUPPORTED_TOKEN_TYPE"},
		"a JSON Web Token":   {end("robot", "eyJhbGciOiJub25lIn0.e30."), 400, "UNSUPPORTED_TOKEN_TYPE"},
		"a services token":   {end("robot", "1.5665e083.Sj5b3crO2RyWXrCFrCAZKeXi0si0vBWsr8k1I01w_YM"), 400, "UNSUPPORTED_TOKEN_TYPE"},
	} {
		t.Run(name, func(t *testing.T) {
			a := send(c.request)
			require.Equal(t, c.status, a.status, a.body)
			require.Equal(t, c.code, a.code(t))
			require.NotContains(t, a.body, token)
			require.Equal(t, "no-store", a.header.Get("Cache-Control"))
		})
	}
	require.Equal(t, 200, send(get(token)).status, "nothing has ended it")
	require.Equal(t, "INSECURE_TRANSPORT", w.from("203.0.113.7:1", good).code(t))
	require.Equal(t, 200, send(get(token)).status)
}

// Section 2.2.1: after a 503 the client must assume that the token works still, and it does.
func TestRFC7009_2_2_1_OutageIsNeverASuccess(t *testing.T) {
	for name, calls := range map[string][]string{
		"access":  {"ClientByID", "TokenByID", "TakeToken"},
		"refresh": {"ClientByID", "TokenByID", "DeleteTokens"},
	} {
		for _, call := range calls {
			for kind, f := range map[string]struct {
				fault func(*faults, *any) error
				body  string
			}{
				"error": {func(*faults, *any) error { return errDown }, unavailable},
				"full":  {func(*faults, *any) error { return store.ErrFull }, unavailable},
				"gone":  {func(*faults, *any) error { return context.Canceled }, unavailable},
				"panic": {func(*faults, *any) error { panic(errDown) }, internal},
				"another's": {func(_ *faults, v *any) error {
					switch r := (*v).(type) {
					case store.Client:
						r.ID += "x"
						*v = r
					case store.Token:
						r.ID[0]++
						*v = r
					case store.TokenMatch:
						return errDown
					}
					return nil
				}, internal},
			} {
				w := newRefreshingWorld(t, "2025")
				p := w.begin(t)
				token := map[string]string{"access": p.Access, "refresh": p.Refresh}[name]
				w.stores.call, w.stores.fault = call, f.fault
				a := w.do(end("mobile", token))
				want := f.body
				if kind == "another's" && call == "DeleteTokens" { // which returns no record
					want = unavailable
				}
				require.Equal(t, want, a.body, "%s: %s: %s", name, call, kind)
				if a.status == 503 {
					require.Equal(t, "1", a.header.Get("Retry-After"))
				}
				w.stores.fault = nil
				require.True(t, w.works(p.Access))
				require.True(t, exists(t, w, p.Refresh))
				require.Equal(t, ended, w.do(end("mobile", token)).body)
				require.False(t, w.works(p.Access))
			}
		}
	}
}

func TestRevocationThatAnotherRequestFinishedIsASuccess(t *testing.T) {
	w := newWorld(t, "2025")
	token := w.token(t, clientBody)
	w.stores.call, w.stores.fault = "TakeToken", func(f *faults, _ *any) error {
		return f.db.DeleteTokens(context.Background(), store.TokenMatch{UserID: "1"})
	}
	require.Equal(t, ended, w.do(end("robot", token)).body)
}

func TestManyRefreshAndRevokeOneFamilyAtOnce(t *testing.T) {
	w := newRefreshingWorld(t, "2025")
	for range 20 {
		p := w.begin(t)
		var wg sync.WaitGroup
		for i := range 8 {
			wg.Go(func() {
				if i%2 == 0 {
					assert.Equal(t, ended, w.do(end("mobile", p.Refresh)).body)
					return
				}
				if a := w.refresh(p.Refresh); a.status != 200 {
					assert.Equal(t, invalidRefreshToken, a.body)
				}
			})
		}
		wg.Wait()
		require.False(t, w.works(p.Access))
		left, err := w.db.ListTokens(t.Context(), store.TokenMatch{ClientID: "mobile"}, 10)
		require.NoError(t, err)
		require.Empty(t, left, "whoever came first, nothing of the family is left")
	}
}
