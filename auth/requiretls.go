package auth

import (
	"net/http"

	autherr "github.com/apiauth-go/apiauth/errors"
)

// RequireTLS returns middleware that refuses with INSECURE_TRANSPORT (403) every request that may not carry secrets by t: what passwords and
// services tokens are checked for anyway, for a whole route. A nil t is the strict default: TLS or loopback only. Of o, which may be nil, it
// uses Renderer, OnError and Events.
//
// A request that is refused has come all the same, and what was in it has been sent in clear text: do not serve HTTP to the world at all where
// you need not. For that reason there is no redirect to HTTPS either, which would make it look as if all were well.
func RequireTLS(t *Transport, o *Options) func(http.Handler) http.Handler {
	if o == nil {
		o = new(Options)
	}
	p := newReporter("RequireTLS", o.Renderer, o.OnError, o.Events, t)
	return p.guard("RequireTLS", func(r *http.Request) error { return t.Check(autherr.MethodAny, r) }, nil)
}

// guard returns middleware that lets those requests pass for which check returns no refusal, whoever sent them. passed, which may be nil, is
// called for them.
func (p *reporter) guard(where string, check func(*http.Request) error, passed func(http.Header)) func(http.Handler) http.Handler {
	return func(next http.Handler) http.Handler {
		if next == nil {
			panic("auth: " + where + ": nil handler")
		}
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			start := p.start()
			if err := check(r); err != nil {
				var e *Event
				if p.events != nil {
					told := p.event(EventAccess, r, start)
					e = &told
				}
				p.refuse(w, r, e, err, nil)
				return
			}
			if passed != nil {
				passed(w.Header())
			}
			next.ServeHTTP(w, r)
		})
	}
}
