package jwt

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/apiauth-go/apiauth/auth"
	autherr "github.com/apiauth-go/apiauth/errors"
	"github.com/apiauth-go/apiauth/store"
)

// RevocationsConfig configures [NewRevocations].
type RevocationsConfig struct {
	// Tokens is where the marks of revoked tokens are kept. Required. Servers that share it share the revocations.
	Tokens store.TokenStore

	// Issuer is the exact iss of the tokens. Required.
	Issuer string

	// MaxLifetime is the longest that one of the tokens lives: the Lifetime of our own [Issuer], or that of access tokens if it is longer. Required, at most MaxRevocable. Verifiers end
	// tokens that long after their iat, whatever their exp says, for the marks are not kept longer. It must be the same for all who share the
	// store; to raise it, wait for the marks of the shorter one to end, until which revoking what they concern is an error, and for the exp of every
	// token that named a longer life than that: what was revoked of those would work again.
	MaxLifetime time.Duration

	// Events is told of every revocation that is no part of another of which somebody is told, at an endpoint or by an oauth.Admin: as an
	// EventTokenRevoke, with the user where all his tokens are to end (by his ID), or where Revoke is called for the token of a request with the
	// context of that request. Nil means that nobody is told.
	Events auth.EventSink
}

// MaxRevocable is the greatest RevocationsConfig.MaxLifetime. [Revocations.RevokeUser] writes a record for each day of it.
const MaxRevocable = 366 * 24 * time.Hour

// Revocations is the list of an issuer's tokens that were ended before their time: single ones by their ID, or all that a user was
// issued up to a moment. A [Verifier] that is given it asks it about each token, two lookups in the store; what is revoked is refused with
// INVALID_TOKEN. Make one with [NewRevocations].
//
// A revocation that returns nil is in force from then on, on every server that shares the store, and stays in force until the last of the tokens that
// it concerns has ended. It is never taken back, weakened or shortened, by no later revocation either: marks are only added.
//
// All methods are safe for concurrent use. Their errors are *autherr.Error where the store fails (503); whether the token
// is revoked is not known then, and doing it again does no harm.
type Revocations struct {
	tokens   store.TokenStore
	issuer   string
	lifetime time.Duration
	events   auth.EventSink
}

// NewRevocations returns a list of revocations, or an error that names the field that is missing or wrong.
func NewRevocations(cfg RevocationsConfig) (*Revocations, error) {
	var err error
	switch {
	case auth.IsNil(cfg.Tokens):
		err = wrong("Tokens", "is missing")
	case cfg.Issuer == "":
		err = wrong("Issuer", "is missing")
	case cfg.MaxLifetime < time.Second:
		err = wrong("MaxLifetime", "is missing or less than a second")
	case cfg.MaxLifetime > MaxRevocable:
		err = wrongf("MaxLifetime", "is over %s", MaxRevocable)
	case cfg.Events != nil && auth.IsNil(cfg.Events):
		err = wrong("Events", "is missing")
	}
	if err != nil {
		return nil, fmt.Errorf("jwt: NewRevocations: %w", err)
	}
	return &Revocations{cfg.Tokens, cfg.Issuer, cfg.MaxLifetime, cfg.Events}, nil
}

var (
	errNoID        = errors.New("jwt: Revoke: the token has no jti by which it could be revoked")
	errNoUserID    = errors.New("jwt: RevokeUser: no user")
	errOtherIssuer = errors.New("jwt: Revoke: the token is of another issuer")
	errNoInstant   = errors.New("jwt: RevokeUser: the instant is in the future")
)

// tell does what revokes, and tells of it.
func (r *Revocations) tell(ctx context.Context, e auth.Event, revoke func(context.Context) error) error {
	if r == nil || r.tokens == nil {
		return errNotConstructed
	}
	e.Kind, e.Method = auth.EventTokenRevoke, autherr.MethodJWT
	return auth.TellOperation(ctx, r.events, e, func(ctx context.Context, _ *auth.Event) error { return revoke(ctx) })
}

// Revoke ends the token with these claims, such as [auth.Identity.Claims] of a request that is to be the last with its token. It is an error if
// the token is of another issuer, or has no ID.
func (r *Revocations) Revoke(ctx context.Context, claims *Claims) error {
	var e auth.Event
	if id, ok := auth.FromContext(ctx); ok && claims != nil && id.Claims == auth.ClaimsDecoder(claims) { // else whose it is cannot be known: sub is the issuer's word
		e.UserID, e.User, e.ClientID, e.Application = id.UserID, id.Name, id.ClientID, id.Application
	}
	return r.tell(ctx, e, func(ctx context.Context) error {
		switch {
		case claims == nil || claims.ID == "":
			return errNoID
		case claims.Issuer != r.issuer:
			return errOtherIssuer
		case claims.IssuedAt.IsZero():
			return r.RevokeID(ctx, claims.ID)
		}
		return r.markToken(ctx, claims.ID, dayOf(claims.IssuedAt))
	})
}

// RevokeID ends the token with this ID (jti), whoever has it, where nothing else of it is known.
func (r *Revocations) RevokeID(ctx context.Context, id string) error {
	return r.tell(ctx, auth.Event{}, func(ctx context.Context) error {
		if id == "" {
			return errNoID
		}
		now := time.Now()
		for day := dayOf(now.Add(MaxLeeway)); day >= r.firstDay(now); day-- { // the latest first: they live longest
			if err := r.markToken(ctx, id, day); err != nil {
				return err
			}
		}
		return nil
	})
}

// markToken revokes the token of this ID that was issued on that day, at whatever time of it.
func (r *Revocations) markToken(ctx context.Context, id string, d day) error {
	return r.mark(ctx, series{about: aboutToken, name: id, day: d}, d.lastSecond())
}

// RevokeUser ends all tokens that a user was issued up to an instant, usually now: those whose iat is not after it. userID is the user's ID here, the
// UserID of identities.
//
// An iat has whole seconds, and so has the comparison: a token issued in the same second as the instant is revoked, be it some milliseconds
// later. Whoever logs in again within that second has to do it once more. The iat is by the issuer's clock: where that
// may be ahead of ours, add the difference. The instant may be in the future by MaxLeeway.
func (r *Revocations) RevokeUser(ctx context.Context, userID string, instant time.Time) error {
	return r.tell(ctx, auth.Event{UserID: userID}, func(ctx context.Context) error { return r.revokeUser(ctx, userID, instant) })
}

func (r *Revocations) revokeUser(ctx context.Context, userID string, instant time.Time) error {
	now := time.Now()
	switch {
	case userID == "":
		return errNoUserID
	case instant.After(now.Add(MaxLeeway)):
		return errNoInstant
	case instant.Add(r.lifetime + MaxLeeway).Before(now): // all of them have ended
		return nil
	}
	// The tokens that live may have been issued on several days. Each day has its marks, so that a verifier looks at those of one.
	for day := dayOf(instant); day >= r.firstDay(now); day-- { // the latest first: they live longest
		if err := r.mark(ctx, series{about: aboutUser, name: userID, day: day}, min(instant.Unix(), day.lastSecond())); err != nil {
			return err
		}
	}
	return nil
}

// firstDay returns the day on which the oldest token was issued that any verifier accepts now.
func (r *Revocations) firstDay(now time.Time) day { return dayOf(now.Add(-r.lifetime - MaxLeeway)) }

// check refuses a token that is revoked. A nil list has no revocations.
func (r *Revocations) check(ctx context.Context, rec *record, userID string) error {
	if r == nil {
		return nil
	}
	issued := rec.iat.time()
	for _, s := range [...]series{{aboutToken, rec.jti, dayOf(issued)}, {aboutUser, userID, dayOf(issued)}} {
		if s.name == "" { // a token of another issuer, without an ID
			continue
		}
		marked, err := r.marked(ctx, s, issued.Unix())
		switch {
		case err != nil:
			return outage(err)
		case marked:
			return refuseRevoked
		}
	}
	return nil
}
