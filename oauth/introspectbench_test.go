package oauth_test

import (
	"io"
	"net/http"
	"strings"
	"testing"
)

func BenchmarkIntrospect(b *testing.B) {
	w, s, _ := benchWorld(b)
	body := form("token", w.token(b, clientBody))
	h := s.IntrospectionEndpoint()
	r := &http.Request{Method: "POST", RemoteAddr: "127.0.0.1:1", Header: headers("Content-Type", formType, "Authorization", basic("resource", robotSecret))}
	out := &discard{h: http.Header{}}
	b.ReportAllocs()
	for b.Loop() {
		out.reset()
		r.Body = io.NopCloser(strings.NewReader(body))
		h.ServeHTTP(out, r)
	}
	if out.status != 200 {
		b.Fatal(out.status)
	}
}
