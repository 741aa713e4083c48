package oauth_test

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/apiauth-go/apiauth/store"
)

func TestTokenIsValidUntilTheMomentItExpires(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, "2025")
		token := w.token(t, clientBody) // 90 seconds
		hour := w.token(t, passwordBody)
		time.Sleep(90*time.Second - time.Nanosecond)
		require.Equal(t, 200, w.do(get(token)).status)
		time.Sleep(time.Nanosecond) // now == ExpiresAt
		require.Equal(t, "TOKEN_EXPIRED", w.do(get(token)).code(t))
		require.Equal(t, 200, w.do(get(hour)).status)
		time.Sleep(time.Hour - 90*time.Second - time.Nanosecond)
		require.Equal(t, 200, w.do(get(hour)).status)
		require.Equal(t, "TOKEN_EXPIRED", w.do(get(token)).code(t), "told for an hour")
		time.Sleep(time.Nanosecond)
		require.Equal(t, "TOKEN_EXPIRED", w.do(get(hour)).code(t))
		time.Sleep(store.ExpiredGrace + time.Second)
		for _, tok := range []string{token, hour} {
			require.Contains(t, []string{"TOKEN_EXPIRED", "INVALID_ACCESS_TOKEN"}, w.do(get(tok)).code(t))
		}
	})
}

func TestTokenEndsAtOnce(t *testing.T) {
	for name, end := range map[string]func(w *world) error{
		"password changed": func(w *world) error { return w.db.SetPasswordHash(context.Background(), "1", userHash()) },
		"password removed": func(w *world) error { return w.db.SetPasswordHash(context.Background(), "1", "") },
		"user blocked":     func(w *world) error { return w.db.SetActive(context.Background(), "1", false) },
		"user deleted":     func(w *world) error { return w.db.DeleteUser(context.Background(), "1") },
		"client deleted":   func(w *world) error { return w.db.DeleteClient(context.Background(), "robot") },
		"client disabled": func(w *world) error {
			c, _ := w.db.ClientByID(context.Background(), "robot")
			c.Active = false
			return w.db.PutClient(context.Background(), c)
		},
		"client moved": func(w *world) error {
			c, _ := w.db.ClientByID(context.Background(), "robot")
			c.Application = "other001"
			return w.db.PutClient(context.Background(), c)
		},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t, "2025")
			token, bystander := w.token(t, clientBody), putToken(t, w, func(t *store.Token) { t.UserID, t.Stamp, t.ClientID = "2", "s2", "web" })
			require.Equal(t, 200, w.do(get(token)).status)
			require.NoError(t, end(w))
			require.Equal(t, "INVALID_ACCESS_TOKEN", w.do(get(token)).code(t))
			require.Equal(t, 200, w.do(get(bystander)).status)
		})
	}
}

func TestTokenOutlivesWhatChangesNothing(t *testing.T) {
	w := newWorld(t, "2025")
	ctx := context.Background()
	token := w.token(t, clientBody)
	require.NoError(t, w.db.RehashPassword(ctx, "1", userHash(), userHash()+"x"))
	u, err := w.db.UserByID(ctx, "1")
	require.NoError(t, err)
	u.Name, u.Roles, u.PasswordHash = "renamed", []string{"reader"}, userHash()+"x"
	require.NoError(t, w.db.PutUser(ctx, u))
	c, err := w.db.ClientByID(ctx, "robot")
	require.NoError(t, err)
	c.SecretHashes = nil
	require.NoError(t, w.db.PutClient(ctx, c))
	a := w.do(get(token))
	require.Equal(t, 200, a.status)
	require.Contains(t, a.body, `"Name":"renamed","Roles":["reader"]`, "the user is as he is now")
}
