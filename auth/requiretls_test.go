package auth_test

import (
	"crypto/tls"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/apiauth-go/apiauth/auth"
	autherr "github.com/apiauth-go/apiauth/errors"
)

func TestRequireTLSFollowsTheTransport(t *testing.T) {
	proxy, err := auth.NewTransport(auth.TransportConfig{TrustedProxies: prefixes(t, "10.0.0.0/8")})
	require.NoError(t, err)
	lax, err := auth.NewTransport(auth.TransportConfig{InsecureAllowHTTP: true})
	require.NoError(t, err)
	secure := comingFrom("192.0.2.1:1")
	secure.TLS = new(tls.ConnectionState)
	for _, tt := range []struct {
		name   string
		t      *auth.Transport
		r      *http.Request
		status int
	}{
		{"TLS", nil, secure, 200},
		{"loopback", nil, comingFrom("127.0.0.1:1"), 200},
		{"clear text", nil, comingFrom("192.0.2.1:1"), 403},
		{"no address", nil, comingFrom("@"), 403},
		{"a stranger says https", nil, comingFrom("192.0.2.1:1", "X-Forwarded-Proto", "https"), 403},
		{"a proxy says https", proxy, comingFrom("10.0.0.1:1", "X-Forwarded-Proto", "https"), 200},
		{"a proxy says http", proxy, comingFrom("10.0.0.1:1", "X-Forwarded-Proto", "http"), 403},
		{"allowed by name", lax, comingFrom("192.0.2.1:1"), 200},
	} {
		require.Equal(t, tt.status, serve(auth.RequireTLS(tt.t, nil), tt.r).Code, tt.name)
	}
}

func TestTheAnswerOverClearText(t *testing.T) {
	var told []*autherr.Error
	mw := auth.RequireTLS(nil, &auth.Options{Renderer: autherr.ProfileRFC(), OnError: func(_ *http.Request, e *autherr.Error) { told = append(told, e) }})
	w := httptest.NewRecorder()
	called := false
	mw(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { called = true })).ServeHTTP(w, comingFrom("192.0.2.1:1"))
	require.False(t, called)
	require.Equal(t, `{"error":"invalid_request","error_description":"HTTPS is required."}`, w.Body.String())
	require.Empty(t, w.Header()["Location"], "a redirect would make it look as if all were well")
	require.Equal(t, "no-store", w.Header().Get("Cache-Control"))
	require.Len(t, told, 1)
	require.Equal(t, autherr.InsecureTransport, told[0].Code)
	require.Panics(t, func() { mw(nil) })
	require.Panics(t, func() { auth.RequireTLS(nil, &auth.Options{Events: auth.EventFunc(nil)}) })
}

// TestTheGuardsStandInAnyOrder: address, connection, identity and path are asked one after the other, and each refusal is the answer.
func TestTheGuardsStandInAnyOrder(t *testing.T) {
	addresses := addressFilter(t, auth.AddressFilterConfig{Block: prefixes(t, "203.0.113.1")})
	h := addresses(auth.RequireTLS(nil, nil)(auth.Require(withRoles("editor"), nil)(auth.RequirePathRoles(auth.PathRule{Pattern: "/node/*", Roles: []string{"editor"}})(nothing))))
	code := func(r *http.Request) int {
		w := httptest.NewRecorder()
		h.ServeHTTP(w, r)
		return w.Code
	}
	require.Equal(t, 200, code(comingFrom("127.0.0.1:1")))
	require.Equal(t, 403, code(comingFrom("203.0.113.1:1")))
	require.Equal(t, 403, code(comingFrom("192.0.2.1:1")))
	other := comingFrom("127.0.0.1:1")
	other.URL.Path = "/admin"
	require.Equal(t, 403, code(other))
}
