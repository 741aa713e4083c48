package main

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// listen serves a service and returns its address.
func listen(t *testing.T, service http.HandlerFunc) string {
	t.Helper()
	s := httptest.NewServer(service)
	t.Cleanup(s.Close)
	return s.Listener.Addr().String()
}

func TestWhoIsNotKnownDoesNotReachTheService(t *testing.T) {
	host := behind(t, func(http.ResponseWriter, *http.Request) { t.Error("the service was called") })
	for _, fields := range [][]string{
		nil, {"X-Remote-User: alan"}, {"Authorization: Basic YWxhbjp3cm9uZw=="}, {"API-KEY: YWxhbjpr"}, {alan, alan}, {alan, "API-KEY: YWxhbjpr"},
		{"Connection: Upgrade", "Upgrade: websocket"}, {"Connection: Authorization"},
	} {
		resp, body := get(t, host, fields...)
		require.Contains(t, []int{400, 401}, resp.StatusCode, "%q", fields)
		require.Contains(t, body, `"status":"error"`)
	}
}

func TestAServiceThatIsAwayIsABadGateway(t *testing.T) {
	host := before(t, "http://127.0.0.1:1") // where nothing listens, nor will: a port that was just closed may be another's the next moment
	resp, body := get(t, host, alan)
	require.Equal(t, 502, resp.StatusCode)
	require.Equal(t, `{"status":"error","http_code":502,"error":"BAD_GATEWAY","error_description":"The service does not answer."}`, body)
	require.Equal(t, "no-store", resp.Header.Get("Cache-Control"))
	require.Equal(t, "application/json", resp.Header.Get("Content-Type"))

	resp, _ = get(t, host)
	require.Equal(t, 401, resp.StatusCode, "who is not known is not told")
}

// late is the error of a service that takes too long.
type late struct{}

func (late) Error() string   { return "too late" }
func (late) Timeout() bool   { return true }
func (late) Temporary() bool { return true }

func TestAServiceThatIsLateIsAGatewayTimeout(t *testing.T) {
	w := httptest.NewRecorder()
	badGateway(w, httptest.NewRequest("GET", "/", nil), fmt.Errorf("asking: %w", late{}))
	require.Equal(t, 504, w.Code)
	require.Contains(t, w.Body.String(), "GATEWAY_TIMEOUT")
}

func TestAnswersOfTheServiceArePassedOn(t *testing.T) {
	host := behind(t, func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("X-Service", "yes")
		w.Header().Set("Trailer", "X-Sum")
		w.WriteHeader(http.StatusTeapot)
		fmt.Fprint(w, r.Host, " ", r.Header.Get("X-Forwarded-Host"), " ", r.Header.Get("X-Forwarded-For"))
		w.Header().Set("X-Sum", "42")
	})
	resp, body := get(t, host, alan, "X-Forwarded-For: 10.0.0.1")
	require.Equal(t, 418, resp.StatusCode)
	require.Equal(t, "yes", resp.Header.Get("X-Service"))
	require.Equal(t, "42", resp.Trailer.Get("X-Sum"))
	require.Regexp(t, `^127\.0\.0\.1:\d+ api\.example\.com 127\.0\.0\.1$`, body)
}

func TestSharedCachesKeepNothing(t *testing.T) {
	for says, want := range map[string]string{
		"":                       "private",
		"public, max-age=60":     "private, max-age=60",
		"max-age=60, S-MaxAge=9": "private, max-age=60",
		"no-store":               "private, no-store",
		"Private, no-cache":      "private, no-cache",
	} {
		for _, early := range []bool{false, true} {
			host := behind(t, func(w http.ResponseWriter, r *http.Request) {
				if early {
					w.Header().Set("Link", "</style.css>; rel=preload")
					w.WriteHeader(http.StatusEarlyHints)
				}
				if says != "" {
					w.Header().Set("Cache-Control", says)
				}
				w.Header().Set("Cdn-Cache-Control", "public")
			})
			r, err := http.NewRequestWithContext(t.Context(), "GET", "http://"+host, nil)
			require.NoError(t, err)
			r.SetBasicAuth("alan", "topsecret")
			resp, err := http.DefaultClient.Do(r)
			require.NoError(t, err)
			resp.Body.Close()
			require.Equal(t, []string{want}, resp.Header["Cache-Control"], "%q, early hints %v", says, early)
			require.Contains(t, resp.Header["Vary"], "Authorization, API-KEY")
			require.Empty(t, resp.Header["Cdn-Cache-Control"])
		}
	}
}

func TestAnswersAreStreamed(t *testing.T) {
	arrived := make(chan struct{})
	host := behind(t, func(w http.ResponseWriter, r *http.Request) {
		fmt.Fprintln(w, "first")
		_ = http.NewResponseController(w).Flush()
		select {
		case <-arrived:
			fmt.Fprintln(w, "second")
		case <-r.Context().Done():
		}
	})
	resp, _, _ := raw(t, host, "GET / HTTP/1.1", "Host: api", alan, "", "")
	lines := bufio.NewReader(resp.Body)
	line, err := lines.ReadString('\n')
	require.NoError(t, err)
	require.Equal(t, "first\n", line)
	arrived <- struct{}{} // the service has not ended
	line, err = lines.ReadString('\n')
	require.NoError(t, err)
	require.Equal(t, "second\n", line)
}

// A WebSocket as far as the proxy sees it: the handshake, then bytes in both directions.
func TestWebSocketsWorkAndSayWhoIsCalling(t *testing.T) {
	host := behind(t, func(w http.ResponseWriter, r *http.Request) {
		if !strings.EqualFold(r.Header.Get("Upgrade"), "websocket") {
			http.Error(w, "no upgrade", 400)
			return
		}
		conn, rw, err := http.NewResponseController(w).Hijack()
		if err != nil {
			t.Error(err)
			return
		}
		defer conn.Close()
		fmt.Fprintf(rw, "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n%s\n", r.Header.Get(fieldUser))
		_ = rw.Flush()
		line, _ := rw.ReadString('\n')
		fmt.Fprint(rw, "echo ", line)
		_ = rw.Flush()
	})
	resp, conn, in := raw(t, host, "GET / HTTP/1.1", "Host: api", alan, "X-Remote-User: root", "Connection: Upgrade, X-Remote-User", "Upgrade: websocket", "", "")
	require.Equal(t, 101, resp.StatusCode)
	_, err := io.WriteString(conn, "and back\n")
	require.NoError(t, err)
	require.NoError(t, conn.(*net.TCPConn).CloseWrite())
	rest, err := io.ReadAll(in)
	require.NoError(t, err)
	require.Equal(t, "alan\necho and back\n", string(rest))
}
