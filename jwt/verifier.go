package jwt

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"time"

	"github.com/apiauth-go/apiauth/auth"
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

	// Type is the kind of tokens. Empty means IdentityToken. Tokens of other issuers may leave out the typ of an identity token; ours never do.
	Type TokenType

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

	// UsernameClaim is for tokens of other issuers, whose scopes and client IDs mean nothing here and are left out of identities:
	// the claim that holds the name of the user here ("Username Attribute"),
	// such as "preferred_username". Whoever can choose that name at the issuer can be that user here.
	//
	// Empty, without MapUser, means that the tokens are our own: sub is the user's ID, and stamp must be his.
	UsernameClaim string

	// MapUser is for tokens of other issuers, in place of UsernameClaim: it returns the ID of the user for whom a token acts.
	// store.ErrNotFound, or an empty ID, refuses the token; any other error is an outage (503). It is called concurrently.
	MapUser func(ctx context.Context, claims *Claims) (userID string, err error)

	// Realm is shown in the challenge. Required.
	Realm string

	// Header is a header field that is read when Authorization is absent, with the same value. Empty means none.
	Header string

	// Leeway is how far the issuer's clock may differ from ours, for nbf and iat. Zero means 30 seconds, NoLeeway none.
	Leeway time.Duration

	// ExpiryLeeway is how long a token lives on after its end. Zero means not at all.
	ExpiryLeeway time.Duration

	// InsecureOptionalExpiry accepts tokens without exp, which are good for ever. One that is there is checked all the same.
	InsecureOptionalExpiry bool

	// MaxToken is the longest token in bytes that is looked at. Zero means DefaultMaxToken.
	MaxToken int
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
	challenge     autherr.Challenge
	header        string
	leeway        time.Duration
	expiryLeeway  time.Duration
	noExpiry      bool
	maxToken      int
	scratch       sync.Pool
}

// NewVerifier returns a Verifier.
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
	}
	v.scratch.New = func() any { return new(scratch) }
	for _, check := range [...]func(*VerifierConfig) error{v.checkKeys, v.checkNames, v.checkUsers, v.checkTimes, v.checkCarrier} {
		if err := check(&cfg); err != nil {
			return nil, err
		}
	}
	return v, nil
}

func (v *Verifier) checkKeys(cfg *VerifierConfig) (err error) {
	if auth.IsNil(cfg.Keys) {
		return wrong("Keys", "is missing")
	}
	if v.algorithms, err = allowList(cfg.Algorithms); err != nil {
		return err
	}
	known, ok := cfg.Keys.(interface{ algorithms() []Algorithm })
	if ok && !slices.ContainsFunc(known.algorithms(), func(a Algorithm) bool { return slices.Contains(v.algorithms, a) }) {
		return wrong("Keys", "holds no key of the Algorithms")
	}
	return nil
}

func (v *Verifier) checkNames(cfg *VerifierConfig) error {
	switch {
	case cfg.Issuer == "" && !cfg.SkipIssuer:
		return wrong("Issuer", "is missing")
	case cfg.Issuer != "" && cfg.SkipIssuer:
		return wrong("Issuer", "and SkipIssuer contradict each other")
	case len(cfg.Audience) == 0 && !cfg.SkipAudience:
		return wrong("Audience", "is missing")
	case len(cfg.Audience) > 0 && cfg.SkipAudience:
		return wrong("Audience", "and SkipAudience contradict each other")
	case slices.Contains(cfg.Audience, ""):
		return wrong("Audience", "has an empty name")
	}
	switch cfg.Type {
	case "":
		v.typ = IdentityToken
	case IdentityToken, AccessToken:
	default:
		return wrongf("Type", "%q is unknown", cfg.Type)
	}
	return nil
}

func (v *Verifier) checkUsers(cfg *VerifierConfig) error {
	foreign := cfg.UsernameClaim != "" || cfg.MapUser != nil
	switch {
	case auth.IsNil(cfg.Users) && !cfg.SkipUserLookup:
		return wrong("Users", "is missing")
	case !auth.IsNil(cfg.Users) && cfg.SkipUserLookup:
		return wrong("Users", "and SkipUserLookup contradict each other")
	case cfg.UsernameClaim != "" && cfg.MapUser != nil:
		return wrong("UsernameClaim", "and MapUser contradict each other")
	case cfg.MaxLifetime < 0:
		return wrong("MaxLifetime", "is negative")
	case cfg.SkipUserLookup && cfg.MaxLifetime == 0:
		return wrong("MaxLifetime", "is missing, which SkipUserLookup needs")
	case cfg.SkipUserLookup && cfg.MaxLifetime > maxBlindLifetime:
		return wrongf("MaxLifetime", "is over %s, too long for SkipUserLookup", maxBlindLifetime)
	case cfg.SkipUserLookup && cfg.SkipIssuer && foreign:
		return wrong("SkipIssuer", "leaves SkipUserLookup without a name for users of other issuers")
	}
	return nil
}

func (v *Verifier) checkTimes(cfg *VerifierConfig) error {
	switch {
	case cfg.Leeway == 0:
		v.leeway = DefaultLeeway
	case cfg.Leeway == NoLeeway:
		v.leeway = 0
	case cfg.Leeway < 0 || cfg.Leeway > MaxLeeway:
		return wrongf("Leeway", "is negative or over %s", MaxLeeway)
	}
	if cfg.ExpiryLeeway < 0 || cfg.ExpiryLeeway > MaxLeeway {
		return wrongf("ExpiryLeeway", "is negative or over %s", MaxLeeway)
	}
	return nil
}

func (v *Verifier) checkCarrier(cfg *VerifierConfig) (err error) {
	switch {
	case cfg.MaxToken == 0:
		v.maxToken = DefaultMaxToken
	case cfg.MaxToken < 0 || cfg.MaxToken > maxTokenLimit:
		return wrongf("MaxToken", "is negative or over %d", maxTokenLimit)
	}
	if err = auth.CheckFallback(cfg.Header); err != nil {
		return err
	}
	v.challenge, err = auth.NewRealm(cfg.Realm, autherr.BearerChallenge)
	return err
}

// own reports whether the tokens are our own.
func (v *Verifier) own() bool { return v.usernameClaim == "" && v.mapUser == nil }

// Challenges implements auth.Challenger.
func (v *Verifier) Challenges() []autherr.Challenge {
	if v == nil {
		return nil
	}
	return []autherr.Challenge{v.challenge}
}

// CredentialHeaders implements auth.HeaderReader.
func (v *Verifier) CredentialHeaders() []string {
	if v == nil || v.header == "" {
		return []string{"Authorization"}
	}
	return []string{"Authorization", v.header}
}
