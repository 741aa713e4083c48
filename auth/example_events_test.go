package auth_test

import (
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"time"

	"github.com/apiauth-go/apiauth/auth"
	"github.com/apiauth-go/apiauth/store"
	"github.com/apiauth-go/apiauth/store/memstore"
)

// exampleLogger writes to the standard output without times, which differ.
func exampleLogger() *slog.Logger {
	return slog.New(slog.NewTextHandler(os.Stdout, &slog.HandlerOptions{ReplaceAttr: func(_ []string, a slog.Attr) slog.Attr {
		if a.Key == slog.TimeKey || a.Key == "duration" {
			return slog.Attr{}
		}
		return a
	}}))
}

// visit sends a request over TLS from an address and prints the status.
func visit(h http.Handler, address, target string, set func(*http.Request)) {
	r := httptest.NewRequest("GET", "https://api.example"+target, nil)
	r.RemoteAddr = address + ":40000"
	if set != nil {
		set(r)
	}
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	fmt.Println(w.Code)
}

// Log what is refused.
func ExampleNewSlogSink() {
	sink, err := auth.NewSlogSink(exampleLogger(), nil)
	if err != nil {
		panic(err)
	}
	defer sink.Flush()
	protected := auth.Require(exampleBasic(exampleUsers()), &auth.Options{Events: sink})(http.HandlerFunc(hello))

	visit(protected, "192.0.2.7", "/node/1?page=2", func(r *http.Request) { r.SetBasicAuth("my_username", "wrong") })
	// Output:
	// level=WARN msg=auth kind=authentication outcome=invalid_credentials method=basic user=anonymous address=192.0.2.7 http_method=GET path=/node/1 status=401 code=INVALID_CREDENTIALS cause="password mismatch"
	// 401
}

// Keep an audit log and a log for people.
func ExampleNewAuditSink() {
	db, err := memstore.New(nil) // or a database
	if err != nil {
		panic(err)
	}
	audit, err := auth.NewAuditSink(db, &auth.BufferOptions{
		OnLoss: func(n int, cause error) { slog.Error("audit records lost", "n", n, "cause", cause) },
	})
	if err != nil {
		panic(err)
	}
	log, err := auth.NewSlogSink(slog.New(slog.DiscardHandler), nil)
	if err != nil {
		panic(err)
	}
	protected := auth.Require(exampleBasic(exampleUsers()), &auth.Options{Events: auth.MultiSink(audit, log)})(http.HandlerFunc(hello))
	visit(protected, "192.0.2.7", "/node/1", func(r *http.Request) { r.SetBasicAuth("my_username", "topsecret") })
	visit(protected, "203.0.113.5", "/node/1", func(r *http.Request) { r.SetBasicAuth("my_username", "wrong") })

	// Before the program ends, when the server has been shut down:
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	if err := audit.Close(ctx); err != nil {
		panic(err)
	}
	records, err := db.ListAudit(ctx, store.AuditFilter{}, 10)
	if err != nil {
		panic(err)
	}
	for _, r := range records {
		fmt.Println(r.User, r.Address, r.HTTPMethod, r.Path, r.Method, r.Outcome, r.Status)
	}
	// Output:
	// 200
	// 401
	// anonymous 203.0.113.5 GET /node/1 basic invalid_credentials 401
	// my_username 192.0.2.7 GET /node/1 basic success 0
}

// Put a buffer before a sink that may take its time, and let only some events through.
func ExampleNewBufferedSink() {
	slow := auth.EventFunc(func(_ context.Context, e auth.Event) error {
		fmt.Println("mail to the operator:", e.Outcome, "from", e.Address) // which takes a while, and may fail
		return nil
	})
	buffer, err := auth.NewBufferedSink(slow, &auth.BufferOptions{Size: 100})
	if err != nil {
		panic(err)
	}
	blocked := auth.EventFunc(func(ctx context.Context, e auth.Event) error {
		if e.Outcome != auth.OutcomeIPBlocked {
			return nil
		}
		return buffer.Record(ctx, e)
	})
	prefixes, err := auth.ParsePrefixes("192.0.2.0/24, 2001:db8::/32")
	if err != nil {
		panic(err)
	}
	office, err := auth.NewAddressFilter(auth.AddressFilterConfig{Allow: prefixes, Events: blocked})
	if err != nil {
		panic(err)
	}
	visit(office(http.HandlerFunc(hello)), "203.0.113.5", "/", nil)
	if err := buffer.Close(context.Background()); err != nil {
		panic(err)
	}
	// Unordered output:
	// 403
	// mail to the operator: ip_blocked from 203.0.113.5
}

// Let only some addresses in, which come through a proxy.
func ExampleNewAddressFilter() {
	parse := func(list string) *auth.AddressFilterConfig {
		prefixes, err := auth.ParsePrefixes(list)
		if err != nil {
			panic(err)
		}
		return &auth.AddressFilterConfig{Allow: prefixes}
	}
	proxies, err := auth.NewTransport(auth.TransportConfig{TrustedProxies: parse("10.0.0.0/8").Allow})
	if err != nil {
		panic(err)
	}
	cfg := parse("192.0.2.7, 198.51.100.0/24")
	cfg.Transport = proxies
	office, err := auth.NewAddressFilter(*cfg)
	if err != nil {
		panic(err)
	}
	h := office(http.HandlerFunc(hello))

	visit(h, "192.0.2.7", "/", nil)
	visit(h, "203.0.113.5", "/", func(r *http.Request) { r.Header.Set("X-Forwarded-For", "192.0.2.7") }) // a stranger, who may say what he likes
	visit(h, "10.1.2.3", "/", func(r *http.Request) { r.Header.Set("X-Forwarded-For", "203.0.113.5, 198.51.100.9") })
	// Output:
	// 200
	// 403
	// 200
}

// Errors of a list name the entry.
func ExampleParsePrefixes() {
	prefixes, err := auth.ParsePrefixes("192.0.2.7, 198.51.100.9/24, 2001:db8::1")
	fmt.Println(prefixes, err)
	_, err = auth.ParsePrefixes("192.0.2.7, 198.51.100.0/33")
	fmt.Println(err)
	// Output:
	// [192.0.2.7/32 198.51.100.0/24 2001:db8::1/128] <nil>
	// auth: ParsePrefixes: entry 2, "198.51.100.0/33": neither an IP address nor a prefix such as 192.0.2.0/24
}

// Refuse clear text on a route, whatever it is protected by.
func ExampleRequireTLS() {
	h := auth.RequireTLS(nil, nil)(http.HandlerFunc(hello))

	visit(h, "192.0.2.7", "/", nil)
	visit(h, "192.0.2.7", "/", func(r *http.Request) { r.TLS = nil })
	// Output:
	// 200
	// 403
}

// Say by path who may do what. The first rule that matches decides; what none matches is denied.
func ExampleNewPathRoles() {
	rules, err := auth.NewPathRoles(auth.PathRolesConfig{Rules: []auth.PathRule{
		{Pattern: "/admin/*", Roles: []string{"admin"}},
		{Pattern: "/node/*/edit", Roles: []string{"admin", "editor"}},
		{Pattern: "/node/*", AnyUser: true},
	}})
	if err != nil {
		panic(err)
	}
	editor := authFunc(func(*http.Request) (*auth.Identity, error) {
		return &auth.Identity{UserID: "1", Name: "my_username", Roles: []string{"editor"}}, nil
	})
	h := auth.Require(editor, nil)(rules(http.HandlerFunc(hello)))

	visit(h, "192.0.2.7", "/node/1/edit", nil)
	visit(h, "192.0.2.7", "/admin/users", nil)
	visit(h, "192.0.2.7", "//admin/users/", nil)         // the same path
	visit(h, "192.0.2.7", "/node/..%2fadmin/users", nil) // who knows who reads that as what
	visit(h, "192.0.2.7", "/other", nil)
	// Output:
	// 200
	// 403
	// 403
	// 400
	// 403
}
