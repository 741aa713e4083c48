package oauth_test

import (
	"context"
	"errors"
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	autherr "github.com/apiauth-go/apiauth/errors"
	"github.com/apiauth-go/apiauth/store"
)

const (
	unavailable = `{"status":"error","http_code":"503","error":"SERVICE_UNAVAILABLE","error_description":"Service temporarily unavailable."}`
	internal    = `{"status":"error","http_code":"500","error":"INTERNAL_ERROR","error_description":"Internal error."}`
)

// internalAny is told by auth.Require, which catches the panic of a store and knows no method.
const internalAny = `{"status":"error","http_code":500,"error":"INTERNAL_ERROR","error_description":"Internal error."}`

var errDown = errors.New("dial tcp 10.0.0.1:5432: SELECT failed in store.go:17")

// A fault of a store is never answered as a refusal, never as a success, and nothing of it is told.
func TestFaultOfAStoreIsAnOutage(t *testing.T) {
	bySecret := func(token string) request { return post(clientBody) }
	byPassword := func(token string) request { return post(passwordBody) }
	use := get
	end := func(token string) request { return revokeAs("my_username", formType, "token="+token) }

	outage := func(*faults, *any) error { return errDown }
	wrapped := func(*faults, *any) error { return errors.Join(errDown, context.DeadlineExceeded) }
	panics := func(*faults, *any) error { panic(errDown) }
	refuses := func(err error) func(*faults, *any) error { return func(*faults, *any) error { return err } }

	for name, c := range map[string]struct {
		request func(token string) request
		calls   []string
		family  bool
	}{
		"client_credentials":   {bySecret, []string{"ClientByID", "UserByName", "CreateTokens"}, false},
		"password":             {byPassword, []string{"ClientByID", "UserByName", "CreateTokens"}, false},
		"use":                  {use, []string{"TokenByID", "ClientByID", "UserByID"}, false},
		"revoke":               {end, []string{"UserByName", "TokenByID", "TakeToken"}, false},
		"revoke refresh token": {end, []string{"UserByName", "TokenByID", "DeleteTokens"}, true},
	} {
		t.Run(name, func(t *testing.T) {
			for _, call := range c.calls {
				for kind, f := range map[string]struct {
					fault func(*faults, *any) error
					body  string
				}{
					"error": {outage, unavailable}, "deadline": {wrapped, unavailable}, "full": {refuses(store.ErrFull), unavailable},
					"invalid": {refuses(store.ErrInvalid), unavailable}, "panic": {panics, internal},
				} {
					w := newWorld(t, "2025")
					send := w.listen(t)
					token := putToken(t, w, func(t *store.Token) {
						if c.family {
							t.Kind, t.Family = store.RefreshToken, "f"
						}
					})
					w.stores.record = true
					w.stores.call, w.stores.fault = call, f.fault
					a := send(c.request(token))
					want := f.body
					if name == "use" && kind == "panic" {
						want = internalAny
					}
					require.Equal(t, want, a.body, "%s: %s", call, kind)
					require.Equal(t, "no-store", a.header.Get("Cache-Control"))
					if a.status == 503 {
						require.Equal(t, "1", a.header.Get("Retry-After"))
					}
					require.Empty(t, a.header.Get("WWW-Authenticate"))
					require.True(t, exists(t, w, token), "the token stays valid")
					left, err := w.db.ListTokens(t.Context(), store.TokenMatch{UserID: "1"}, 10)
					require.NoError(t, err)
					require.Len(t, left, 1, "no token that nobody was told")

					// When the store is back, so is the service.
					w.stores.fault, w.stores.calls = nil, nil
					require.Equal(t, 200, send(c.request(token)).status)
					require.Equal(t, c.calls, w.stores.calls)
				}
			}
		})
	}
}

func TestRecordThatWasNotAskedForIsAnInternalError(t *testing.T) {
	otherUser := func(f *faults, v *any) error {
		u, err := f.db.UserByID(context.Background(), "2")
		*v = u
		return err
	}
	otherClient := func(f *faults, v *any) error {
		c, err := f.db.ClientByID(context.Background(), "web")
		*v = c
		return err
	}
	noID := func(_ *faults, v *any) error {
		u := (*v).(store.User)
		u.ID = ""
		*v = u
		return nil
	}
	noStamp := func(stamp string) func(*faults, *any) error {
		return func(_ *faults, v *any) error {
			u := (*v).(store.User)
			u.Stamp = stamp
			*v = u
			return nil
		}
	}
	otherToken := func(_ *faults, v *any) error {
		tok := (*v).(store.Token)
		tok.ID[0]++
		*v = tok
		return nil
	}
	client := func(change func(*store.Client)) func(*faults, *any) error {
		return func(_ *faults, v *any) error {
			c := (*v).(store.Client)
			change(&c)
			*v = c
			return nil
		}
	}
	exists := func(*faults, *any) error { return store.ErrExists }
	use := func(token string) request { return get(token) }
	end := func(token string) request { return revokeAs("my_username", formType, "token="+token) }
	ask := func(body string) func(string) request { return func(string) request { return post(body) } }

	for name, c := range map[string]struct {
		request func(token string) request
		call    string
		fault   func(*faults, *any) error
	}{
		"user of a token":                 {use, "UserByID", otherUser},
		"client of a token":               {use, "ClientByID", otherClient},
		"token":                           {use, "TokenByID", otherToken},
		"token to revoke":                 {end, "TokenByID", otherToken},
		"token revoked":                   {end, "TakeToken", otherToken},
		"client, password":                {ask(passwordBody), "ClientByID", otherClient},
		"client, client_credentials":      {ask(clientBody), "ClientByID", otherClient},
		"user without ID, password":       {ask(passwordBody), "UserByName", noID},
		"user without ID, client":         {ask(clientBody), "UserByName", noID},
		"user without stamp, password":    {ask(passwordBody), "UserByName", noStamp("")},
		"user without stamp, client":      {ask(clientBody), "UserByName", noStamp("")},
		"user with a stamp too long":      {ask(clientBody), "UserByName", noStamp(string(make([]byte, store.MaxStamp+1)))},
		"token exists":                    {ask(clientBody), "CreateTokens", exists},
		"client with a negative lifetime": {ask(clientBody), "ClientByID", client(func(c *store.Client) { c.TokenLifetime = -time.Second })},
		"client with alien defaults":      {ask(clientBody), "ClientByID", client(func(c *store.Client) { c.DefaultScopes = []string{"root"} })},
		"client with a broken scope":      {ask(clientBody), "ClientByID", client(func(c *store.Client) { c.Scopes = []string{"a b"}; c.DefaultScopes = c.Scopes })},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t, "2025")
			token := putToken(t, w, nil)
			w.stores.call, w.stores.fault = c.call, c.fault
			a := w.do(c.request(token))
			require.Equal(t, internal, a.body)
			require.Equal(t, 500, a.status)
			left, err := w.db.ListTokens(t.Context(), store.TokenMatch{UserID: "1"}, 10)
			require.NoError(t, err)
			if name != "token revoked" {
				require.Len(t, left, 1)
			}
		})
	}
}

func TestRevocationThatSomebodyElseFinishedIsASuccess(t *testing.T) {
	w := newWorld(t, "2025")
	token := putToken(t, w, nil)
	w.stores.call, w.stores.fault = "TakeToken", func(f *faults, _ *any) error {
		return f.db.DeleteTokens(context.Background(), store.TokenMatch{UserID: "1"})
	}
	require.Equal(t, revoked, w.do(revokeAs("my_username", formType, "token="+token)).body)
}

func TestRequestThatIsGoneIsNotServed(t *testing.T) {
	w := newWorld(t, "2025")
	token := w.token(t, passwordBody)
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	r := (&http.Request{Header: http.Header{"Authorization": {"Bearer " + token}}}).WithContext(ctx)
	_, err := w.verifier.Authenticate(r)
	require.ErrorIs(t, err, autherr.ServiceUnavailable)
	require.ErrorIs(t, err, context.Canceled)
}

func TestBodyThatBreaksOffIsRefused(t *testing.T) {
	w := newWorld(t, "2025")
	r, err := http.NewRequest("POST", "/rest_api/access_token", brokenBody{})
	require.NoError(t, err)
	r.RemoteAddr = "127.0.0.1:1"
	r.Header.Set("Content-Type", formType)
	a := record(w.mux, r)
	require.Equal(t, "INVALID_REQUEST", a.code(t))
	require.Equal(t, 400, a.status)
}

type brokenBody struct{}

func (brokenBody) Read([]byte) (int, error) { return 0, errDown }
