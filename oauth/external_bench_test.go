package oauth_test

import (
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/apiauth-go/apiauth/auth"
	"github.com/apiauth-go/apiauth/oauth"
)

func introspectedRequest(t testing.TB, ttl time.Duration) (http.Handler, *http.Request, *discard) {
	s := says(active(`,"scope":"read write","exp":4070908800`))
	v := s.introspecting(t, func(c *oauth.IntrospectionConfig) { c.CacheTTL = ttl })
	h := auth.Require(v, nil)(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {}))
	r := &http.Request{Method: "GET", Header: http.Header{"Authorization": {"Bearer " + foreignToken}}}
	out := &discard{h: http.Header{}, status: 200}
	h.ServeHTTP(out, r)
	require.Equal(t, 200, out.status)
	return h, r, out
}

// BenchmarkIntrospected is a request whose token is remembered, through auth.Require.
func BenchmarkIntrospected(b *testing.B) {
	h, r, out := introspectedRequest(b, 5*time.Minute)
	b.Run("one", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			out.reset()
			h.ServeHTTP(out, r)
		}
	})
	b.Run("parallel", func(b *testing.B) {
		b.ReportAllocs()
		b.RunParallel(func(p *testing.PB) {
			r := &http.Request{Method: "GET", Header: r.Header}
			out := &discard{h: http.Header{}}
			for p.Next() {
				out.reset()
				h.ServeHTTP(out, r)
			}
		})
	})
}

func TestARememberedTokenTakesFewAllocations(t *testing.T) {
	h, r, out := introspectedRequest(t, 5*time.Minute)
	allocs := testing.AllocsPerRun(100, func() {
		out.reset()
		h.ServeHTTP(out, r)
	})
	require.LessOrEqual(t, allocs, 7.0)
}
