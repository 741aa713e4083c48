package auth_test

import (
	"bytes"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/apiauth-go/apiauth/auth"
	autherr "github.com/apiauth-go/apiauth/errors"
)

func post(body string) *http.Request {
	r := httptest.NewRequest(http.MethodPost, "/rest_api/id_token", strings.NewReader(body))
	r.RemoteAddr = "127.0.0.1:1"
	return r
}

func TestAnEndpointAnswers(t *testing.T) {
	e := auth.NewEndpoint(auth.EndpointConfig{}, func(r *http.Request) (*auth.Reply, error) {
		body, err := io.ReadAll(r.Body)
		return &auth.Reply{Body: map[string]string{"got": string(body)}}, err
	})
	w := httptest.NewRecorder()
	e.ServeHTTP(w, post("hello"))
	require.Equal(t, 200, w.Code)
	require.Equal(t, `{"got":"hello"}`, w.Body.String())
	for name, want := range map[string]string{
		"Content-Type": "application/json", "Cache-Control": "no-store", "Pragma": "no-cache", "X-Content-Type-Options": "nosniff", "Content-Length": "15",
	} {
		require.Equal(t, want, w.Header().Get(name), name)
	}

	created := auth.NewEndpoint(auth.EndpointConfig{}, func(*http.Request) (*auth.Reply, error) { return &auth.Reply{Status: 201}, nil })
	w = httptest.NewRecorder()
	created.ServeHTTP(w, post(""))
	require.Equal(t, 201, w.Code)
}

func TestAnEndpointTakesPOSTOnly(t *testing.T) {
	called := false
	srv := httptest.NewServer(auth.NewEndpoint(auth.EndpointConfig{Method: autherr.MethodOAuth}, func(*http.Request) (*auth.Reply, error) {
		called = true
		return &auth.Reply{}, nil
	}))
	defer srv.Close()
	for _, m := range []string{"GET", "HEAD", "PUT", "PATCH", "DELETE", "OPTIONS", "post", "BREW"} {
		r, err := http.NewRequest(m, srv.URL+"?_method=POST", nil)
		require.NoError(t, err)
		r.Header.Set("X-HTTP-Method-Override", "POST")
		res, err := srv.Client().Do(r)
		require.NoError(t, err)
		body, _ := io.ReadAll(res.Body)
		res.Body.Close()
		require.Equal(t, 405, res.StatusCode, m)
		require.Equal(t, "POST", res.Header.Get("Allow"), m)
		require.Equal(t, "no-store", res.Header.Get("Cache-Control"), m)
		if m != "HEAD" {
			require.Equal(t, `{"status":"error","http_code":"405","error":"INVALID_HTTP_METHOD","error_description":"The used HTTP method should be a POST."}`, string(body), m)
		}
	}
	require.False(t, called)
}

func TestAnEndpointReadsABoundedBody(t *testing.T) {
	var read int
	var readErr error
	srv := httptest.NewServer(auth.NewEndpoint(auth.EndpointConfig{}, func(r *http.Request) (*auth.Reply, error) {
		b, err := io.ReadAll(r.Body)
		read, readErr = len(b), err
		return &auth.Reply{}, nil
	}))
	defer srv.Close()
	for size, tooLong := range map[int]bool{auth.MaxBody - 1: false, auth.MaxBody: false, auth.MaxBody + 1: true, 4 * auth.MaxBody: true} {
		for _, chunked := range []bool{false, true} {
			body := io.Reader(strings.NewReader(strings.Repeat("x", size)))
			if chunked {
				body = io.MultiReader(body) // a length that the client does not know
			}
			res, err := srv.Client().Post(srv.URL, "text/plain", body)
			require.NoError(t, err)
			res.Body.Close()
			var max *http.MaxBytesError
			require.Equal(t, tooLong, errors.As(readErr, &max), "%d bytes", size)
			require.LessOrEqual(t, read, auth.MaxBody)
		}
	}
}

func TestAnEndpointFailsAsOne(t *testing.T) {
	challenge, err := autherr.BasicChallenge("Example API")
	require.NoError(t, err)
	for _, tt := range []struct {
		name   string
		serve  func(*http.Request) (*auth.Reply, error)
		status int
		code   autherr.Code
	}{
		{"refusal", func(*http.Request) (*auth.Reply, error) {
			return nil, autherr.New(autherr.MethodIDToken, autherr.InvalidCredentials, errors.New("secret"))
		}, 401, autherr.InvalidCredentials},
		{"reply and error", func(*http.Request) (*auth.Reply, error) {
			return &auth.Reply{Body: "secret"}, autherr.New(autherr.MethodIDToken, autherr.InvalidCredentials, nil)
		}, 401, autherr.InvalidCredentials},
		{"foreign error", func(*http.Request) (*auth.Reply, error) { return nil, errors.New("secret") }, 500, autherr.InternalError},
		{"neither", func(*http.Request) (*auth.Reply, error) { return nil, nil }, 500, autherr.InternalError},
		{"a body that is no JSON", func(*http.Request) (*auth.Reply, error) { return &auth.Reply{Body: func() {}}, nil }, 500, autherr.InternalError},
		{"panic", func(*http.Request) (*auth.Reply, error) { panic("secret") }, 500, autherr.InternalError},
		{"a status that is none", func(*http.Request) (*auth.Reply, error) { return &auth.Reply{Status: 7}, nil }, 500, autherr.InternalError},
		{"a status with another meaning", func(*http.Request) (*auth.Reply, error) { return &auth.Reply{Status: 401}, nil }, 500, autherr.InternalError},
		{"a status without a body", func(*http.Request) (*auth.Reply, error) { return &auth.Reply{Status: 204}, nil }, 500, autherr.InternalError},
	} {
		var told []*autherr.Error
		e := auth.NewEndpoint(auth.EndpointConfig{
			Method:     autherr.MethodIDToken,
			Challenges: []autherr.Challenge{challenge},
			OnError:    func(_ *http.Request, e *autherr.Error) { told = append(told, e) },
		}, tt.serve)
		w := httptest.NewRecorder()
		require.NotPanics(t, func() { e.ServeHTTP(w, post("")) }, tt.name)
		require.Equal(t, tt.status, w.Code, tt.name)
		require.Contains(t, w.Body.String(), string(tt.code), tt.name)
		require.NotContains(t, w.Body.String(), "secret", tt.name)
		require.Equal(t, "no-store", w.Header().Get("Cache-Control"), tt.name)
		require.Len(t, told, 1, tt.name)
		require.ErrorIs(t, told[0], tt.code, tt.name)
		if tt.status == 401 {
			require.Equal(t, challenge.String(), w.Header().Get("WWW-Authenticate"), tt.name)
		}
	}
}

func TestAnEndpointThatWasNotMadeRefuses(t *testing.T) {
	for _, e := range []*auth.Endpoint{nil, {}} {
		w := httptest.NewRecorder()
		e.ServeHTTP(w, post(""))
		require.Equal(t, 500, w.Code)
	}
}

func TestAnEndpointThatAbortsIsNotHeldUp(t *testing.T) {
	e := auth.NewEndpoint(auth.EndpointConfig{}, func(*http.Request) (*auth.Reply, error) { panic(http.ErrAbortHandler) })
	require.PanicsWithValue(t, http.ErrAbortHandler, func() { e.ServeHTTP(httptest.NewRecorder(), post("")) })
}

func TestNewEndpointCopiesItsChallenges(t *testing.T) {
	a, err := autherr.BasicChallenge("a")
	require.NoError(t, err)
	b, err := autherr.BasicChallenge("b")
	require.NoError(t, err)
	list := []autherr.Challenge{a}
	e := auth.NewEndpoint(auth.EndpointConfig{Challenges: list}, func(*http.Request) (*auth.Reply, error) { return nil, autherr.InvalidCredentials })
	list[0] = b
	w := httptest.NewRecorder()
	e.ServeHTTP(w, post(""))
	require.Equal(t, a.String(), w.Header().Get("WWW-Authenticate"))
}

func TestTheRendererOfAnEndpointIsUsed(t *testing.T) {
	e := auth.NewEndpoint(auth.EndpointConfig{Renderer: autherr.ProfileRFC()}, func(*http.Request) (*auth.Reply, error) { return nil, autherr.InvalidRequest })
	w := httptest.NewRecorder()
	e.ServeHTTP(w, post(""))
	require.Equal(t, `{"error":"invalid_request","error_description":"Invalid request."}`, w.Body.String())
}

// A server notices that a client has left only when the request is read to its end; so the endpoint reads it first.
func TestAClientThatHasSentItsBodyAndLeftIsNoticed(t *testing.T) {
	begun, gone := make(chan struct{}), make(chan error, 1)
	e := auth.NewEndpoint(auth.EndpointConfig{Timeout: time.Hour}, func(r *http.Request) (*auth.Reply, error) {
		close(begun)
		select {
		case <-r.Context().Done():
			gone <- nil
		case <-time.After(30 * time.Second):
			gone <- errors.New("the context of a client that left does not end")
		}
		return &auth.Reply{}, nil
	})
	server := httptest.NewServer(e)
	defer server.Close()
	conn, err := net.Dial("tcp", server.Listener.Addr().String())
	require.NoError(t, err)
	_, err = conn.Write([]byte("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\n\r\nx"))
	require.NoError(t, err)
	<-begun
	require.NoError(t, conn.Close())
	require.NoError(t, <-gone)
}

func TestTheBodyThatWasReadAheadIsWhole(t *testing.T) {
	for _, n := range []int{0, 1, auth.MaxBody, auth.MaxBody + 1} {
		var got []byte
		var readErr error
		for _, read := range []func(io.Reader) ([]byte, error){
			io.ReadAll,
			func(r io.Reader) ([]byte, error) { // by WriteTo, if it has one
				var b bytes.Buffer
				_, err := io.Copy(&b, r)
				return b.Bytes(), err
			},
		} {
			e := auth.NewEndpoint(auth.EndpointConfig{}, func(r *http.Request) (*auth.Reply, error) {
				got, readErr = read(r.Body)
				return &auth.Reply{}, r.Body.Close()
			})
			w := httptest.NewRecorder()
			e.ServeHTTP(w, httptest.NewRequest("POST", "/", strings.NewReader(strings.Repeat("x", n))))
			require.Equal(t, http.StatusOK, w.Code, "an endpoint that does not look at its body is not bothered by a long one")
			require.Len(t, got, min(n, auth.MaxBody))
			var tooLong *http.MaxBytesError
			require.Equal(t, n > auth.MaxBody, errors.As(readErr, &tooLong))
		}
	}
}
