package auth

import (
	"encoding/json"
	"errors"
	"fmt"
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

// answer makes the whole response before any of it is written, so that a failure is still answered as one.
func (e *Endpoint) answer(w http.ResponseWriter, r *http.Request) (body []byte, status int, err error) {
	if e == nil || e.serve == nil {
		return nil, 0, errUnconfigured
	}
	defer guard(e.cfg.Method, &err)
	if r.Method != http.MethodPost {
		return nil, 0, autherr.New(e.cfg.Method, autherr.InvalidHTTPMethod, nil)
	}
	r.Body = http.MaxBytesReader(w, r.Body, MaxBody)
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
