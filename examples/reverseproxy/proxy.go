package main

import (
	"errors"
	"log"
	"net"
	"net/http"
	"net/http/httputil"
	"net/url"
	"strings"
	"time"

	"github.com/apiauth-go/apiauth/auth"
	autherr "github.com/apiauth-go/apiauth/errors"
)

// newProxy returns a handler that lets those through to the service at upstream whom a knows, and tells it who they are.
func newProxy(a auth.Authenticator, upstream *url.URL) http.Handler {
	transport := http.DefaultTransport.(*http.Transport).Clone()
	transport.Proxy = nil                              // straight to the service, whatever the environment says
	transport.ResponseHeaderTimeout = 30 * time.Second // until the answer begins; it may then last
	proxy := &httputil.ReverseProxy{
		Rewrite:        func(pr *httputil.ProxyRequest) { rewrite(pr, upstream) },
		ModifyResponse: keepPrivate,
		ErrorHandler:   badGateway,
		Transport:      transport,
		FlushInterval:  -1, // pass on at once what the service sends
	}
	isPart := strings.Trim(upstream.Path, "/") != "" // of a server
	return auth.Require(a, nil)(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if isPart && climbs(r.URL.Path) {
			autherr.Respond(w, r, nil, autherr.New(autherr.MethodAny, autherr.InvalidRequest, errors.New("the path leads out of the service")))
			return
		}
		w.Header().Del("Cache-Control") // that of Require: ReverseProxy would add the service's to it. keepPrivate makes one of both.
		proxy.ServeHTTP(w, r)
	}))
}

// climbs reports whether a path has a step upwards, in any spelling that a server takes for one. ReverseProxy passes it on as it is.
func climbs(path string) bool {
	for step := range strings.FieldsFuncSeq(path, func(c rune) bool { return c == '/' || c == '\\' }) {
		if step, _, _ = strings.Cut(step, ";"); step == ".." {
			return true
		}
	}
	return false
}

// rewrite prepares the request for the service. It has to be Rewrite and not Director: what a client names in its Connection field is removed
// before Rewrite is called and after Director, so that "Connection: X-Remote-User" would take away what we set.
func rewrite(pr *httputil.ProxyRequest, upstream *url.URL) {
	id, ok := auth.FromContext(pr.In.Context())
	if !ok {
		panic("reverseproxy: a request that did not come through Require") // never without an identity: the service believes us
	}
	pr.SetURL(upstream)
	pr.Out.URL.User = nil
	pr.Out.Trailer = nil // fields that come after the body, when it is too late to look at them
	keepWebSocketOnly(pr.Out.Header)
	strip(pr.Out.Header)
	pr.SetXForwarded()
	setIdentity(pr.Out.Header, id)
}

// keepWebSocketOnly lets nobody change to another protocol. With HTTP/2 (h2c), or any in which there are requests again, the client would speak to
// the service past us from then on, and say who he is as he likes.
func keepWebSocketOnly(h http.Header) {
	h.Del("HTTP2-Settings")
	if !strings.EqualFold(h.Get("Upgrade"), "websocket") { // there is one at most by now
		h.Del("Upgrade")
		h.Del("Connection")
	}
}

// badGateway answers for a service that does not, in the shape of all other errors.
func badGateway(w http.ResponseWriter, r *http.Request, err error) {
	if r.Context().Err() != nil {
		panic(http.ErrAbortHandler) // the client is gone: nobody to tell
	}
	log.Printf("%s %q: %v", r.Method, r.URL.Path, err)
	answer := &autherr.Error{Code: "BAD_GATEWAY", Status: http.StatusBadGateway, Text: "The service does not answer.", Cause: err}
	if e, ok := errors.AsType[net.Error](err); ok && e.Timeout() {
		answer.Code, answer.Status, answer.Text = "GATEWAY_TIMEOUT", http.StatusGatewayTimeout, "The service does not answer in time."
	}
	autherr.Respond(w, r, nil, answer)
}
