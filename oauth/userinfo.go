package oauth

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"time"

	"github.com/apiauth-go/apiauth/auth"
	"github.com/apiauth-go/apiauth/auth/outbound"
	autherr "github.com/apiauth-go/apiauth/errors"
	"github.com/apiauth-go/apiauth/store"
)

// UserInfoConfig configures [NewUserInfoVerifier].
type UserInfoConfig struct {
	// URL is the absolute address of the identity provider's user-info endpoint. Its scheme is https, or http for a loopback address. User information
	// in it is an error. Required.
	URL string

	// InsecureAnyClient must be set. A user-info endpoint tells whose token it is and not for whom it was issued: every program that one of the
	// provider's users has ever signed in to, honest or not, holds a token of his that opens this service. Where the provider has an
	// introspection endpoint or publishes its keys, use [NewIntrospectionVerifier] or package jwt.
	InsecureAnyClient bool

	// UsernameAttribute is the member of the answer that holds the name of the user here ("Username Attribute"), such as "preferred_username", at the top
	// level. Whoever can choose that name at the provider, or one that Users takes for the same, can be that user here. Required unless MapUser is set.
	UsernameAttribute string

	// MapUser returns the ID of the user whom an answer describes, in place of UsernameAttribute. store.ErrNotFound, or an empty ID, refuses the token; any
	// other error is an outage (503). It is called with each request, concurrently.
	MapUser func(ctx context.Context, answer *ExternalAnswer) (userID string, err error)

	// Users are the accounts. The user is looked up with each request, whatever is remembered of the token, so blocking and deleting him, and new
	// roles, work at once. Required.
	Users store.UserStore

	// Realm is shown in the challenge. Required.
	Realm string

	// Header is a header field that is read when Authorization is absent, in the same form: Bearer and the token. Empty means none.
	Header string

	// Application is the id of the application that identities carry. Empty means none; auth.ByHeader sets its own.
	Application string

	// AcceptJWTs claims JSON Web Tokens too, which the access tokens of many providers are. The verifiers of package jwt claim them otherwise, so do not
	// use it in one chain with them.
	AcceptJWTs bool

	// AcceptOwnShape claims tokens in the shape of the access tokens of this package too, for a provider that uses it. Do not use it in one chain with
	// a [Verifier].
	AcceptOwnShape bool

	// MaxToken is the longest token in bytes that is claimed. Zero means DefaultMaxExternalToken.
	MaxToken int

	// CacheTTL is how long the answer about a good token is used again, counted from the question. A token that expires or is revoked at the provider works
	// here for that much longer: user-info endpoints do not say when a token ends. Zero means not at all: each request is a call. At most
	// MaxCacheTTL.
	CacheTTL time.Duration

	// CacheTokens, MaxCalls and Timeout are as in [IntrospectionConfig].
	CacheTokens int
	MaxCalls    int
	Timeout     time.Duration

	// Transport makes the connections, as in [IntrospectionConfig]. It sees the tokens.
	Transport http.RoundTripper

	// InsecureAllowHTTP allows http to other hosts than loopback: whoever is on the way can then read all tokens and make any token good.
	InsecureAllowHTTP bool
}

// UserInfoVerifier authenticates by the access tokens of an identity provider, which it asks for their users (OpenID Connect Core section 5.3, and
// similar endpoints of others). Make one with [NewUserInfoVerifier] and end it with Close. It is safe for concurrent use.
//
// See [UserInfoConfig.InsecureAnyClient] for what such an endpoint cannot tell. It claims what an [IntrospectionVerifier] claims, so a chain can hold only
// one of them.
//
// The refusal is INVALID_ACCESS_TOKEN for a token that the provider does not accept (status 401, or 400 or 403 with a challenge), that names no user,
// or whose user is unknown here or blocked. Whatever keeps the provider from giving a proper answer is SERVICE_UNAVAILABLE and wraps
// [ErrExternalUnavailable]; so is a 400 or 403 without a challenge, with which providers and what stands before them turn away who asks too often.
// Identities have no scopes, no ClientID and no end.
type UserInfoVerifier struct{ external *external }

// NewUserInfoVerifier returns a verifier, or an error that names the field that is missing or wrong.
func NewUserInfoVerifier(cfg UserInfoConfig) (*UserInfoVerifier, error) {
	x, err := newUserInfo(cfg)
	if err != nil {
		return nil, fmt.Errorf("oauth: NewUserInfoVerifier: %w", err)
	}
	return &UserInfoVerifier{x}, nil
}

func newUserInfo(cfg UserInfoConfig) (*external, error) {
	if !cfg.InsecureAnyClient {
		return nil, wrongSetting("InsecureAnyClient", "is not set: a user-info endpoint does not tell for whom a token was issued")
	}
	x, err := newExternal(externalConfig{
		server: outbound.Config{URL: cfg.URL, InsecureAllowHTTP: cfg.InsecureAllowHTTP, Transport: cfg.Transport, Timeout: cfg.Timeout},
		users:  cfg.Users, naming: "UsernameAttribute", member: cfg.UsernameAttribute, mapUser: cfg.MapUser,
		realm: cfg.Realm, header: cfg.Header, app: cfg.Application, jwts: cfg.AcceptJWTs, ownShape: cfg.AcceptOwnShape,
		maxToken: cfg.MaxToken, maxCalls: cfg.MaxCalls, cacheTTL: cfg.CacheTTL, cacheTokens: cfg.CacheTokens,
	})
	if err != nil {
		return nil, err
	}
	x.ask = func(token string) outbound.Request {
		return outbound.Request{Method: http.MethodGet, Header: headerWith("Bearer " + token), Secrets: []string{token}}
	}
	x.read = func(answer *outbound.Answer) (*known, error) { return readUserInfo(answer, cfg.UsernameAttribute) }
	return x, nil
}

var errNotAccepted = refusal(autherr.InvalidAccessToken, "the identity provider does not accept the token")

// readUserInfo returns whom an answer describes.
func readUserInfo(answer *outbound.Answer, attribute string) (*known, error) {
	switch answer.Status {
	case http.StatusOK:
	case http.StatusUnauthorized:
		return nil, errNotAccepted
	case http.StatusBadRequest, http.StatusForbidden: // which need not be about the token, unless they say so (RFC 6750 section 3.1)
		if answer.Header.Get("WWW-Authenticate") != "" {
			return nil, errNotAccepted
		}
		fallthrough
	default:
		return nil, fmt.Errorf("status %d", answer.Status)
	}
	a, err := readAnswer(answer)
	if err != nil {
		return nil, err
	}
	var k known
	if err := k.named(a, attribute); err != nil {
		return nil, err
	}
	return &k, nil
}

// Authenticate implements [auth.Authenticator].
func (v *UserInfoVerifier) Authenticate(r *http.Request) (*auth.Identity, error) {
	return v.core().authenticate(r)
}

// Challenges implements [auth.Challenger].
func (v *UserInfoVerifier) Challenges() []autherr.Challenge { return v.core().challenges() }

// CredentialHeaders implements [auth.HeaderReader].
func (v *UserInfoVerifier) CredentialHeaders() []string { return v.core().headers() }

// Close ends the calls that are under way and waits for them. Nothing goes on afterwards, and every token is answered with 503. It may be called more
// than once. The error is always nil.
func (v *UserInfoVerifier) Close() error { return v.core().close() }

// String describes the verifier by the address that it asks, without the query.
func (v *UserInfoVerifier) String() string { return v.core().describe("UserInfoVerifier") }

// GoString is String.
func (v *UserInfoVerifier) GoString() string { return v.String() }

// Format prints String for every verb.
func (v *UserInfoVerifier) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, v.String()) }

func (v *UserInfoVerifier) core() *external {
	if v == nil {
		return nil
	}
	return v.external
}
