package auth

import (
	"errors"
	"fmt"
	"net/http"

	autherr "github.com/apiauth-go/apiauth/errors"
	"github.com/apiauth-go/apiauth/store"
)

// BasicConfig configures [NewBasic].
type BasicConfig struct {
	// Login checks the passwords. Required.
	Login *Login

	// Realm is shown in the challenge. Required.
	Realm string

	// Header is a header field that is read when Authorization is absent, for clients behind something that takes Authorization
	// for itself. Empty means none.
	Header string

	// Method is in whose words refusals are told. The zero value is MethodBasic; endpoints that take a password in this form use MethodIDToken, MethodRevoke and
	// MethodServiceToken.
	Method autherr.Method
}

// Basic authenticates by user name and password, sent as a Basic credential (RFC 7617).
//
// It claims every Basic credential but those with the shape of a services token or of an API key of ours.
type Basic struct {
	login      *Login
	header     string
	method     autherr.Method
	words      basicWords
	challenge  autherr.Challenge
	absent     error
	scheme     error
	shape      error
	configured bool
}

// basicWords are the codes in which a method tells what is wrong with a Basic credential. An empty one leaves the case to
// the password check.
type basicWords struct {
	absent, scheme, malformed, noName, noPassword autherr.Code
	revealBlocked                                 bool
}

var basicMethods = map[autherr.Method]basicWords{
	autherr.MethodBasic: {
		absent: autherr.MissingAuthorizationHeader, scheme: autherr.InvalidAuthorizationHeaderTokenType,
		malformed: autherr.IncompleteRequest, noName: autherr.MissingUsername, revealBlocked: true,
	},
	autherr.MethodIDToken: {
		absent: autherr.MissingAuthorizationHeader, scheme: autherr.InvalidAuthorizationHeaderTokenType,
		malformed: autherr.IncompleteRequest, noName: autherr.MissingUsername,
	},
	autherr.MethodRevoke: {
		absent: autherr.MissingBasicAuth, scheme: autherr.MissingBasicAuth,
		malformed: autherr.InvalidBasicAuthFormat, noName: autherr.MissingCredentials, noPassword: autherr.MissingCredentials, revealBlocked: true,
	},
	autherr.MethodServiceToken: {
		absent: autherr.MissingAuthorizationHeader, scheme: autherr.InvalidAuthorizationHeaderTokenType,
		malformed: autherr.InvalidCredentials, noName: autherr.InvalidCredentials,
	},
}

// errOtherBasic is for the log of a route that has no authenticator for these.
var errOtherBasic = errors.New("a services token or an API key in place of a user name and password")

// NewBasic returns a Basic, or an error that names the field that is missing or wrong.
func NewBasic(cfg BasicConfig) (*Basic, error) {
	if cfg.Login == nil {
		return nil, errors.New("auth: NewBasic: Login is missing")
	}
	if cfg.Method == autherr.MethodAny {
		cfg.Method = autherr.MethodBasic
	}
	words, ok := basicMethods[cfg.Method]
	if !ok {
		return nil, fmt.Errorf("auth: NewBasic: Method %q takes no Basic credential", cfg.Method)
	}
	challenge, err := NewRealm(cfg.Realm, autherr.BasicChallenge)
	if err != nil {
		return nil, fmt.Errorf("auth: NewBasic: %w", err)
	}
	if err := CheckFallback(cfg.Header); err != nil {
		return nil, fmt.Errorf("auth: NewBasic: %w", err)
	}
	if cfg.Header != "" {
		cfg.Header = http.CanonicalHeaderKey(cfg.Header)
	}
	return &Basic{
		login: cfg.Login, header: cfg.Header, method: cfg.Method, words: words, challenge: challenge,
		absent:     Decline(Absent, autherr.New(cfg.Method, words.absent, nil)),
		scheme:     Decline(OtherScheme, autherr.New(cfg.Method, words.scheme, nil)),
		shape:      Decline(OtherShape, autherr.New(cfg.Method, autherr.InvalidCredentials, errOtherBasic)),
		configured: true,
	}, nil
}

// NewRealm returns the challenge that make makes of realm. An empty realm is an error: it would tell people nothing.
func NewRealm(realm string, make func(string) (autherr.Challenge, error)) (autherr.Challenge, error) {
	if realm == "" {
		return autherr.Challenge{}, errors.New("the Realm is missing")
	}
	return make(realm)
}

// CheckFallback returns an error if name cannot be that of a header field that is read when Authorization is absent. Empty, which means
// none, is fine.
func CheckFallback(name string) error {
	if name == "" {
		return nil
	}
	switch canonical := http.CanonicalHeaderKey(name); {
	case !isFieldToken(name):
		return fmt.Errorf("the Header %q is not a field name", name)
	case canonical == headerAuthorization || canonical == headerAPIKey:
		return fmt.Errorf("the Header %q is read already", name)
	case canonical == "Proxy-Authorization":
		return fmt.Errorf("the Header %q is meant for a proxy", name)
	}
	return nil
}

// Authenticate implements Authenticator.
func (b *Basic) Authenticate(r *http.Request) (*Identity, error) {
	user, err := b.User(r)
	if err != nil {
		return nil, err
	}
	return NewIdentity(user, b.method), nil
}

// User returns the user whose name and password r carries, with the errors of Authenticate. Endpoints that give out tokens
// for a password use it, because they need more of the record than an Identity shows.
func (b *Basic) User(r *http.Request) (store.User, error) {
	if b == nil || !b.configured {
		return store.User{}, errUnconfigured
	}
	c, err := ReadCredentials(r, b.header)
	switch {
	case err != nil:
		return store.User{}, autherr.From(err).WithMethod(b.method)
	case !c.Present():
		return store.User{}, b.absent
	case !c.Is("Basic"):
		return store.User{}, b.scheme
	}
	name, pw, ok := c.Basic()
	switch {
	case !ok:
		return store.User{}, autherr.New(b.method, b.words.malformed, nil)
	case IsServiceToken(name, pw), IsRandom(PrefixAPIKey, pw):
		return store.User{}, b.shape
	case name == "":
		return store.User{}, autherr.New(b.method, b.words.noName, nil)
	case pw == "" && b.words.noPassword != "":
		return store.User{}, autherr.New(b.method, b.words.noPassword, nil)
	}
	return b.login.Check(r, Attempt{Method: b.method, Name: name, Password: pw, RevealBlocked: b.words.revealBlocked})
}

// Challenges implements Challenger.
func (b *Basic) Challenges() []autherr.Challenge {
	if b == nil {
		return nil
	}
	return []autherr.Challenge{b.challenge}
}

// CredentialHeaders implements HeaderReader.
func (b *Basic) CredentialHeaders() []string {
	if b == nil || b.header == "" {
		return []string{headerAuthorization}
	}
	return []string{headerAuthorization, b.header}
}
