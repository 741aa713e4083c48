package main

import (
	"net/http"
	"net/url"
)

// operation does the measured thing once and reports whether it succeeded. It is not called concurrently; i goes up.
type operation func(i int) bool

// client sends the same requests over and over to a handler of its own.
type client struct {
	handler  http.Handler
	requests [users]*http.Request
	writer   discard
	served   bool
}

// newClient returns a client with m's good tokens for a handler behind the middleware.
func newClient(m *material, middleware func(http.Handler) http.Handler) *client {
	c := &client{writer: discard{header: http.Header{}}}
	for i, token := range m.tokens {
		c.requests[i] = newRequest(token)
	}
	c.handler = middleware(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { c.served = true }))
	return c
}

// do is an operation: one request, which succeeds if it reaches the handler.
func (c *client) do(i int) bool {
	c.served = false
	clear(c.writer.header)
	c.handler.ServeHTTP(&c.writer, c.requests[i%users])
	return c.served
}

func newRequest(token string) *http.Request {
	return &http.Request{
		Method: http.MethodGet, URL: &url.URL{Path: "/"}, Host: "api.example.com", RemoteAddr: "127.0.0.1:1",
		Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1, Body: http.NoBody,
		Header: http.Header{"Authorization": {"Bearer " + token}, "Accept": {"application/json"}, "User-Agent": {"bench"}},
	}
}

// discard is a ResponseWriter that costs nothing.
type discard struct {
	header http.Header
	status int
}

func (d *discard) Header() http.Header         { return d.header }
func (d *discard) Write(p []byte) (int, error) { return len(p), nil }
func (d *discard) WriteHeader(status int)      { d.status = status }
