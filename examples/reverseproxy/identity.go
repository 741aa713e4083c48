package main

import (
	"net/http"
	"net/url"
	"strings"

	"github.com/apiauth-go/apiauth/auth"
)

// The fields in which the service behind the proxy finds who is calling. Values are percent-encoded UTF-8 (url.PathEscape): a name may have any
// character, and a header field may not. Of a list, each member is encoded, and commas stand between them.
const (
	fieldUser   = "X-Remote-User"
	fieldUserID = "X-Remote-User-Id"
	fieldRoles  = "X-Remote-Roles"
)

// setIdentity says in h who is calling. h must have been through strip.
func setIdentity(h http.Header, id *auth.Identity) {
	h.Set(fieldUser, url.PathEscape(id.Name))
	h.Set(fieldUserID, url.PathEscape(id.UserID))
	roles := make([]string, len(id.Roles))
	for i, role := range id.Roles {
		roles[i] = url.PathEscape(role)
	}
	h.Set(fieldRoles, strings.Join(roles, ","))
}

// stripped are the fields that a client's request loses on its way: credentials, which are none of the service's business, and whatever
// a service could take for the word of a proxy. A name that ends with a hyphen stands for all that begin so.
var stripped = []string{
	"authorization", "proxy-authorization", "api-key", "auth-method",
	"x-remote-", "remote-", // ours, and those of other proxies
	"x-forwarded-", "forwarded", "x-real-ip", "true-client-ip", // set anew by ReverseProxy, or not at all
	"x-auth-request-", "x-authenticated-", "x-auth-user", "x-webauth-", "x-user", "x-user-", "x-client-cert", "x-client-cert-", "x-ssl-", "ssl-client-",
}

// strip removes them in every spelling.
func strip(h http.Header) {
	for name := range h {
		if isStripped(name) {
			delete(h, name)
		}
	}
}

func isStripped(name string) bool {
	name = spelling(name)
	for _, s := range stripped {
		if name == s || strings.HasSuffix(s, "-") && strings.HasPrefix(name, s) {
			return true
		}
	}
	return false
}

// spelling returns the name as the least careful reader sees it. CGI and what came after it (WSGI, Rack, PHP) write names in capitals with
// underscores, so that X_Remote_User, x-remote-user and, with some servers, X.Remote.User are all HTTP_X_REMOTE_USER.
func spelling(name string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case 'a' <= r && r <= 'z', '0' <= r && r <= '9':
			return r
		case 'A' <= r && r <= 'Z':
			return r + 'a' - 'A'
		}
		return '-'
	}, name)
}
