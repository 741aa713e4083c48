package auth_test

import (
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/apiauth-go/apiauth/auth"
	autherr "github.com/apiauth-go/apiauth/errors"
	"github.com/apiauth-go/apiauth/store"
	"github.com/apiauth-go/apiauth/store/memstore"
)

func limitForged(t testing.TB, a auth.Authenticator, cfg auth.ForgedLimit) auth.Authenticator {
	t.Helper()
	l, err := auth.LimitForged(a, cfg)
	require.NoError(t, err)
	return l
}

// bearer is an authenticator of an application's own that knows some tokens.
var bearer = authFunc(func(r *http.Request) (*auth.Identity, error) {
	c, err := auth.ReadCredentials(r, "")
	switch {
	case err != nil:
		return nil, err
	case !c.Present():
		return nil, decline(auth.Absent, autherr.MissingAuthorizationHeader)
	case !c.Is("Bearer"):
		return nil, auth.Decline(auth.OtherScheme, autherr.New(autherr.MethodOAuth, autherr.InvalidAuthorizationHeaderTokenType, auth.ErrForged))
	}
	switch c.Value {
	case "good":
		return &auth.Identity{UserID: "1", Name: "my_username"}, nil
	case "expired":
		return nil, autherr.New(autherr.MethodOAuth, autherr.TokenExpired, errors.New("expired"))
	case "blocked":
		return nil, autherr.New(autherr.MethodOAuth, autherr.InvalidAccessToken, auth.ErrNoUser)
	case "outage":
		return nil, autherr.Unavailable(autherr.MethodOAuth, errors.New("down"))
	}
	return nil, autherr.New(autherr.MethodOAuth, autherr.InvalidAccessToken, auth.Forged(io.EOF))
})

func tokenFrom(address, token string) *http.Request {
	return from(address, "Authorization", "Bearer "+token)
}

func TestForgedTokensAreLimitedPerAddress(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		mw := auth.Require(limitForged(t, bearer, auth.ForgedLimit{Rate: auth.Rate{Max: 3, Window: time.Minute}}), nil)
		answer := func(address, token string) (int, string) {
			w := serve(mw, tokenFrom(address, token))
			return w.Code, w.Header().Get("Retry-After")
		}
		is := func(status int, address, token string) {
			t.Helper()
			got, _ := answer(address, token)
			require.Equal(t, status, got, token)
		}
		for range 10 {
			for token, status := range map[string]int{"good": 200, "expired": 401, "blocked": 401, "outage": 503} {
				is(status, here, token)
			}
			require.Equal(t, 401, serve(mw, from(here)).Code, "absent")
			require.Equal(t, 405, serve(mw, from(here, "Authorization", "Basic eDp5")).Code, "declined")
			is(401, here, "the same again and again")
		}
		is(401, here, "another")
		is(401, here, "a third")
		status, after := answer(here, "a fourth")
		require.Equal(t, 429, status)
		require.Equal(t, "60", after)
		is(429, here, "another")
		for token, status := range map[string]int{"good": 200, "expired": 401, "blocked": 401, "outage": 503} {
			is(status, here, token)
		}
		is(401, elsewhere, "a fourth")

		time.Sleep(time.Minute)
		is(401, here, "a fourth")

		w := serve(auth.Require(limitForged(t, bearer, auth.ForgedLimit{Rate: auth.Rate{Max: 1, Window: time.Minute}}), nil), tokenFrom(here, "x"))
		require.Equal(t, 401, w.Code)
		require.NotEmpty(t, w.Header().Get("Www-Authenticate"))
	})
}

func TestTheDefaultLimitOfForgedTokens(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := limitForged(t, bearer, auth.ForgedLimit{})
		for i := range 50 {
			_, err := l.Authenticate(tokenFrom(here, fmt.Sprint("token", i)))
			require.ErrorIs(t, err, autherr.InvalidAccessToken)
			require.ErrorIs(t, err, io.EOF)
		}
		_, err := l.Authenticate(tokenFrom(here, "another"))
		e := autherr.From(err)
		require.ErrorIs(t, e, autherr.TooManyRequests)
		require.Equal(t, autherr.MethodOAuth, e.Method, "in the words of the authenticator")
		require.Equal(t, time.Hour, e.RetryAfter)
		require.ErrorIs(t, e.Cause, io.EOF, "the log still says why")
	})
}

func TestTheLimitOfForgedTokensCountsByTheClientsOfAProxy(t *testing.T) {
	l := limitForged(t, bearer, auth.ForgedLimit{Rate: auth.Rate{Max: 1, Window: time.Minute}, Transport: proxies(t, "10.0.0.0/8")})
	try := func(client, token string) error {
		r := tokenFrom("10.0.0.1", token)
		r.Header.Set(forwardedFor, client)
		_, err := l.Authenticate(r)
		return err
	}
	require.ErrorIs(t, try(here, "x"), autherr.InvalidAccessToken)
	require.ErrorIs(t, try(here, "y"), autherr.TooManyRequests)
	require.ErrorIs(t, try(elsewhere, "y"), autherr.InvalidAccessToken)
}

func TestForgedTokensAreRefusedWithoutCounters(t *testing.T) {
	for _, call := range []string{"LimitedUntil", "CountEvent"} {
		c := &brokenCounters{CounterStore: auth.NewCounters(0), fault: only(call, refused)}
		l := limitForged(t, bearer, auth.ForgedLimit{Counters: c})
		_, err := l.Authenticate(tokenFrom(here, "x"))
		require.ErrorIs(t, err, autherr.InvalidAccessToken)
		require.ErrorIs(t, err, errCounters, "for the log")
		require.ErrorIs(t, err, io.EOF)
		c.calls = nil
		_, err = l.Authenticate(tokenFrom(here, "good"))
		require.NoError(t, err)
		require.Empty(t, c.calls, "who sends a good one does not depend on them")
	}
}

// What is genuine of the shipped authenticators is never counted, and what is forged is.
func TestWhatCountsAsForged(t *testing.T) {
	w := newWorld(t)
	for name, good := range w.good {
		if name == "basic" || name == "introspection" { // passwords have limits of their own; the other server does not say what is forged
			continue
		}
		l := limitForged(t, w.parts[name], auth.ForgedLimit{Rate: auth.Rate{Max: 1, Window: time.Minute}})
		forged := func(n int) *http.Request {
			r := w.request(name)
			for field := range r.Header {
				r.Header.Set(field, forge(t, good, n))
			}
			return r
		}
		_, err := l.Authenticate(forged(1))
		require.ErrorIs(t, err, auth.ErrForged, name)
		require.NotErrorIs(t, err, autherr.TooManyRequests, name)
		_, err = l.Authenticate(forged(2))
		require.ErrorIs(t, err, autherr.TooManyRequests, name)
		id, err := l.Authenticate(w.request(name))
		require.NoError(t, err, name)
		require.Equal(t, "1", id.UserID)
	}
}

// forge changes a letter near the end of the credential, n of them for n.
func forge(t *testing.T, good string, n int) string {
	t.Helper()
	change := func(s string) string {
		b := []byte(s)
		for i := range n {
			c := &b[len(b)-10-i]
			if *c == 'A' {
				*c = 'B'
			} else {
				*c = 'A'
			}
		}
		return string(b)
	}
	prefix := ""
	for _, p := range []string{"Basic ", "Bearer "} {
		if len(good) > len(p) && good[:len(p)] == p {
			prefix, good = p, good[len(p):]
		}
	}
	if prefix == "Bearer " {
		return prefix + change(good)
	}
	pair, err := base64.StdEncoding.DecodeString(good)
	require.NoError(t, err)
	return prefix + base64.StdEncoding.EncodeToString([]byte(change(string(pair))))
}

func TestTheLimitOfForgedTokensKeepsOutOfTheWay(t *testing.T) {
	db, err := memstore.New(nil)
	require.NoError(t, err)
	require.NoError(t, db.PutUser(context.Background(), store.User{ID: "1", Name: "my_username", Active: true}))
	key, id := auth.NewAPIKey()
	require.NoError(t, db.PutAPIKey(context.Background(), store.APIKey{ID: id, UserID: "1"}))
	inBasic, err := auth.NewAPIKeyAuthenticator(auth.APIKeyConfig{Keys: db, Users: db, Realm: "a", Basic: true})
	require.NoError(t, err)
	inHeader, err := auth.NewAPIKeyAuthenticator(auth.APIKeyConfig{Keys: db, Users: db, Realm: "a"})
	require.NoError(t, err)
	basic, _ := newBasic(t, autherr.MethodBasic)

	require.Equal(t, inHeader.Challenges(), limitForged(t, inHeader, auth.ForgedLimit{}).(auth.Challenger).Challenges())
	require.Equal(t, inHeader.CredentialHeaders(), limitForged(t, inHeader, auth.ForgedLimit{}).(auth.HeaderReader).CredentialHeaders())
	require.Nil(t, limitForged(t, bearer, auth.ForgedLimit{}).(auth.Challenger).Challenges())

	// In a chain an API key is told from a password by its prefix, and twice wrapped is wrapped.
	chain := auth.Chain(limitForged(t, limitForged(t, inBasic, auth.ForgedLimit{}), auth.ForgedLimit{}), basic)
	for _, pair := range []string{"my_username:" + key, "my_username:topsecret"} {
		got, err := chain.Authenticate(basicRequest(pair))
		require.NoError(t, err)
		require.Equal(t, "1", got.UserID)
	}
	// The field of ByHeader proves nothing, and does not count as another credential.
	other, err := auth.NewBasic(auth.BasicConfig{Login: newLogin(t, auth.LoginConfig{Users: newAccounts()}), Realm: "a", Header: "X-Auth"})
	require.NoError(t, err)
	apps := byHeader(t, auth.ByHeaderConfig{Applications: []auth.Application{{ID: "apikey01", Authenticator: inHeader}}})
	for _, a := range []auth.Authenticator{apps, limitForged(t, apps, auth.ForgedLimit{})} {
		r := request("API-KEY", base64.StdEncoding.EncodeToString([]byte("my_username:"+key)), "AUTH-METHOD", "apikey01")
		got, err := auth.Chain(a, other).Authenticate(r)
		require.NoError(t, err)
		require.Equal(t, "apikey01", got.Application)
		r.Header.Set("X-Auth", basicValue("a:b"))
		_, err = auth.Chain(a, other).Authenticate(r)
		require.ErrorIs(t, err, autherr.InvalidRequest, "two credentials")
	}
}

func TestLimitForgedIsChecked(t *testing.T) {
	for want, f := range map[string]func() (auth.Authenticator, error){
		"nil Authenticator":  func() (auth.Authenticator, error) { return auth.LimitForged(nil, auth.ForgedLimit{}) },
		"nil Authenticator ": func() (auth.Authenticator, error) { return auth.LimitForged((*auth.Basic)(nil), auth.ForgedLimit{}) },
		"Rate: the Max": func() (auth.Authenticator, error) {
			return auth.LimitForged(bearer, auth.ForgedLimit{Rate: auth.Rate{Window: time.Hour}})
		},
		"Rate: the Window": func() (auth.Authenticator, error) {
			return auth.LimitForged(bearer, auth.ForgedLimit{Rate: auth.Rate{Max: 1}})
		},
		"Counters": func() (auth.Authenticator, error) {
			return auth.LimitForged(bearer, auth.ForgedLimit{Counters: (*auth.Counters)(nil)})
		},
		"FloodKey": func() (auth.Authenticator, error) {
			return auth.LimitForged(bearer, auth.ForgedLimit{FloodKey: make([]byte, auth.MinFloodKey-1)})
		},
	} {
		a, err := f()
		require.Nil(t, a)
		require.ErrorContains(t, err, strings.TrimSpace(want))
	}
}
