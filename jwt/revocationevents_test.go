package jwt_test

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/apiauth-go/apiauth/auth"
	"github.com/apiauth-go/apiauth/auth/authtest"
	autherr "github.com/apiauth-go/apiauth/errors"
	"github.com/apiauth-go/apiauth/jwt"
)

// Each revocation is one event, with what is known of whose tokens end.
func TestRevocationsAreToldOf(t *testing.T) {
	w, down := newRevocable(t, nil), errors.New("down")
	for name, c := range map[string]struct {
		fault  error
		revoke func(context.Context, *jwt.Revocations) error
		want   auth.Event
	}{
		"user": {nil, func(ctx context.Context, l *jwt.Revocations) error { return l.RevokeUser(ctx, "1", time.Now()) },
			auth.Event{Outcome: auth.OutcomeSuccess, UserID: "1", User: "1"}},
		"user, down": {down, func(ctx context.Context, l *jwt.Revocations) error { return l.RevokeUser(ctx, "2", time.Now()) },
			auth.Event{Outcome: auth.OutcomeOutage, UserID: "2", User: "2", Code: autherr.ServiceUnavailable}},
		"no user": {nil, func(ctx context.Context, l *jwt.Revocations) error { return l.RevokeUser(ctx, "", time.Now()) },
			auth.Event{Outcome: auth.OutcomeFailure, User: auth.Anonymous}},
		"ID": {nil, func(ctx context.Context, l *jwt.Revocations) error { return l.RevokeID(ctx, "j") },
			auth.Event{Outcome: auth.OutcomeSuccess, User: auth.Anonymous}},
		"claims, on whatever day": {nil, func(ctx context.Context, l *jwt.Revocations) error {
			return l.Revoke(ctx, &jwt.Claims{Issuer: issuerName, ID: "k"})
		}, auth.Event{Outcome: auth.OutcomeSuccess, User: auth.Anonymous}},
		"claims of another issuer": {nil, func(ctx context.Context, l *jwt.Revocations) error {
			return l.Revoke(ctx, &jwt.Claims{Issuer: "x", ID: "k", Subject: "1"})
		}, auth.Event{Outcome: auth.OutcomeFailure, User: auth.Anonymous}},
	} {
		told := authtest.RecordEvents(t)
		list := must(jwt.NewRevocations(jwt.RevocationsConfig{Tokens: w.tokens, Issuer: issuerName, MaxLifetime: time.Hour, Events: told}))
		w.tokens.create = c.fault
		err := c.revoke(t.Context(), list)
		events := told.Events()
		require.Len(t, events, 1, name)
		e := events[0]
		if c.fault != nil {
			require.ErrorIs(t, e.Cause, c.fault, name)
		} else {
			require.Equal(t, err, e.Cause, name)
		}
		c.want.Kind, c.want.Method = auth.EventTokenRevoke, autherr.MethodJWT
		require.WithinDuration(t, time.Now(), e.Time, time.Minute)
		e.Time, e.Duration, e.Cause = time.Time{}, 0, nil
		require.Equal(t, c.want, e, name)
	}
}

// Whoever signs out is named: the token is the one of his request. Of another token nothing is known but that, whatever its sub says.
func TestTheEndOfTheTokenOfARequestNamesItsUser(t *testing.T) {
	w, told := newRevocable(t, nil), authtest.RecordEvents(t)
	list := must(jwt.NewRevocations(jwt.RevocationsConfig{Tokens: w.tokens, Issuer: issuerName, MaxLifetime: time.Hour, Events: told}))
	for name, of := range map[string]func(*jwt.Claims) *jwt.Claims{
		"my_username":  func(c *jwt.Claims) *jwt.Claims { return c },
		auth.Anonymous: func(c *jwt.Claims) *jwt.Claims { copied := *c; return &copied },
	} {
		token := w.issued()
		h := auth.Require(w.verifier, nil)(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
			id, _ := auth.FromContext(r.Context())
			require.NoError(t, list.Revoke(r.Context(), of(id.Claims.(*jwt.Claims))))
		}))
		r := httptest.NewRequest(http.MethodPost, "/", nil)
		r.Header.Set("Authorization", "Bearer "+token)
		h.ServeHTTP(httptest.NewRecorder(), r)
		w.refuses(autherr.InvalidToken, token)
		events := told.Events()
		e := events[len(events)-1]
		require.Equal(t, name, e.User)
		require.Equal(t, name == "my_username", e.UserID == "1")
	}
}
