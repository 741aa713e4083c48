package oauth

import (
	"context"
	"encoding/base64"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/url"
	"slices"
	"time"

	"github.com/apiauth-go/apiauth/auth"
	"github.com/apiauth-go/apiauth/auth/outbound"
	autherr "github.com/apiauth-go/apiauth/errors"
	"github.com/apiauth-go/apiauth/store"
)

// IntrospectionConfig configures [NewIntrospectionVerifier]. It prints without its secrets.
type IntrospectionConfig struct {
	// URL is the absolute address of the other server's introspection endpoint. Its scheme is https, or http for a loopback address. User information
	// in it is an error. Required.
	URL string

	// ClientID and ClientSecret are with what this service authenticates to the other server: a Basic credential, encoded as RFC 6749 section 2.3.1
	// has it. Required.
	ClientID     string
	ClientSecret string

	// Audience are the names under which this service is known to the other server: the answer's aud must be or have one of them, exactly. An answer
	// without aud is refused. Required unless SkipAudience is set.
	Audience []string

	// SkipAudience leaves it to the other server whether a token is meant for this service. It must find that out if its tokens are for certain
	// services only (RFC 7662 section 4), but many servers call every token active that they have issued, whoever asks: then a token that somebody gave to
	// any other service opens this one. Set it if the other server's manual says better, or if a scope of RequireScope is given for this service only.
	SkipAudience bool

	// Issuer is the exact iss of the answer, if it is set: for a server that speaks for several.
	Issuer string

	// Users are the accounts. Each token's user is looked up with each request, whatever is remembered of the token, so blocking and deleting him, and
	// new roles, work at once. Required.
	Users store.UserStore

	// UsernameClaim is the member of the answer that holds the name of the user here ("Username Attribute"), such as "username". Whoever can choose
	// that name at the other server, or one that Users takes for the same, can be that user here. Required unless MapUser is set.
	UsernameClaim string

	// MapUser returns the ID of the user for whom a token acts, in place of UsernameClaim. store.ErrNotFound, or an empty ID, refuses the token; any
	// other error is an outage (503). It is called with each request, concurrently.
	MapUser func(ctx context.Context, answer *ExternalAnswer) (userID string, err error)

	// Scopes are those scopes of the other server that mean here what they mean there. Identities get no others: what "write" allows at another server
	// may be something else.
	Scopes []string

	// Realm is shown in the challenge. Required.
	Realm string

	// Header is a header field that is read when Authorization is absent, in the same form: Bearer and the token. Empty means none.
	Header string

	// Application is the id of the application that identities carry. Empty means none; auth.ByHeader sets its own.
	Application string

	// AcceptJWTs claims JSON Web Tokens too, for a server whose tokens are such. The verifiers of package jwt claim them otherwise, so do not use it in
	// one chain with them.
	AcceptJWTs bool

	// AcceptOwnShape claims tokens in the shape of the access tokens of this package too, for another server that uses it. Do not use it in one chain
	// with a [Verifier].
	AcceptOwnShape bool

	// MaxToken is the longest token in bytes that is claimed. Zero means DefaultMaxExternalToken.
	MaxToken int

	// CacheTTL is how long the answer about a good token is used again, counted from the question. A token that is revoked at the other server works here
	// for that much longer; one that has expired does not. Zero means not at all: each request is a call. At most MaxCacheTTL.
	CacheTTL time.Duration

	// CacheTokens is how many answers are remembered. Zero means DefaultCacheTokens. An answer takes about 300 bytes and, with MapUser, its length and
	// 100 bytes for each member; longer ones than 4 KiB are not remembered.
	CacheTokens int

	// MaxCalls is how many calls to the other server may be under way. Requests with further tokens are answered with 503 at once. Requests with the same
	// token share a call. Zero means DefaultMaxCalls.
	MaxCalls int

	// Timeout is how long a call may take in all. Zero means 5 seconds, which is the most.
	Timeout time.Duration

	// Transport makes the connections, for a proxy or for certificates of one's own. It must heed the request's context, and sees the ClientSecret and the
	// tokens. Nil means connections of our own that use no proxy, whatever the environment says.
	Transport http.RoundTripper

	// InsecureAllowHTTP allows http to other hosts than loopback: whoever is on the way can then read the secret and all tokens, and make any token good.
	InsecureAllowHTTP bool
}

// IntrospectionVerifier authenticates by the access tokens of another server, which it asks about them (RFC 7662). Make one with
// [NewIntrospectionVerifier] and end it with Close. It is safe for concurrent use.
//
// It claims every Bearer credential that can be a token (RFC 6750 section 2.1) but those that have the shape of one of ours or of a JSON Web Token.
// Two servers' tokens cannot be told apart by their looks, so a chain can hold one such verifier only; [auth.ByHeader] offers several.
//
// The refusals are INVALID_ACCESS_TOKEN for a token that is not active, not for this service, bound to a key, or whose user is unknown or blocked; and
// TOKEN_EXPIRED if the other server calls it active although its exp has passed. Whether an inactive token has expired is not known. Whatever keeps
// the other server from giving a proper answer is SERVICE_UNAVAILABLE and wraps [ErrExternalUnavailable], also when it does not accept the ClientID
// and ClientSecret: that is no fault of the token.
//
// Identities have no ClientID: another server's client is no client of ours. They have those scopes of the token that are among Scopes.
//
// Each invented token costs the other server a call, of which no more than MaxCalls are under way at a time. While strangers use them up, only
// tokens that are remembered (CacheTTL) work.
type IntrospectionVerifier struct{ external *external }

// NewIntrospectionVerifier returns a verifier, or an error that names the field that is missing or wrong.
func NewIntrospectionVerifier(cfg IntrospectionConfig) (*IntrospectionVerifier, error) {
	x, err := newIntrospection(cfg)
	if err != nil {
		return nil, fmt.Errorf("oauth: NewIntrospectionVerifier: %w", err)
	}
	return &IntrospectionVerifier{x}, nil
}

func newIntrospection(cfg IntrospectionConfig) (*external, error) {
	switch {
	case cfg.ClientID == "":
		return nil, wrongSetting("ClientID", "is missing")
	case cfg.ClientSecret == "":
		return nil, wrongSetting("ClientSecret", "is missing")
	case len(cfg.Audience) == 0 && !cfg.SkipAudience:
		return nil, wrongSetting("Audience", "is missing; see SkipAudience")
	case len(cfg.Audience) > 0 && cfg.SkipAudience:
		return nil, wrongSetting("Audience", "and SkipAudience contradict each other")
	case slices.Contains(cfg.Audience, ""):
		return nil, wrongSetting("Audience", "has an empty name")
	}
	for _, s := range cfg.Scopes {
		if !auth.IsScope(s) {
			return nil, wrongSetting("Scopes", fmt.Sprintf("holds %q, which is not a scope", s))
		}
	}
	x, err := newExternal(externalConfig{
		server: outbound.Config{URL: cfg.URL, InsecureAllowHTTP: cfg.InsecureAllowHTTP, Transport: cfg.Transport, Timeout: cfg.Timeout},
		users:  cfg.Users, naming: "UsernameClaim", member: cfg.UsernameClaim, mapUser: cfg.MapUser,
		realm: cfg.Realm, header: cfg.Header, app: cfg.Application, jwts: cfg.AcceptJWTs, ownShape: cfg.AcceptOwnShape,
		maxToken: cfg.MaxToken, maxCalls: cfg.MaxCalls, cacheTTL: cfg.CacheTTL, cacheTokens: cfg.CacheTokens,
	})
	if err != nil {
		return nil, err
	}
	x.ask = introspect(cfg.ClientID, cfg.ClientSecret)
	x.read = (&introspection{
		audience: slices.Clone(cfg.Audience), issuer: cfg.Issuer, scopes: slices.Clone(cfg.Scopes), username: cfg.UsernameClaim,
	}).read
	return x, nil
}

// introspect returns what asks about a token (RFC 7662 section 2.1).
func introspect(clientID, secret string) func(token string) outbound.Request {
	pair := base64.StdEncoding.EncodeToString([]byte(url.QueryEscape(clientID) + ":" + url.QueryEscape(secret)))
	header := headerWith("Basic " + pair)
	header["Content-Type"] = []string{mediaForm}
	return func(token string) outbound.Request {
		escaped := url.QueryEscape(token)
		return outbound.Request{
			Method:  http.MethodPost,
			Header:  header,
			Body:    "token=" + escaped + "&token_type_hint=access_token",
			Secrets: []string{token, escaped, pair, secret, url.QueryEscape(secret)},
		}
	}
}

// Authenticate implements [auth.Authenticator].
func (v *IntrospectionVerifier) Authenticate(r *http.Request) (*auth.Identity, error) {
	return v.core().authenticate(r)
}

// Challenges implements [auth.Challenger].
func (v *IntrospectionVerifier) Challenges() []autherr.Challenge { return v.core().challenges() }

// CredentialHeaders implements [auth.HeaderReader].
func (v *IntrospectionVerifier) CredentialHeaders() []string { return v.core().headers() }

// Close ends the calls that are under way and waits for them. Nothing goes on afterwards, and every token is answered with 503. It may be called more
// than once. The error is always nil.
func (v *IntrospectionVerifier) Close() error { return v.core().close() }

// String describes the verifier by the address that it asks, without the query.
func (v *IntrospectionVerifier) String() string { return v.core().describe("IntrospectionVerifier") }

// GoString is String.
func (v *IntrospectionVerifier) GoString() string { return v.String() }

// Format prints String for every verb.
func (v *IntrospectionVerifier) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, v.String()) }

func (v *IntrospectionVerifier) core() *external {
	if v == nil {
		return nil
	}
	return v.external
}

// String tells the client that asks.
func (c IntrospectionConfig) String() string {
	return fmt.Sprintf("oauth.IntrospectionConfig(ClientID %q)", c.ClientID)
}

// GoString is String.
func (c IntrospectionConfig) GoString() string { return c.String() }

// Format prints String for every verb.
func (c IntrospectionConfig) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, c.String()) }

// LogValue is String.
func (c IntrospectionConfig) LogValue() slog.Value { return slog.StringValue(c.String()) }

// MarshalText is String, which is what encoding/json writes.
func (c IntrospectionConfig) MarshalText() ([]byte, error) { return []byte(c.String()), nil }
