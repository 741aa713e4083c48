package auth

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strconv"
	"time"

	autherr "github.com/apiauth-go/apiauth/errors"
)

// MaxBody is the longest request body in bytes that an [Endpoint] reads.
const MaxBody = 64 << 10

// DefaultEndpointTimeout is the default of EndpointConfig.Timeout: longer than the line of those who wait for their password to be
// hashed, and short enough that a store that hangs does not collect requests for ever.
const DefaultEndpointTimeout = 15 * time.Second

// EndpointConfig configures [NewEndpoint].
type EndpointConfig struct {
	// Method is in whose words refusals of the endpoint itself are told.
	Method autherr.Method

	// Renderer writes refusals. Nil means autherr.Profile2025(nil).
	Renderer autherr.Renderer

	// Challenges are those of a 401.
	Challenges []autherr.Challenge

	// Timeout ends the context of a request that has been read: a store that does not answer by then is an outage (503). Zero means
	// DefaultEndpointTimeout; it must not be negative.
	Timeout time.Duration

	// OnError is called with every refusal before it is sent, as Options.OnError is.
	OnError func(*http.Request, *autherr.Error)

	// Events is told of every request. Nil means that nobody is told.
	Events EventSink

	// Kind is what the endpoint is for, in events. Empty means EventOperation.
	Kind EventKind

	// Application is the id of the application to which the endpoint belongs, in events. Empty if there is none.
	Application string

	// Transport knows the trusted proxies, behind which the addresses in events are to be found. Nil trusts none.
	Transport *Transport
}

// Endpoint is a handler that gives out or takes back credentials. It has what these endpoints have in common: POST only, a bounded
// body, responses that nobody stores, and one way to answer.
type Endpoint struct {
	reporter
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

// NewEndpoint returns an Endpoint that answers POST requests with what serve returns. It panics if serve is nil, the
// Timeout negative, or Events a nil pointer.
//
// What events tell of the user, the client and the kind of a request is what serve has noted by the time it returns, see [NoteUser].
func NewEndpoint(cfg EndpointConfig, serve func(*http.Request) (*Reply, error)) *Endpoint {
	if serve == nil {
		panic("auth: NewEndpoint: nil function")
	}
	switch {
	case cfg.Timeout < 0:
		panic("auth: NewEndpoint: negative Timeout")
	case cfg.Timeout == 0:
		cfg.Timeout = DefaultEndpointTimeout
	}
	cfg.Challenges = slices.Clone(cfg.Challenges)
	cfg.Kind = cmp.Or(cfg.Kind, EventOperation)
	return &Endpoint{newReporter("NewEndpoint", cfg.Renderer, cfg.OnError, cfg.Events, cfg.Transport), cfg, serve}
}

// ServeHTTP implements http.Handler.
func (e *Endpoint) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if e == nil {
		e = new(Endpoint) // which refuses
	}
	var op *operation
	start := e.start()
	if e.events != nil {
		op = &operation{kind: e.cfg.Kind}
	}
	body, status, err := e.answer(w, r, op)
	var told *Event
	if op != nil {
		told = e.operated(r, start, op, status)
	}
	if err != nil {
		e.refuse(w, r, told, err, e.cfg.Challenges)
		return
	}
	if told != nil {
		e.tell(r, *told)
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

// operated returns the event of a request that was answered with the status, unless it is refused.
func (e *Endpoint) operated(r *http.Request, start time.Time, op *operation, status int) *Event {
	told := e.event(op.kind, r, start)
	told.Method, told.Application, told.ClientID = e.cfg.Method, e.cfg.Application, op.client
	if op.userID != "" {
		told.UserID, told.User = op.userID, cmp.Or(op.user, op.userID)
	}
	told.Outcome, told.Status = OutcomeSuccess, status
	return &told
}

// answer makes the whole response before any of it is written, so that a failure is still answered as one.
func (e *Endpoint) answer(w http.ResponseWriter, r *http.Request, op *operation) (body []byte, status int, err error) {
	if e.serve == nil {
		return nil, 0, errUnconfigured
	}
	defer guard(e.cfg.Method, &err)
	if r.Method != http.MethodPost {
		return nil, 0, autherr.New(e.cfg.Method, autherr.InvalidHTTPMethod, nil)
	}
	readAhead(w, r)
	ctx, cancel := context.WithTimeout(r.Context(), e.cfg.Timeout)
	defer cancel()
	if op != nil {
		op.Context, ctx = ctx, op
	}
	reply, err := e.serve(r.WithContext(ctx))
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
