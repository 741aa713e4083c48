package memstore_test

import (
	"bytes"
	"fmt"
	"log/slog"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/apiauth-go/apiauth/store"
	"github.com/apiauth-go/apiauth/store/memstore"
)

func TestPrintingSpillsNothing(t *testing.T) {
	s, ctx := newStore(t, nil), t.Context()
	require.NoError(t, s.PutUser(ctx, store.User{ID: "1", Name: "topsecret", PasswordHash: "topsecret"}))
	require.NoError(t, s.PutClient(ctx, store.Client{ID: "topsecret", SecretHashes: []string{"topsecret"}}))
	require.NoError(t, s.PutAPIKey(ctx, store.APIKey{ID: store.KeyID{1}, UserID: "1", Name: "topsecret"}))
	require.NoError(t, s.CreateTokens(ctx, store.Token{ID: tokenID(1), UserID: "topsecret", ExpiresAt: time.Now().Add(time.Hour)}))

	var out bytes.Buffer
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%d", "%T"} {
		fmt.Fprintf(&out, verb, s)
		fmt.Fprintf(&out, verb, struct{ S any }{s})
		fmt.Fprintf(&out, verb, struct{ s *memstore.Store }{s})
		fmt.Fprintf(&out, verb, any(*s))
	}
	slog.New(slog.NewTextHandler(&out, nil)).Info("store", "s", s)
	slog.New(slog.NewJSONHandler(&out, nil)).Info("store", "s", s)
	require.False(t, bytes.Contains(out.Bytes(), []byte("topsecret")))
	require.False(t, bytes.Contains(out.Bytes(), fmt.Appendf(nil, "%x", "topsecret")))
	require.Equal(t, "memstore.Store", fmt.Sprintf("%+v", s))
}
