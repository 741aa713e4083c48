package auth_test

import (
	"fmt"
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/apiauth-go/apiauth/auth"
	"github.com/apiauth-go/apiauth/store"
	"github.com/apiauth-go/apiauth/store/memstore"
)

// benchLogin returns a Login over the store in memory, with one user.
func benchLogin(b testing.TB, cfg auth.LoginConfig) *auth.Login {
	b.Helper()
	h := newHashing(b)
	db, err := memstore.New(nil)
	require.NoError(b, err)
	require.NoError(b, db.PutUser(b.Context(), store.User{ID: "1", Name: "my_username", PasswordHash: h.hash(b, "topsecret"), Active: true, Stamp: "s",
		Roles: []string{"editor"}, Permissions: []string{"create page content"}}))
	cfg.Users, cfg.Hasher = db, h.Hasher
	l, err := auth.NewLogin(cfg)
	require.NoError(b, err)
	return l
}

// What flood control adds to a login is the difference to a Login without it; the hash is the cheapest there is.
func BenchmarkLogin(b *testing.B) {
	for name, cfg := range map[string]auth.LoginConfig{"flood": {}, "bare": {SkipFloodControl: true}} {
		b.Run("success/"+name, func(b *testing.B) {
			l := benchLogin(b, cfg)
			r := request()
			b.ReportAllocs()
			for b.Loop() {
				if _, err := l.Check(r, auth.Attempt{Name: "my_username", Password: "topsecret"}); err != nil {
					b.Fatal(err)
				}
			}
		})
		b.Run("failure/"+name, func(b *testing.B) {
			l := benchLogin(b, cfg)
			requests := make([]*http.Request, 1<<12) // each from another address, or the limit would be reached
			for i := range requests {
				requests[i] = request()
				requests[i].RemoteAddr = fmt.Sprintf("127.1.%d.%d:1", i>>8, i&255)
			}
			i := 0
			b.ReportAllocs()
			for b.Loop() {
				i++
				if _, err := l.Check(requests[i%len(requests)], auth.Attempt{Name: fmt.Sprint("user", i), Password: "wrong"}); err == nil {
					b.Fatal("let in")
				}
			}
		})
	}
}

func BenchmarkLimited(b *testing.B) {
	l := benchLogin(b, auth.LoginConfig{Flood: auth.FloodLimits{PerUser: auth.Rate{Max: 1, Window: time.Hour}}})
	r := request()
	_, _ = l.Check(r, auth.Attempt{Name: "my_username", Password: "wrong"})
	b.ReportAllocs()
	for b.Loop() {
		_, _ = l.Check(r, auth.Attempt{Name: "my_username", Password: "topsecret"})
	}
}

// BenchmarkVerified is a client of Basic that sends its password with every request.
func BenchmarkVerified(b *testing.B) {
	for name, cfg := range map[string]auth.LoginConfig{"flood": {}, "bare": {SkipFloodControl: true}} {
		b.Run(name, func(b *testing.B) {
			cfg.CacheVerified = time.Minute
			basic, err := auth.NewBasic(auth.BasicConfig{Login: benchLogin(b, cfg), Realm: "a"})
			require.NoError(b, err)
			r := basicRequest("my_username:topsecret")
			b.ReportAllocs()
			for b.Loop() {
				if _, err := basic.Authenticate(r); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

func BenchmarkCounters(b *testing.B) {
	c := auth.NewCounters(0)
	l := store.Limit{Max: 5, Window: time.Hour}
	b.Run("LimitedUntil", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			_, _ = c.LimitedUntil(b.Context(), time.Now(), l)
		}
	})
}

// BenchmarkFloodCounters counts failures of names that are never seen again, when there is no room left, as a flood does.
func BenchmarkFloodCounters(b *testing.B) {
	before := heap()
	c := auth.NewCounters(0)
	now := time.Now()
	count := func(i int) {
		at := now.Add(time.Duration(i) * time.Microsecond)
		_ = c.CountEvent(b.Context(), at, numberedEvent(i), numberedLimit(1<<29+i, 5, 6*time.Hour), numberedLimit(i/45, 50, time.Hour), numberedLimit(1<<30+i, 100, 24*time.Hour))
	}
	i := 0
	for ; i < 600_000; i++ {
		count(i)
	}
	live := heap() - before
	b.ReportAllocs()
	for b.Loop() {
		count(i)
		i++
	}
	b.ReportMetric(float64(live)/(1<<20), "MiB-live")
}
