package main

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// Whoever gets a service to change to another protocol speaks to it past the proxy: with HTTP/2 in clear text (h2c) each further request on the
// connection says who is calling as it likes.
func TestNothingButAWebSocketTakesOverTheConnection(t *testing.T) {
	host := behind(t, func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("Upgrade") == "" {
			fmt.Fprintf(w, "no upgrade %q", r.Header["Http2-Settings"])
			return
		}
		conn, rw, err := http.NewResponseController(w).Hijack()
		if err != nil {
			t.Error(err)
			return
		}
		defer conn.Close()
		fmt.Fprintf(rw, "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: %s\r\n\r\n", strings.Join(r.Header["Upgrade"], ", "))
		_ = rw.Flush()
	})
	for _, protocol := range []string{"h2c", "H2C", "websocket, h2c", "h2c, websocket", "TLS/1.2", "x"} {
		resp, body := get(t, host, alan, "Connection: Upgrade, HTTP2-Settings", "Upgrade: "+protocol, "HTTP2-Settings: AAMAAABkAAQCAAAAAAIAAAAA")
		require.Equal(t, 200, resp.StatusCode, protocol)
		require.Equal(t, "no upgrade []", body, protocol)
		resp, body = get(t, host, alan, "Connection: Upgrade", "Upgrade: "+protocol, "HTTP2-Settings: AAMAAABkAAQCAAAAAAIAAAAA")
		require.Equal(t, 200, resp.StatusCode, protocol)
		require.Equal(t, "no upgrade []", body, "%s: settings that are not named in Connection", protocol)
	}
	resp, _, _ := raw(t, host, "GET / HTTP/1.1", "Host: api", alan, "Connection: keep-alive, Upgrade", "Upgrade: WebSocket", "Upgrade: h2c", "", "")
	require.Equal(t, 101, resp.StatusCode)
	require.Equal(t, "WebSocket", resp.Header.Get("Upgrade"), "the first of several is the only one that the service sees")
}

func TestNoFieldForCachesOfAnyKindComesThrough(t *testing.T) {
	host := behind(t, func(w http.ResponseWriter, r *http.Request) {
		for _, name := range []string{"CDN-Cache-Control", "Surrogate-Control", "Cloudflare-CDN-Cache-Control", "Vercel-CDN-Cache-Control", "Edge-Control", "X-Accel-Expires"} {
			w.Header().Set(name, "public, max-age=60")
		}
	})
	resp, _ := get(t, host, alan)
	require.Equal(t, []string{"private"}, resp.Header["Cache-Control"])
	for name, values := range resp.Header {
		require.NotContains(t, values[0], "max-age=60", name)
	}
}
