package auth

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strconv"

	autherr "github.com/apiauth-go/apiauth/errors"
)

// MaxBody is the longest request body in bytes that an [Endpoint] reads.
const MaxBody = 64 << 10

// EndpointConfig configures [NewEndpoint].
type EndpointConfig struct {
	// Method is in whose words refusals of the endpoint itself are told.
	Method autherr.Method

	// Renderer writes refusals. Nil means autherr.Profile2025.
	Renderer autherr.Renderer

	// Challenges are those of a 401.
	Challenges []autherr.Challenge

	// OnError is called with every refusal before it is sent, as Options.OnError is.
	OnError func(*http.Request, *autherr.Error)
}

// Endpoint is a handler that gives out or takes back credentials. It has what these endpoints have in common: POST only, a bounded
// body, responses that nobody stores, and one way to answer.
type Endpoint struct {
	cfg   EndpointConfig
	serve func(*http.Request) (*Reply, error)
}

// Reply is the successful answer of an [Endpoint].
type Reply struct {
	// Status is the HTTP status, 200 to 203. Zero means 200. Another one is a bug and answered with 500: a refusal is an
	// error, and the rest have no body.
	Status int

	// Body is sent as JSON.
	Body any
}

// NewEndpoint returns an Endpoint that answers POST requests with what serve returns. It panics if serve is nil.
func NewEndpoint(cfg EndpointConfig, serve func(*http.Request) (*Reply, error)) *Endpoint {
	if serve == nil {
		panic("auth: NewEndpoint: nil function")
	}
	cfg.Challenges = slices.Clone(cfg.Challenges)
	return &Endpoint{cfg: cfg, serve: serve}
}

// ServeHTTP implements http.Handler.
func (e *Endpoint) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, status, err := e.answer(w, r)
	if err != nil {
		if e != nil && e.cfg.OnError != nil {
			e.cfg.OnError(r, autherr.From(err))
		}
		var cfg EndpointConfig
		if e != nil {
			cfg = e.cfg
		}
		autherr.Respond(w, r, cfg.Renderer, err, cfg.Challenges...)
		return
	}
	h := w.Header()
	h.Set("Content-Type", "application/json")
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Cache-Control", "no-store")
	h.Set("Pragma", "no-cache") // RFC 6749 section 5.1 asks for it, for caches of HTTP/1.0
	h.Set("Content-Length", strconv.Itoa(len(body)))
	w.WriteHeader(status)
	_, _ = w.Write(body) // the client is gone: nobody is left to tell
}

// readAhead reads the body, at most MaxBody bytes of it, so that it is there when the function asks for it. A server notices that a client has left
// only once the request is read to its end: without this, somebody who sends a body to an endpoint that does not read one before it
// waits for its turn at the password hash would keep his place in the line, and cost a hash, after he has gone.
func readAhead(w http.ResponseWriter, r *http.Request) {
	if r.Body == nil || r.Body == http.NoBody {
		return
	}
	data, err := io.ReadAll(http.MaxBytesReader(w, r.Body, MaxBody))
	r.Body = &body{Reader: bytes.NewReader(data), err: err}
}

// body is a body that was read ahead, and the error at which reading it ended.
type body struct {
	*bytes.Reader
	err error
}

func (b *body) Read(p []byte) (int, error) {
	n, err := b.Reader.Read(p)
	if err == io.EOF && b.err != nil {
		err = b.err
	}
	return n, err
}

// WriteTo hides that of bytes.Reader, which knows nothing of err.
func (b *body) WriteTo(w io.Writer) (int64, error) { return io.Copy(w, struct{ io.Reader }{b}) }

func (b *body) Close() error { return nil }

// answer makes the whole response before any of it is written, so that a failure is still answered as one.
func (e *Endpoint) answer(w http.ResponseWriter, r *http.Request) (body []byte, status int, err error) {
	if e == nil || e.serve == nil {
		return nil, 0, errUnconfigured
	}
	defer guard(e.cfg.Method, &err)
	if r.Method != http.MethodPost {
		return nil, 0, autherr.New(e.cfg.Method, autherr.InvalidHTTPMethod, nil)
	}
	readAhead(w, r)
	reply, err := e.serve(r)
	if err != nil {
		return nil, 0, err
	}
	if reply == nil {
		return nil, 0, autherr.Internal(e.cfg.Method, errors.New("auth: the endpoint returned neither a reply nor an error"))
	}
	if body, err = json.Marshal(reply.Body); err != nil {
		return nil, 0, autherr.Internal(e.cfg.Method, fmt.Errorf("auth: reply: %w", err))
	}
	switch status = reply.Status; {
	case status == 0:
		status = http.StatusOK
	case status < http.StatusOK || status > http.StatusNonAuthoritativeInfo:
		return nil, 0, autherr.Internal(e.cfg.Method, fmt.Errorf("auth: the endpoint replied with status %d", status))
	}
	return body, status, nil
}
