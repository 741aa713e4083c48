package oauth_test

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/apiauth-go/apiauth/auth"
	autherr "github.com/apiauth-go/apiauth/errors"
	"github.com/apiauth-go/apiauth/oauth"
	"github.com/apiauth-go/apiauth/store"
)

// endless is a text without an end.
type endless struct{}

func (endless) Read(p []byte) (int, error) {
	for i := range p {
		p[i] = ' '
	}
	return len(p), nil
}

func typed(mediaType string, body []byte, more ...string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.Header()["Content-Type"] = []string{mediaType}
		for i := 0; i < len(more); i += 2 {
			w.Header().Set(more[i], more[i+1])
		}
		_, _ = w.Write(body)
	}
}

// What a server sends in place of a proper answer, over a real connection, is an outage and never a refusal.
func TestBadAnswersAboutTokensAreOutages(t *testing.T) {
	other := says(active(""))
	otherURL := other.loopback(t)
	good := []byte(`{"active":true,"username":"my_username","preferred_username":"my_username","aud":"` + ourName + `"}`)
	bomb := append(gzipped(strings.NewReader("{")), bytes.Repeat(gzipped(io.LimitReader(endless{}, 1<<20)), 100)...)
	for name, test := range map[string]struct {
		answer http.HandlerFunc
		why    string
	}{
		"hang": {hangForeign, "deadline exceeded"},
		"slow drip": {func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Content-Type", "application/json")
			for _, c := range good {
				if _, err := w.Write([]byte{c}); err != nil || http.NewResponseController(w).Flush() != nil {
					return
				}
				select {
				case <-time.After(50 * time.Millisecond):
				case <-r.Context().Done():
					return
				}
			}
		}, "deadline exceeded"},
		"status 500": {statusForeign(500), "status 500"},
		"status 502": {statusForeign(502), "status 502"},
		"status 404": {statusForeign(404), "status 404"},
		"status 429": {statusForeign(429), "status 429"},
		"status 201": {statusForeign(201), "status 201"},
		"status 204": {func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(204) }, "status 204"},
		"elsewhere":  {http.RedirectHandler(otherURL, http.StatusTemporaryRedirect).ServeHTTP, "status 307"},
		"here": {func(w http.ResponseWriter, r *http.Request) {
			if r.URL.Path != "/here" {
				http.Redirect(w, r, "/here", http.StatusPermanentRedirect)
				return
			}
			sayJSON(string(good))(w, r)
		}, "status 308"},
		"HTML":    {typed("text/html", good), "not of the type application/json"},
		"no type": {func(w http.ResponseWriter, _ *http.Request) { w.Header()["Content-Type"] = nil; _, _ = w.Write(good) }, "not of the type"},
		"two types": {func(w http.ResponseWriter, _ *http.Request) {
			w.Header()["Content-Type"] = []string{"application/json", "text/html"}
			_, _ = w.Write(good)
		}, "not of the type"},
		"signed":      {typed("application/jwt", good), "not of the type"},
		"64 KiB":      {typed("application/json", append(good, bytes.Repeat([]byte(" "), 64<<10)...)), "too long"},
		"100 MB":      {func(w http.ResponseWriter, _ *http.Request) { _, _ = io.Copy(w, io.LimitReader(endless{}, 100<<20)) }, "too long"},
		"gzip bomb":   {typed("application/json", bomb, "Content-Encoding", "gzip"), "too long"},
		"not gzip":    {typed("application/json", good, "Content-Encoding", "gzip"), "gzip"},
		"br":          {typed("application/json", good, "Content-Encoding", "br"), "encoding"},
		"cut off":     {typed("application/json", good, "Content-Length", "1000"), "unexpected EOF"},
		"huge header": {typed("application/json", good, "X", strings.Repeat("x", 1<<20)), "headers"},
		"hang up":     {func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) }, "EOF"},
		"not HTTP": {func(w http.ResponseWriter, _ *http.Request) {
			c, _, err := w.(http.Hijacker).Hijack()
			if err == nil {
				_, _ = c.Write([]byte("220 mail.example ESMTP\x1b[31m\r\n"))
				_ = c.Close()
			}
		}, "malformed HTTP"},
		"garbage": {typed("application/json", []byte("\x00\x01")), "malformed"},
	} {
		t.Run(name, func(t *testing.T) {
			s := new(otherServer)
			s.do(test.answer)
			url, timeout := s.loopback(t), time.Duration(0)
			if test.why == "deadline exceeded" { // this is waited for
				timeout = 300 * time.Millisecond
			}
			for _, a := range []auth.Authenticator{
				s.introspecting(t, func(c *oauth.IntrospectionConfig) { c.URL, c.Transport, c.Timeout = url, nil, timeout }),
				s.informing(t, func(c *oauth.UserInfoConfig) { c.URL, c.Transport, c.Timeout = url, nil, timeout }),
			} {
				rec, told := served(a, foreignToken)
				require.Equal(t, 503, rec.Code, "%T", a)
				require.NotEmpty(t, rec.Header().Get("Retry-After"))
				require.ErrorIs(t, told, oauth.ErrExternalUnavailable)
				require.ErrorContains(t, told, test.why)
				require.NotContains(t, told.Error(), "\x1b")
				require.NotContains(t, told.Error(), "topsecret")
				require.NotContains(t, rec.Body.String(), "127.0.0.1")

				s.do(sayJSON(string(good)))
				id, err := send(a, foreignToken)
				for begun := time.Now(); err != nil && timeout != 0 && time.Since(begun) < 30*time.Second; {
					id, err = send(a, foreignToken) // a busy machine may take that long for a good answer
				}
				require.NoError(t, err)
				require.Equal(t, "1", id.UserID)
				s.do(test.answer)
			}
		})
	}
	require.Zero(t, other.count(), "nobody else gets to see the token")
}

func TestGoodAnswersAboutTokens(t *testing.T) {
	good := []byte(active(""))
	for name, answer := range map[string]http.HandlerFunc{
		"charset":     typed("Application/JSON ; charset=utf-8", good),
		"gzip":        typed("application/json", gzipped(bytes.NewReader(good)), "Content-Encoding", "gzip"),
		"just 64 KiB": typed("application/json", append(good, bytes.Repeat([]byte(" "), 64<<10-len(good))...)),
	} {
		t.Run(name, func(t *testing.T) {
			s := new(otherServer)
			s.do(answer)
			requireForeign(t, s.introspecting(t, func(c *oauth.IntrospectionConfig) { c.URL, c.Transport = s.loopback(t), nil }), foreignToken)
		})
	}
}

func TestAServerThatIsNotThereIsAnOutage(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	url := "http://" + l.Addr().String()
	require.NoError(t, l.Close())
	s := new(otherServer)
	requireForeignOutage(t, s.introspecting(t, func(c *oauth.IntrospectionConfig) { c.URL, c.Transport = url, nil }), foreignToken, "refused")
}

func TestTheOtherServersCertificateIsChecked(t *testing.T) {
	s := says(active(""))
	server := httptest.NewUnstartedServer(s)
	server.Config.ErrorLog = slog.NewLogLogger(slog.DiscardHandler, 0)
	server.StartTLS()
	defer server.Close()
	requireForeignOutage(t, s.introspecting(t, func(c *oauth.IntrospectionConfig) { c.URL, c.Transport = server.URL, nil }), foreignToken, "certificate")
	require.Zero(t, s.count())
	requireForeign(t, s.introspecting(t, func(c *oauth.IntrospectionConfig) { c.URL, c.Transport = server.URL, server.Client().Transport }), foreignToken)
}

// Connections are kept, and one that the server has ended meanwhile is nobody's outage.
func TestCallsShareConnections(t *testing.T) {
	// On a busy machine net/http gives a connection up whose goroutines take more than 50 ms to speak to each other.
	conns := 0
	for begun := time.Now(); conns != 1 && time.Since(begun) < 30*time.Second; {
		conns = connectionsOfCalls(t)
	}
	require.Equal(t, 1, conns)
}

// connectionsOfCalls makes some calls and returns how many connections they took. It goes on with others, each of which finds its connection ended.
func connectionsOfCalls(t *testing.T) int {
	s := says(active(""))
	server := httptest.NewUnstartedServer(s)
	var mu sync.Mutex
	conns := map[net.Conn]bool{}
	server.Config.ConnState = func(c net.Conn, state http.ConnState) {
		mu.Lock()
		defer mu.Unlock()
		if state == http.StateNew {
			conns[c] = true
		}
	}
	server.Start()
	defer server.Close()
	v := s.introspecting(t, func(c *oauth.IntrospectionConfig) { c.URL, c.Transport = server.URL, nil })
	for range 20 {
		requireForeign(t, v, foreignToken)
	}
	s.do(statusForeign(500))
	requireForeignOutage(t, v, foreignToken, "status 500")
	s.do(sayJSON(active("")))
	requireForeign(t, v, foreignToken)
	mu.Lock()
	n := len(conns)
	mu.Unlock()
	for range 20 {
		server.CloseClientConnections()
		requireForeign(t, v, foreignToken)
	}
	return n
}

func TestACallTakesFiveSecondsAtTheMost(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := new(otherServer)
		s.do(hangForeign)
		start := time.Now()
		requireForeignOutage(t, s.introspecting(t, nil), foreignToken, "deadline exceeded")
		require.Equal(t, 5*time.Second, time.Since(start))
		requireForeignOutage(t, s.introspecting(t, func(c *oauth.IntrospectionConfig) { c.Timeout = time.Second }), foreignToken, "deadline exceeded")
		require.Equal(t, 6*time.Second, time.Since(start))
	})
}

// What cannot be the other server's token is sent to nobody.
func TestWhatIsNoForeignTokenIsNotClaimed(t *testing.T) {
	s := says(active(`,"preferred_username":"my_username"`))
	ours, jwt := auth.NewRandom(auth.PrefixAccessToken), "eyJhbGciOiJub25lIn0.e30."
	declined := map[string]string{
		"empty": "", "blank inside": "a b", "comma": "a,b", "quote": `a"b`, "line end": "a\nb", "beyond ASCII": "é", "only =": "==", "= inside": "a=b", "tab": "a\t",
		"too long": strings.Repeat("x", oauth.DefaultMaxExternalToken+1), "an access token of ours": ours,
		"a refresh token of ours": auth.NewRandom(auth.PrefixRefreshToken), "an API key": auth.NewRandom(auth.PrefixAPIKey),
		"a client secret": auth.NewRandom(auth.PrefixClientSecret), "a JWT": jwt, "three segments": "..",
		"one of ours with a slip": ours + "=", "the beginning of one": ours[:20], "the beginning of an API key": auth.PrefixAPIKey + "x",
	}
	for _, a := range []auth.Authenticator{s.introspecting(t, nil), s.informing(t, nil)} {
		for name, token := range declined {
			_, err := send(a, token)
			require.ErrorIs(t, err, auth.ErrNoCredentials, name)
			require.ErrorIs(t, err, autherr.InvalidAccessToken, name)
		}
		for authorization, want := range map[string]autherr.Code{"": autherr.MissingAuthorizationHeader, "Basic YTpi": autherr.InvalidAuthorizationHeaderTokenType} {
			r := httptest.NewRequest("GET", "/", nil)
			if authorization != "" {
				r.Header.Set("Authorization", authorization)
			}
			_, err := a.Authenticate(r)
			require.ErrorIs(t, err, auth.ErrNoCredentials)
			require.ErrorIs(t, err, want)
		}
		r := httptest.NewRequest("GET", "/", nil)
		r.Header["Authorization"] = []string{"Bearer a", "Bearer b"}
		_, err := a.Authenticate(r)
		require.ErrorIs(t, err, autherr.InvalidRequest)
		require.Equal(t, autherr.MethodOAuth, autherr.From(err).Method)
	}
	require.Zero(t, s.count())

	claims := map[string]func(*oauth.IntrospectionConfig){
		jwt:                                    func(c *oauth.IntrospectionConfig) { c.AcceptJWTs = true },
		ours:                                   func(c *oauth.IntrospectionConfig) { c.AcceptOwnShape = true },
		declined["too long"]:                   func(c *oauth.IntrospectionConfig) { c.MaxToken = 64 << 10 },
		"a.b":                                  nil,
		strings.Repeat("x", 8<<10):             nil,
		"-._~+/09azAZ" + "=" + "=" + "=" + "=": nil,
	}
	for token, change := range claims {
		requireForeign(t, s.introspecting(t, change), token)
		require.Equal(t, token, s.asked[len(s.asked)-1].PostForm.Get("token"))
	}
	for token, name := range map[string]string{ours: "shape", jwt: "JWT"} {
		v := s.informing(t, func(c *oauth.UserInfoConfig) { c.AcceptJWTs, c.AcceptOwnShape = true, true })
		requireForeign(t, v, token)
		require.Equal(t, "Bearer "+token, s.asked[len(s.asked)-1].Header.Get("Authorization"), name)
	}
}

func TestAForeignTokenInAnotherHeader(t *testing.T) {
	s := says(active(""))
	v := s.introspecting(t, func(c *oauth.IntrospectionConfig) { c.Header = "X-Token" })
	require.Equal(t, []string{"Authorization", "X-Token"}, v.CredentialHeaders())
	r := httptest.NewRequest("GET", "/", nil)
	r.Header.Set("X-Token", "bearer "+foreignToken)
	id, err := v.Authenticate(r)
	require.NoError(t, err)
	require.Equal(t, "1", id.UserID)
}

// Nothing that is printed holds a secret, not even when a server repeats what it was sent.
func TestNothingPrintedOfForeignTokensHoldsASecret(t *testing.T) {
	var printed strings.Builder
	show := func(values ...any) {
		for _, v := range values {
			for _, format := range []string{"%v", "%+v", "%#v", "%s", "%d"} {
				fmt.Fprintf(&printed, format, v)
			}
			slog.New(slog.NewTextHandler(&printed, nil)).Info("x", "v", v)
			slog.New(slog.NewJSONHandler(&printed, nil)).Info("x", "v", v)
		}
	}
	s := new(otherServer)
	url := s.loopback(t)
	var cfg oauth.IntrospectionConfig
	v := s.introspecting(t, func(c *oauth.IntrospectionConfig) {
		c.URL, c.Transport, c.CacheTTL = url, nil, time.Minute
		cfg = *c
	})
	u := s.informing(t, func(c *oauth.UserInfoConfig) { c.URL, c.Transport, c.CacheTTL = url, nil, time.Minute })
	echo := func(w http.ResponseWriter, r *http.Request) {
		c, _, err := w.(http.Hijacker).Hijack()
		if err == nil {
			_, _ = fmt.Fprintf(c, "%s %s %s\r\n", r.Header.Get("Authorization"), r.PostForm.Get("token"), r.PostForm.Encode())
			_ = c.Close()
		}
	}
	for _, answer := range []http.HandlerFunc{
		echo,
		func(w http.ResponseWriter, r *http.Request) {
			http.Redirect(w, r, "http://a b/"+r.PostForm.Get("token")+r.Header.Get("Authorization"), http.StatusFound)
		},
		func(w http.ResponseWriter, r *http.Request) {
			sayJSON(`{"active":"`+r.PostForm.Get("token")+`"}`)(w, r)
		},
		sayJSON(`{"active":true,"exp":"` + foreignToken + `","` + foreignToken + `":1,"` + foreignToken + `":1}`),
		sayJSON(`{"active":false}`),
		sayJSON(active(`,"preferred_username":"my_username"`)),
	} {
		s.do(answer)
		_, err := send(v, foreignToken)
		show(err)
		_, err = send(u, foreignToken)
		show(err)
	}
	show(v, u, cfg, &cfg, *v, *u, (*oauth.IntrospectionVerifier)(nil), &oauth.UserInfoVerifier{})
	text, err := cfg.MarshalText()
	require.NoError(t, err)
	require.Equal(t, `oauth.IntrospectionConfig(ClientID "api+1")`, string(text))
	require.Equal(t, "oauth.IntrospectionVerifier("+strings.TrimSuffix(url, "?key=topsecret")+")", v.String())
	require.Equal(t, "oauth.UserInfoVerifier(none)", new(oauth.UserInfoVerifier).GoString())
	for _, secret := range []string{foreignToken, foreignSecret, "s3cr%2Bt", "YXBpJTJCMTp", "topsecret", "%2Ftoken"} {
		require.NotContains(t, printed.String(), secret)
	}
	require.Contains(t, printed.String(), "repeats a secret")
}

func TestWhatMapUserGets(t *testing.T) {
	s := says(`{"active":true,"aud":"` + ourName + `","sub":"abc","n":5,"Sub":"other","deep":{"tenant":"t1"}}`)
	var got *oauth.ExternalAnswer
	result, fail := "1", error(nil)
	v := s.introspecting(t, func(c *oauth.IntrospectionConfig) {
		c.UsernameClaim, c.CacheTTL = "", time.Minute
		c.MapUser = func(_ context.Context, a *oauth.ExternalAnswer) (string, error) { got = a; return result, fail }
	})
	requireForeign(t, v, foreignToken)
	require.Equal(t, "abc", got.Text("sub"))
	require.Empty(t, got.Text("SUB"))
	require.Empty(t, got.Text("n"))
	require.Empty(t, got.Text("none"))
	var claims struct {
		Deep struct{ Tenant string }
	}
	require.ErrorContains(t, got.Decode(&claims), "differ only in case")
	require.Equal(t, "oauth.ExternalAnswer oauth.ExternalAnswer oauth.ExternalAnswer", fmt.Sprintf("%v %+v %#v", got, *got, *got))
	require.Equal(t, "oauth.ExternalAnswer", got.LogValue().String())

	s.do(sayJSON(`{"active":true,"aud":"` + ourName + `","deep":{"tenant":"t1"}}`))
	requireForeign(t, v, "another")
	require.NoError(t, got.Decode(&claims))
	require.Equal(t, "t1", claims.Deep.Tenant)
	require.ErrorContains(t, got.Decode(new([]string)), "oauth: answer")
	require.Error(t, (*oauth.ExternalAnswer)(nil).Decode(&claims))
	require.Error(t, new(oauth.ExternalAnswer).Decode(&claims))
	require.Empty(t, (*oauth.ExternalAnswer)(nil).Text("sub"))

	n := s.count()
	for _, test := range []struct {
		result string
		fail   error
		want   autherr.Code
	}{
		{"", nil, autherr.InvalidAccessToken}, {"3", nil, autherr.InvalidAccessToken}, {"gone", nil, autherr.InvalidAccessToken},
		{"1", fmt.Errorf("no: %w", store.ErrNotFound), autherr.InvalidAccessToken}, {"1", io.ErrUnexpectedEOF, autherr.ServiceUnavailable},
	} {
		result, fail = test.result, test.fail
		_, err := send(v, "another")
		require.ErrorIs(t, err, test.want)
	}
	require.Equal(t, n, s.count(), "he is asked with each request, whatever is remembered")
}
