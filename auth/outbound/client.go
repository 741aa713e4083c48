// Package outbound asks other servers: for their keys, and what they know of a token. It is the one place where requests leave this library, and
// what all of them have in common is here: to whom they may go, how long they may take, how much is read, and what an error may tell.
//
// A request goes over https, or to this machine, or says by a field that it does not mind. No proxy is asked, whatever the environment says. A
// server may send us on within its own origin only, and not at all where a request carries a secret. Everything together, from the connection to
// the last byte, has one deadline; an answer is bounded as it is sent and as it is unpacked.
//
// A call belongs to its [Client] and to no caller's context: it ends with the deadline or with Close, so whoever shares its answer does not
// depend on whoever caused it.
//
// It is for the authenticators of this library that ask somebody, and promises nothing to anybody else.
package outbound

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"reflect"
	"strings"
	"time"
)

// MaxTimeout is the longest that a call may take, and the default.
const MaxTimeout = 5 * time.Second

// Config configures [New].
type Config struct {
	// URL is the absolute address that is asked. Required.
	URL string

	// InsecureAllowHTTP allows http to other hosts than loopback.
	InsecureAllowHTTP bool

	// Transport makes the connections. Nil means connections of our own.
	Transport http.RoundTripper

	// Timeout is for a whole call. Zero means MaxTimeout, which is the most.
	Timeout time.Duration

	// MaxBody is the longest answer in bytes, unpacked. Required.
	MaxBody int64

	// Redirects is how often in a call the server may send us on within its origin. It is zero where requests carry secrets.
	Redirects int

	// Idle is how many connections of our own are kept for the next calls. Zero closes each after its call.
	Idle int
}

// Client asks one server. It is safe for concurrent use.
type Client struct {
	address   string
	name      string
	transport http.RoundTripper // nil: connections of one call each
	loopback  bool              // no other machine may be reached
	timeout   time.Duration
	maxBody   int64
	redirects int
	idle      int
	life      context.Context
	end       context.CancelFunc
}

// Request is what is asked.
type Request struct {
	// Method, Header and Body are those of the HTTP request; Accept-Encoding is added to the header.
	Method string
	Header http.Header
	Body   string

	// Secrets are what no error may repeat, such as the tokens that the request carries. Of fewer than 8 bytes they are none.
	Secrets []string
}

// Answer is what came back.
type Answer struct {
	// Status, Header and Body are those of the HTTP response.
	Status int
	Header http.Header
	Body   []byte // only if Status is 200
}

// New returns a Client, or an error that names the field. The error does not repeat the address, which may hold a password.
func New(cfg Config) (*Client, error) {
	u, err := parseAddress(cfg.URL, cfg.InsecureAllowHTTP)
	switch {
	case err != nil:
		return nil, err
	case isNilPointer(cfg.Transport):
		return nil, wrong("Transport", "is missing: it holds a nil pointer")
	case cfg.Timeout < 0 || cfg.Timeout > MaxTimeout:
		return nil, wrong("Timeout", "is negative or over "+MaxTimeout.String())
	case cfg.MaxBody <= 0:
		return nil, wrong("MaxBody", "is missing")
	case cfg.Timeout == 0:
		cfg.Timeout = MaxTimeout
	}
	c := &Client{
		address: cfg.URL, name: u.Scheme + "://" + u.Host + u.EscapedPath(), transport: cfg.Transport,
		loopback: u.Scheme == "http" && !cfg.InsecureAllowHTTP,
		timeout:  cfg.Timeout, maxBody: cfg.MaxBody, redirects: cfg.Redirects, idle: cfg.Idle,
	}
	c.life, c.end = context.WithCancel(context.Background())
	if c.transport == nil && c.idle > 0 {
		c.transport = Connections(c.life, c.loopback, c.idle)
	}
	return c, nil
}

// isNilPointer reports whether rt holds a nil pointer or function, as a variable does that was never set. It is not nil itself, and would fail at
// the first call.
func isNilPointer(rt http.RoundTripper) bool {
	switch v := reflect.ValueOf(rt); v.Kind() {
	case reflect.Pointer, reflect.Map, reflect.Slice, reflect.Func, reflect.Chan:
		return v.IsNil()
	}
	return false
}

// Name returns the address without its query, for logs.
func (c *Client) Name() string { return c.name }

// Close ends the calls that are under way, and their connections. It does not wait for them. Later calls fail.
func (c *Client) Close() { c.end() }

// Do asks the server. An error says that there was no proper answer, without the query of the address and the secrets of q; it may hold what the
// server sent, so see [Brief].
func (c *Client) Do(q Request) (answer *Answer, err error) {
	ctx, cancel := context.WithTimeout(c.life, c.timeout)
	defer cancel()
	defer func() {
		if v := recover(); v != nil { // in a Transport of the application's
			err = fmt.Errorf("panic: %v", v)
		}
		if err != nil {
			answer, err = nil, explain(ctx, err, q.Secrets)
		}
	}()
	r, err := http.NewRequestWithContext(ctx, q.Method, c.address, strings.NewReader(q.Body))
	if err != nil {
		return nil, err
	}
	for name, values := range q.Header {
		r.Header[name] = values
	}
	r.Header.Set("Accept-Encoding", "gzip")
	// A call only asks, so an http.Transport may send it again when the server has ended a kept connection meanwhile. This tells it so, and no such
	// field is sent.
	r.Header["Idempotency-Key"] = nil
	client := http.Client{Transport: c.transport, CheckRedirect: c.checkRedirect}
	if client.Transport == nil {
		client.Transport = Connections(ctx, c.loopback, 0)
	}
	resp, err := client.Do(r)
	if err != nil {
		return nil, err
	}
	defer resp.Body.Close()
	answer = &Answer{Status: resp.StatusCode, Header: resp.Header}
	if answer.Status == http.StatusOK {
		answer.Body, err = readBody(resp, c.maxBody)
	}
	if c.idle > 0 && err == nil {
		drain(resp.Body)
	}
	return answer, err
}

// explain makes the error of a call: without the address, whose query may be nobody's business, and with the end of the call where that is
// behind it. What is left may be the server's own words, and a server that is not what it should be may repeat what it was sent.
func explain(ctx context.Context, err error, secrets []string) error {
	var u *url.Error
	if errors.As(err, &u) {
		err = u.Err
	}
	if why := ctx.Err(); why != nil && !errors.Is(err, why) { // which closes the connection, and that is what err says
		err = fmt.Errorf("%w: %w", why, err)
	}
	text := err.Error()
	for _, s := range secrets {
		if len(s) >= minSecret && strings.Contains(text, s) {
			return errSecret
		}
	}
	return err
}

const minSecret = 8

var errSecret = errors.New("the error repeats a secret of the request and is not told")
