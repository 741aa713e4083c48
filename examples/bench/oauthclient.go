package main

import (
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
)

// tokenClient sends the same request over and over, each time with another of many tokens, to a handler of its own.
type tokenClient struct {
	handler       http.Handler
	request       *http.Request
	authorization []string // the field of the request
	values        []string
	writer        discard
	served        bool
}

func newTokenClient(tokens []string, middleware func(http.Handler) http.Handler) *tokenClient {
	c := &tokenClient{writer: discard{header: http.Header{}}, request: newRequest("")}
	c.authorization = c.request.Header["Authorization"]
	for _, token := range shuffled(tokens) {
		c.values = append(c.values, "Bearer "+token)
	}
	c.handler = middleware(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { c.served = true }))
	return c
}

// do is an operation: one request, which succeeds if it reaches the handler.
func (c *tokenClient) do(i int) bool {
	c.served = false
	clear(c.writer.header)
	c.authorization[0] = c.values[i%len(c.values)]
	c.handler.ServeHTTP(&c.writer, c.request)
	return c.served
}

// asksPerRound is how many tokens are asked for in a round at most. All but those with a slow hash reach it, so that no store grows larger
// than another.
const asksPerRound = 1000

// asker asks a contender for tokens. Each round begins with an empty store.
type asker struct {
	material  *authMaterial
	contender authContender
	handler   http.Handler
	request   http.Request
	body      string
}

func newAsker(m *authMaterial, c authContender) *asker {
	body := m.form(m.secret)
	return &asker{material: m, contender: c, request: *newTokenRequest(body), body: body}
}

func (a *asker) renew() error {
	server, err := a.contender.serve(a.material)
	if err != nil {
		return err
	}
	a.handler = server.endpoint
	return nil
}

// do is an operation: one request for a token, which succeeds if the answer says so.
func (a *asker) do(int) bool {
	r := a.request // servers write what they have parsed into it
	r.Body = io.NopCloser(strings.NewReader(a.body))
	w := httptest.NewRecorder()
	a.handler.ServeHTTP(w, &r)
	return w.Code == http.StatusOK
}

func newTokenRequest(body string) *http.Request {
	return &http.Request{
		Method: http.MethodPost, URL: &url.URL{Path: "/token"}, Host: "api.example.com", RemoteAddr: "127.0.0.1:1",
		Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1, Body: io.NopCloser(strings.NewReader(body)), ContentLength: int64(len(body)),
		Header: http.Header{"Content-Type": {"application/x-www-form-urlencoded"}, "Accept": {"application/json"}, "User-Agent": {"bench"}},
	}
}
