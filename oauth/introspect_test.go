package oauth_test

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/apiauth-go/apiauth/auth"
	"github.com/apiauth-go/apiauth/oauth"
	"github.com/apiauth-go/apiauth/store"
)

// inactive is all that is told of a token that does not work.
const inactive = `{"active":false}`

// ask is a question about a token by a client, with more parameters.
func ask(client, token string, more ...string) request {
	return request{"POST", "/oauth/introspect", form(append([]string{"token", token}, more...)...),
		headers("Content-Type", formType, "Authorization", basic(client, robotSecret))}
}

// record returns the record of a token.
func (w *world) record(t testing.TB, token string) store.Token {
	t.Helper()
	rec, err := w.db.TokenByID(context.Background(), oauth.TokenID(token))
	require.NoError(t, err)
	return rec
}

func TestRFC7662_2_2_ActiveTokenIsDescribed(t *testing.T) {
	for _, profile := range []string{"2025", "legacy", "rfc"} {
		w := newWorld(t, profile)
		send := w.listen(t)
		scoped, plain := w.token(t, clientBody+"&scope=read+write"), w.token(t, passwordBody)
		for token, want := range map[string]string{
			scoped: `{"active":true,"scope":"read write","client_id":"robot","username":"my_username","token_type":"Bearer","exp":%d,"iat":%d,"sub":"1"}`,
			plain:  `{"active":true,"client_id":"app","username":"my_username","token_type":"Bearer","exp":%d,"iat":%d,"sub":"1"}`,
		} {
			rec := w.record(t, token)
			a := send(ask("resource", token))
			require.Equal(t, fmt.Sprintf(want, rec.ExpiresAt.Unix(), rec.IssuedAt.Unix()), a.body)
			require.Equal(t, 200, a.status)
			require.Equal(t, "application/json", a.header.Get("Content-Type"))
			require.Equal(t, "no-store", a.header.Get("Cache-Control"))
			require.Empty(t, a.header.Get("WWW-Authenticate"))
		}
	}
}

func TestRFC7662_2_2_IssuerIsToldIfTheServerHasAName(t *testing.T) {
	w := newWorld(t, "2025")
	w.mount(t, func(c *oauth.ServerConfig) { c.Issuer = "https://api.example.com/v1" })
	require.Contains(t, w.do(ask("resource", w.token(t, passwordBody))).body, `"sub":"1","iss":"https://api.example.com/v1"}`)
	require.Equal(t, inactive, w.do(ask("resource", auth.NewRandom(auth.PrefixAccessToken))).body)
}

// Whatever the reason is, the answer is the same, byte for byte and header for header.
func TestRFC7662_2_2_OfAnInactiveTokenNothingIsTold(t *testing.T) {
	w := newRefreshingWorld(t, "2025")
	send := w.listen(t)
	put := func(change func(*store.Token)) string { return putToken(t, w, change) }
	unknown := send(ask("resource", auth.NewRandom(auth.PrefixAccessToken)))
	unknown.header.Del("Date")
	require.Equal(t, inactive, unknown.body)
	key, _ := auth.NewAPIKey()
	for name, token := range map[string]string{
		"expired":                     put(func(t *store.Token) { t.ExpiresAt = time.Now().Add(-time.Second) }),
		"expired long ago":            put(func(t *store.Token) { t.ExpiresAt = time.Now().Add(-59 * time.Minute) }),
		"spent":                       put(func(t *store.Token) { t.SpentAt = time.Now() }),
		"another application's":       put(func(t *store.Token) { t.Application = "other001" }),
		"another kind's":              put(func(t *store.Token) { t.Kind = "other" }),
		"blocked user's":              put(func(t *store.Token) { t.UserID, t.Stamp = "3", "s3" }),
		"deleted user's":              put(func(t *store.Token) { t.UserID = "gone" }),
		"before a changed password":   put(func(t *store.Token) { t.Stamp = "s0" }),
		"without a stamp":             put(func(t *store.Token) { t.Stamp = "" }),
		"a client's that is off":      put(func(t *store.Token) { t.ClientID = "off" }),
		"a client's that is gone":     put(func(t *store.Token) { t.ClientID = "gone" }),
		"a client's of elsewhere":     put(func(t *store.Token) { t.ClientID = "foreign" }),
		"another client's to refresh": w.begin(t).Refresh,
		"no client's to refresh":      auth.NewRandom(auth.PrefixRefreshToken),
		"an API key":                  key,
		"a JSON Web Token":            "eyJhbGciOiJub25lIn0.e30.",
		"a services token":            "1.5665e083.Sj5b3crO2RyWXrCFrCAZKeXi0si0vBWsr8k1I01w_YM",
		"cut":                         auth.NewRandom(auth.PrefixAccessToken)[:35],
		"no token":                    "?",
		"a sentence":                  "Bearer " + w.token(t, passwordBody),
		"as long as may be":           strings.Repeat("x", 60_000),
	} {
		t.Run(name, func(t *testing.T) {
			a := send(ask("resource", token))
			a.header.Del("Date")
			require.Equal(t, unknown, a)
		})
	}
}

// What a Verifier accepts is active, and nothing else is.
func TestRFC7662_2_2_ActiveIsWhatTheVerifierAccepts(t *testing.T) {
	w := newRefreshingWorld(t, "2025")
	accepted := 0
	for _, kind := range []store.TokenKind{store.AccessToken, store.RefreshToken} {
		for _, user := range []string{"1", "2", "3", "gone"} {
			for _, stamp := range []string{"s1", "s2", ""} {
				for _, client := range []string{"app", "off", "foreign", "resource", "gone"} {
					for _, app := range []string{application, "other001"} {
						for _, life := range []time.Duration{-time.Minute, time.Minute} {
							prefix := auth.PrefixAccessToken // a refresh token under the prefix of the other kind
							token := auth.NewRandom(prefix)
							require.NoError(t, w.db.CreateTokens(t.Context(), store.Token{
								ID: oauth.TokenID(token), Kind: kind, UserID: user, Stamp: stamp, ClientID: client, Application: app, Family: "f",
								IssuedAt: time.Now(), ExpiresAt: time.Now().Add(life),
							}))
							_, err := w.verifier.Verify(t.Context(), token)
							a := w.do(ask("resource", token))
							require.Equal(t, err != nil, a.body == inactive, a.body)
							if err == nil {
								accepted++
								require.Equal(t, 200, w.do(get(token)).status)
							}
						}
					}
				}
			}
		}
	}
	require.Equal(t, 4, accepted, "two users, two clients")
}

func TestRFC7662_2_2_ActiveUntilTheMomentItExpires(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, "2025")
		time.Sleep(700 * time.Millisecond)
		token := w.token(t, clientBody) // 90 seconds
		rec := w.record(t, token)
		time.Sleep(90*time.Second - time.Nanosecond)
		var told struct{ Exp, Iat int64 }
		a := w.do(ask("resource", token))
		require.NoError(t, json.Unmarshal([]byte(a.body), &told))
		require.Equal(t, rec.ExpiresAt.Truncate(time.Second).Unix(), told.Exp, "never later than it is")
		require.Equal(t, int64(90), told.Exp-told.Iat)
		time.Sleep(time.Nanosecond)
		require.Equal(t, inactive, w.do(ask("resource", token)).body)
	})
}

// An outage says nothing about the token: to call it inactive would end sessions that are good.
func TestIntrospectionDuringAnOutageIsNotAnAnswer(t *testing.T) {
	owner := func(c *store.Client) { c.Introspect = true }
	for name, calls := range map[string][]string{
		"access":  {"ClientByID", "TokenByID", "UserByID"},
		"refresh": {"ClientByID", "TokenByID", "UserByID"},
	} {
		for _, call := range calls {
			for kind, f := range map[string]struct {
				fault func(*faults, *any) error
				body  string
			}{
				"error": {func(*faults, *any) error { return errDown }, unavailable},
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
					case store.User:
						r.ID += "x"
						*v = r
					}
					return nil
				}, internal},
			} {
				w := newRefreshingWorld(t, "2025", owner)
				p := w.begin(t)
				token := map[string]string{"access": p.Access, "refresh": p.Refresh}[name]
				before := w.do(ask("mobile", token)).body
				require.Contains(t, before, `"active":true`)
				w.stores.call, w.stores.fault = call, f.fault
				require.Equal(t, f.body, w.do(ask("mobile", token)).body, "%s: %s: %s", name, call, kind)
				w.stores.fault = nil
				require.Equal(t, before, w.do(ask("mobile", token)).body)
			}
		}
	}
}
