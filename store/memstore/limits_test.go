package memstore_test

import (
	"fmt"
	"runtime"
	"strconv"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/apiauth-go/apiauth/store"
	"github.com/apiauth-go/apiauth/store/memstore"
)

func TestNegativeLimits(t *testing.T) {
	for name, cfg := range map[string]memstore.Config{
		"MaxUsers": {MaxUsers: -1}, "MaxClients": {MaxClients: -1}, "MaxAPIKeys": {MaxAPIKeys: -1}, "MaxTokens": {MaxTokens: -1}, "MaxAudit": {MaxAudit: -1},
	} {
		s, err := memstore.New(&cfg)
		require.Nil(t, s)
		require.ErrorIs(t, err, store.ErrInvalid)
		require.ErrorContains(t, err, "Config."+name)
	}
}

func TestLimitsOfTables(t *testing.T) {
	s, ctx := newStore(t, &memstore.Config{MaxUsers: 2, MaxClients: 2, MaxAPIKeys: 2}), t.Context()
	puts := map[string]func(n byte) error{
		"users": func(n byte) error {
			return s.PutUser(ctx, store.User{ID: strconv.Itoa(int(n)), Name: fmt.Sprint("name ", n)})
		},
		"clients": func(n byte) error { return s.PutClient(ctx, store.Client{ID: strconv.Itoa(int(n))}) },
		"keys":    func(n byte) error { return s.PutAPIKey(ctx, store.APIKey{ID: store.KeyID{n}, UserID: "1"}) },
	}
	for name, put := range puts {
		require.NoError(t, put(1), name)
		require.NoError(t, put(2), name)
		require.ErrorIs(t, put(3), store.ErrFull, name)
		require.NoError(t, put(2), "%s: replacing needs no room", name)
	}
	require.NoError(t, s.DeleteUser(ctx, "1"))
	require.NoError(t, s.DeleteClient(ctx, "1"))
	for name, put := range puts { // the user's key went with him
		require.NoError(t, put(3), name)
		require.ErrorIs(t, put(4), map[bool]error{true: store.ErrFull, false: nil}[name != "keys"], name)
	}
}

// TestFullOfTokens: a full store makes room by what is over, and for nothing else. That it is full hides no answer.
func TestFullOfTokens(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, ctx := newStore(t, &memstore.Config{MaxTokens: 10}), t.Context()
		for n := range uint64(10) {
			require.NoError(t, s.CreateTokens(ctx, benchToken(n, "")))
		}
		full := func(n uint64) {
			t.Helper()
			require.ErrorIs(t, s.CreateTokens(ctx, benchToken(n, "")), store.ErrFull)
			_, err := s.RotateToken(ctx, tokenID(2), benchToken(n, ""))
			require.ErrorIs(t, err, store.ErrFull)
			require.Len(t, present(t, s, 100), 10)
		}
		full(50)
		require.ErrorIs(t, s.CreateTokens(ctx, benchToken(9, "")), store.ErrExists)
		_, err := s.RotateToken(ctx, tokenID(0), benchToken(9, ""))
		require.ErrorIs(t, err, store.ErrExists)
		_, err = s.RotateToken(ctx, tokenID(77), benchToken(78, ""))
		require.ErrorIs(t, err, store.ErrNotFound)
		_, err = s.RotateToken(ctx, tokenID(0))
		require.NoError(t, err, "no room needed")
		_, err = s.RotateToken(ctx, tokenID(0), benchToken(50, ""))
		require.ErrorIs(t, err, store.ErrSpent)

		_, err = s.TakeToken(ctx, tokenID(5))
		require.NoError(t, err)
		_, err = s.RotateToken(ctx, tokenID(1), benchToken(50, ""), benchToken(51, ""))
		require.ErrorIs(t, err, store.ErrFull, "room for one is not room for two")
		_, err = s.RotateToken(ctx, tokenID(1), benchToken(50, ""))
		require.NoError(t, err)
		full(52)

		time.Sleep(time.Hour + store.ExpiredGrace)
		full(52) // all have expired and are readable to the last moment
		time.Sleep(time.Microsecond)
		for n := uint64(52); n < 62; n++ {
			require.NoError(t, s.CreateTokens(ctx, benchToken(n, "")))
		}
		require.Equal(t, []uint64{52, 53, 54, 55, 56, 57, 58, 59, 60, 61}, present(t, s, 100))
	})
}

// TestRecordsDoNotKeepRequests creates tokens from texts that are cut from something larger.
func TestRecordsDoNotKeepRequests(t *testing.T) {
	s, ctx := newStore(t, nil), t.Context()
	const count, request = 64, 1 << 20
	heap := func() int64 {
		var m runtime.MemStats
		runtime.GC()
		runtime.GC() // what a sync.Pool holds goes with the second
		runtime.ReadMemStats(&m)
		return int64(m.HeapAlloc)
	}
	before := heap()
	for n := range uint64(count) {
		body := strings.Repeat(strconv.FormatUint(n%10, 10), request)
		tok := store.Token{
			ID: tokenID(n), Kind: store.TokenKind(body[:1]), UserID: body[1:3], ClientID: body[3:5], Application: body[5:7],
			Family: body[7:9], Stamp: body[9:11], Scopes: []string{body[11:13]}, ExpiresAt: time.Now().Add(time.Hour),
		}
		require.NoError(t, s.CreateTokens(ctx, tok))
		require.NoError(t, s.PutClient(ctx, store.Client{ID: body[:20+n], Scopes: []string{body[30:40]}}))
		require.NoError(t, s.PutUser(ctx, store.User{ID: body[:20+n], Name: body[:20+n], PasswordHash: body[:7], Stamp: body[:3]}))
		require.NoError(t, s.SetPasswordHash(ctx, body[:20+n], body[:9]))
		require.NoError(t, s.AppendAudit(ctx, store.AuditRecord{
			User: body[:1], Address: body[:1], HTTPMethod: body[:1], Path: body[:1], Method: body[:1], Application: body[:1],
			Outcome: body[:1], Code: body[:1], UserAgent: body[:1], Kind: body[:1], ClientID: body[:1],
		}))
	}
	require.Less(t, heap()-before, int64(count*request/4))
	runtime.KeepAlive(s)
}
