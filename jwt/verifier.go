package jwt

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"time"

	autherr "github.com/apiauth-go/apiauth/errors"
	"github.com/apiauth-go/apiauth/store"
)

// VerifierConfig configures [NewVerifier].
type VerifierConfig struct {
	// Keys are the issuer's keys: the [Issuer] itself, or a [KeySet]. Required.
	Keys KeySource

	// Algorithms are those that are accepted. Required; HMAC and public-key algorithms cannot be mixed.
	Algorithms []Algorithm

	// Issuer is the exact iss of the tokens. Tokens of others are declined, so that several verifiers can stand in one
	// auth.Chain. Required unless SkipIssuer is set, which claims tokens of every issuer.
	Issuer     string
	SkipIssuer bool

	// Audience are the names under which this service is known to the issuer: aud must be or have one of them, exactly. Required unless
	// SkipAudience is set, which takes tokens that were meant for other services.
	Audience     []string
	SkipAudience bool

	// Type is the kind of tokens. Empty means IdentityToken. Tokens of other issuers may leave out the typ of an identity token; ours never do. An
	// AccessToken must have all that RFC 9068 requires. Issuers that do not follow it call their access tokens JWT or nothing: for those it is IdentityToken.
	Type TokenType

	// Application is the id of the application of which our own access tokens must be, as those of package oauth. Empty takes those of every
	// application that has tokens of the Issuer.
	Application string

	// Users are the accounts. Each token's user is looked up with each request, so blocking and deleting him, and new roles, work
	// at once. Required unless SkipUserLookup is set.
	Users store.UserStore

	// SkipUserLookup believes what a token says about its user for as long as MaxLifetime, which is then required: a user who is blocked
	// or changes his password keeps his access until then. Identities have no permissions. They have the roles of our own tokens; for tokens of
	// other issuers, the UserID is Issuer, "|" and sub, so that nobody mistakes it for one of ours.
	SkipUserLookup bool

	// MaxLifetime ends tokens that long after their iat, which is then required, whatever their exp says. Zero means no such
	// limit, negative is an error, and with SkipUserLookup it is at most 24 hours.
	MaxLifetime time.Duration

	// UsernameClaim is for tokens of other issuers: the claim that holds the name of the user here ("Username Attribute"),
	// such as "preferred_username". Whoever can choose that name at the issuer, or one that Users takes for the same, can be that user here. Identities
	// have neither the ID of the client, which is none of ours, nor scopes but TrustScopes; the handler finds both in the claims.
	//
	// Empty, without MapUser, means that the tokens are our own: sub is the user's ID, and stamp must be his.
	UsernameClaim string

	// MapUser is for tokens of other issuers, in place of UsernameClaim: it returns the ID of the user for whom a token acts.
	// store.ErrNotFound, or an empty ID, refuses the token; any other error is an outage (503). It is called concurrently.
	MapUser func(ctx context.Context, claims *Claims) (userID string, err error)

	// TrustScopes are those scopes of another issuer that mean here what they mean there: identities have those of them that the token has, and no
	// others, so that auth.RequireScope works. Whoever can have one there has it here. Empty means none. It is an error for our own tokens, whose
	// scopes all count. No scope is demanded by being named: that is auth.RequireScope's.
	TrustScopes []string

	// Realm is shown in the challenge. Required.
	Realm string

	// Header is a header field that is read when Authorization is absent, with the same value. Empty means none.
	Header string

	// Leeway is how far the issuer's clock may differ from ours, for nbf and iat. Zero means 30 seconds, NoLeeway none.
	Leeway time.Duration

	// ExpiryLeeway is how long a token lives on after its end. Zero means not at all.
	ExpiryLeeway time.Duration

	// InsecureOptionalExpiry accepts tokens without exp, which are good for ever. One that is there is checked all the same. It is an error for
	// access tokens, which must have one.
	InsecureOptionalExpiry bool

	// MaxToken is the longest token in bytes that is looked at. Zero means DefaultMaxToken.
	MaxToken int

	// Revocations are those tokens of the Issuer that were ended before their time. Each token is looked up there; while
	// its store fails, tokens are answered with 503. MaxLifetime is at most that of the list. Nil means that none is ever revoked.
	Revocations *Revocations

	// CacheTokens is how many accepted tokens are remembered, so that their signatures are not computed again with each request; at most
	// 1,048,576. Their key, dates, user and revocation are looked at each time all the same. Zero means none.
	//
	// A remembered token takes at most twice its length and 400 bytes, 1 KiB for one of our own with HS256; tokens over 4 KiB are not
	// remembered, so that none takes more than 9 KiB. The memory holds the text of tokens that are still good.
	CacheTokens int
}

// Bounds of a VerifierConfig.
const (
	// DefaultMaxToken is the default of VerifierConfig.MaxToken, in bytes. An [Issuer] never makes a longer token.
	DefaultMaxToken = 16 << 10

	// DefaultLeeway is the default of VerifierConfig.Leeway, and NoLeeway its value for none.
	DefaultLeeway = 30 * time.Second
	NoLeeway      = -1

	// MaxLeeway is the greatest leeway. Clocks that differ more are broken.
	MaxLeeway = 5 * time.Minute

	maxTokenLimit    = 1 << 20
	maxBlindLifetime = 24 * time.Hour
)

// Verifier authenticates by JSON Web Tokens, sent as bearer tokens: our own or those of another issuer. Make one with [NewVerifier].
//
// It claims a Bearer value that is a signed token (JWS compact serialization) of its kind and its issuer, and declines every other. The refusals are
// INVALID_SIGNATURE for what is not a good signature by a known key with an allowed algorithm; INVALID_TOKEN for a good
// one whose claims are not acceptable; TOKEN_EXPIRED; USER_INFORMATION_NOT_FOUND for a user who is unknown, blocked, or has
// changed his password since; and SERVICE_UNAVAILABLE when keys or users cannot be had.
type Verifier struct {
	keys          KeySource
	algorithms    []Algorithm
	issuer        string
	skipIssuer    bool
	audience      []string
	skipAudience  bool
	typ           TokenType
	users         store.UserStore
	maxLifetime   time.Duration
	usernameClaim string
	mapUser       func(context.Context, *Claims) (string, error)
	trustScopes   []string
	application   string
	challenge     autherr.Challenge
	header        string
	leeway        time.Duration
	expiryLeeway  time.Duration
	noExpiry      bool
	maxToken      int
	revocations   *Revocations
	scratch       sync.Pool
	headers       headerCache
	cache         *tokenCache
}

// NewVerifier returns a Verifier, or an error that names the field that is missing or wrong.
func NewVerifier(cfg VerifierConfig) (*Verifier, error) {
	v, err := newVerifier(cfg)
	if err != nil {
		return nil, fmt.Errorf("jwt: NewVerifier: %w", err)
	}
	return v, nil
}

func newVerifier(cfg VerifierConfig) (*Verifier, error) {
	v := &Verifier{
		keys: cfg.Keys, issuer: cfg.Issuer, skipIssuer: cfg.SkipIssuer, audience: slices.Clone(cfg.Audience), skipAudience: cfg.SkipAudience,
		typ: cfg.Type, users: cfg.Users, maxLifetime: cfg.MaxLifetime, usernameClaim: cfg.UsernameClaim, mapUser: cfg.MapUser,
		header: cfg.Header, leeway: cfg.Leeway, expiryLeeway: cfg.ExpiryLeeway, noExpiry: cfg.InsecureOptionalExpiry, maxToken: cfg.MaxToken,
		revocations: cfg.Revocations, trustScopes: slices.Clone(cfg.TrustScopes), application: cfg.Application,
	}
	v.scratch.New = func() any { return new(scratch) }
	for _, check := range [...]func(*VerifierConfig) error{
		v.checkKeys, v.checkNames, v.checkUsers, v.checkAccess, v.checkTimes, v.checkRevocations, v.checkCarrier,
	} {
		if err := check(&cfg); err != nil {
			return nil, err
		}
	}
	return v, nil
}

// LooksUsersUp reports whether the user of each token is looked up: it is false with SkipUserLookup. Package oauth asks for it.
func (v *Verifier) LooksUsersUp() bool { return v != nil && v.users != nil }

// TakesAccessTokens reports whether the kind of tokens that is verified is AccessToken. Package oauth asks for it.
func (v *Verifier) TakesAccessTokens() bool { return v != nil && v.typ == AccessToken }

// MaxLifetime returns how long after their iat the tokens end, whatever their exp says: the least of VerifierConfig.MaxLifetime and that of the
// Revocations. Zero means that there is no such limit. Package oauth asks for it, and promises no client more.
func (v *Verifier) MaxLifetime() time.Duration {
	if v == nil {
		return 0
	}
	return v.maxLifetime
}

// own reports whether the tokens are our own.
func (v *Verifier) own() bool { return v.usernameClaim == "" && v.mapUser == nil }

// Challenges implements [auth.Challenger].
func (v *Verifier) Challenges() []autherr.Challenge {
	if v == nil {
		return nil
	}
	return []autherr.Challenge{v.challenge}
}

// CredentialHeaders implements [auth.HeaderReader].
func (v *Verifier) CredentialHeaders() []string {
	if v == nil || v.header == "" {
		return []string{"Authorization"}
	}
	return []string{"Authorization", v.header}
}
