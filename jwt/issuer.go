package jwt

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync/atomic"
	"time"

	"github.com/apiauth-go/apiauth/store"
)

// IssuerConfig configures [NewIssuer].
type IssuerConfig struct {
	// Issuer is the iss of the tokens: by custom the https address of this service. Required.
	Issuer string

	// Audience is the aud of the tokens: the names of the services that are to accept them, often just this one. Scopes of access
	// tokens mean the same to all of them; services with scopes of their own want an Issuer each (RFC 9068 section 5). Required.
	Audience []string

	// Key signs the tokens. Required.
	Key *SigningKey

	// OtherKeys verify and are published along with Key, but sign nothing: one that signed until lately and whose tokens have not all
	// ended, and one that is going to sign soon, so that others have fetched it by then. See [Issuer.Rotate].
	OtherKeys []*VerificationKey

	// Lifetime of identity tokens, in whole seconds. Zero means DefaultLifetime. How long an access token lives is up to the token endpoint.
	Lifetime time.Duration

	// Claims returns claims to add to a user's token, of either kind. It cannot set those that the Issuer sets itself, nor any that other
	// readers could take for one of those because they take no account of case: a token with such a claim is not issued. An
	// error means that something is out of order (503). It is called concurrently. Nil adds nothing.
	Claims func(ctx context.Context, user store.User) (map[string]any, error)
}

// DefaultLifetime is the default of IssuerConfig.Lifetime.
const DefaultLifetime = time.Hour

// Issuer gives out JSON Web Tokens for users. It is the KeySource for its own tokens. Make one with [NewIssuer].
//
// An identity token ([Issuer.Issue]) has the claims iss, aud, sub (User.ID), name (User.Name), iat, nbf, exp, jti (random), roles and stamp
// (User.Stamp, which ends the token when the password changes; it is readable, as everything in a token). For access tokens see
// [Issuer.IssueAccessToken].
type Issuer struct {
	issuer   string
	audience []string
	lifetime time.Duration
	claims   func(context.Context, store.User) (map[string]any, error)
	prefix   []byte // {"iss":…,"aud":…
	keys     atomic.Pointer[issuerKeys]
}

// issuerKeys are the keys between two rotations.
type issuerKeys struct {
	active           *SigningKey
	identity, access []byte // the headers of the two kinds of tokens, encoded, with the dot
	set              *KeySet
}

func (k *issuerKeys) header(typ TokenType) []byte {
	if typ == AccessToken {
		return k.access
	}
	return k.identity
}

// NewIssuer returns an Issuer, or an error that names the field that is missing or wrong.
func NewIssuer(cfg IssuerConfig) (*Issuer, error) {
	i, err := newIssuer(cfg)
	if err != nil {
		return nil, fmt.Errorf("jwt: NewIssuer: %w", err)
	}
	return i, nil
}

func newIssuer(cfg IssuerConfig) (*Issuer, error) {
	switch {
	case cfg.Issuer == "":
		return nil, wrong("Issuer", "is missing")
	case len(cfg.Audience) == 0 || slices.Contains(cfg.Audience, ""):
		return nil, wrong("Audience", "is missing or has an empty name")
	case cfg.Lifetime < 0 || cfg.Lifetime > 0 && cfg.Lifetime < time.Second:
		return nil, wrong("Lifetime", "is less than a second")
	case cfg.Lifetime == 0:
		cfg.Lifetime = DefaultLifetime
	}
	i := &Issuer{
		issuer: cfg.Issuer, audience: slices.Clone(cfg.Audience), lifetime: cfg.Lifetime.Truncate(time.Second), claims: cfg.Claims,
	}
	w := objectWriter{}
	w.text("iss", i.issuer)
	if len(i.audience) == 1 {
		w.text("aud", i.audience[0])
	} else {
		w.texts("aud", i.audience)
	}
	if w.err != nil {
		return nil, wrongf("Issuer or Audience:", "%w", w.err)
	}
	i.prefix = w.b
	return i, i.setKeys(cfg.Key, cfg.OtherKeys)
}

// Rotate replaces the keys, while tokens go on being issued and verified: key signs from now on, others verify. Nothing changes if it returns
// an error, which it does if the keys do not go together.
//
// To rotate without refusing a single token, publish the next key among others for as long as key sets are cached elsewhere, then let it sign with the
// old one among others for the lifetime of a token, then drop the old one. A key of another algorithm needs verifiers that accept it. All keys may be among
// others each time: one that is there twice counts once.
func (i *Issuer) Rotate(key *SigningKey, others ...*VerificationKey) error {
	if err := i.setKeys(key, others); err != nil {
		return fmt.Errorf("jwt: Rotate: %w", err)
	}
	return nil
}

func (i *Issuer) setKeys(key *SigningKey, others []*VerificationKey) error {
	if key == nil || key.sign == nil {
		return wrong("Key", "is missing")
	}
	list, err := distinct(key.VerificationKey(), others)
	if err != nil {
		return wrongf("OtherKeys", "%w", err)
	}
	set, err := newKeySet(list)
	if err != nil {
		return wrongf("Key", "and OtherKeys: %w", err)
	}
	i.keys.Store(&issuerKeys{active: key, identity: encodedHeader(key, IdentityToken), access: encodedHeader(key, AccessToken), set: set})
	return nil
}

// encodedHeader returns the first segment of key's tokens and the dot after it.
func encodedHeader(key *SigningKey, typ TokenType) []byte {
	w := objectWriter{}
	w.text("alg", string(key.Algorithm()))
	w.text("kid", key.ID())
	w.text("typ", string(typ))
	return append([]byte(encodeSegment(w.end())), '.')
}

// KeySet returns the keys that verify the tokens: those of the last rotation.
func (i *Issuer) KeySet() *KeySet {
	if i == nil {
		return nil
	}
	if k := i.keys.Load(); k != nil {
		return k.set
	}
	return nil
}

// Keys implements KeySource.
func (i *Issuer) Keys(ctx context.Context, kid string, alg Algorithm) ([]*VerificationKey, error) {
	return i.KeySet().Keys(ctx, kid, alg)
}

func (i *Issuer) algorithms() []Algorithm { return i.KeySet().algorithms() }

// ownClaims are those that only the Issuer sets, in tokens of every kind.
var ownClaims = []string{
	"iss", "sub", "aud", "exp", "nbf", "iat", "jti", "client_id", "scope", "cnf", "name", "roles", "stamp", "application",
}

// isOwnClaim reports whether a reader could take name for one of ownClaims.
func isOwnClaim(name string) bool {
	return slices.ContainsFunc(ownClaims, func(own string) bool { return strings.EqualFold(own, name) })
}
