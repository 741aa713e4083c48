package main

import (
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
)

// newRequest returns a request as a server hands it to a handler. It came from the address, and needs no TLS for that one is on this machine.
func newRequest(method, body, address string) *http.Request {
	r := &http.Request{
		Method: method, URL: &url.URL{Path: "/"}, RequestURI: "/", Host: "127.0.0.1", RemoteAddr: address + ":40000",
		Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1, Body: http.NoBody, Header: http.Header{"User-Agent": {"attack"}},
	}
	if body != "" {
		r.Body, r.ContentLength = io.NopCloser(strings.NewReader(body)), int64(len(body))
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	return r
}

const localhost = "127.0.0.1"

// get returns a request for a page with a Basic credential.
func get(user, password string) *http.Request { return getFrom(localhost, user, password) }

func getFrom(address, user, password string) *http.Request {
	r := newRequest(http.MethodGet, "", address)
	r.SetBasicAuth(user, password)
	return r
}

// post returns a form with a Basic credential, if there is a user.
func post(user, password string, parameters ...string) *http.Request {
	form := url.Values{}
	for i := 0; i < len(parameters); i += 2 {
		form.Set(parameters[i], parameters[i+1])
	}
	r := newRequest(http.MethodPost, form.Encode(), localhost)
	if user != "" {
		r.SetBasicAuth(user, password)
	}
	return r
}

// anAddress returns the n-th of many addresses of this machine.
func anAddress(n int) string {
	n += 2 // 127.0.0.1 is for everybody else
	return fmt.Sprintf("127.%d.%d.%d", n>>16&0xff, n>>8&0xff, n&0xff)
}
