package oauth

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/apiauth-go/apiauth/auth"
	autherr "github.com/apiauth-go/apiauth/errors"
	"github.com/apiauth-go/apiauth/store"
)

// MaxListed is the greatest limit of the lists of an [Admin].
const MaxListed = 10_000

// UserRevoker ends all tokens without a record that a user was issued up to an instant. A *jwt.Revocations is one.
type UserRevoker interface {
	// RevokeUser returns nil if they have ended. Every error that is not an *autherr.Error is taken for an outage.
	RevokeUser(ctx context.Context, userID string, instant time.Time) error
}

// AdminConfig configures [NewAdmin].
type AdminConfig struct {
	// Tokens is the store of the tokens. It must be a store.TokenLister too. Required.
	Tokens store.TokenStore

	// JWTs ends the JSON Web Tokens of a user. Required where there are any, or RevokeUser leaves them working. Nil means that there are none.
	JWTs UserRevoker

	// Events is told of every call that ends tokens, or fails to, as an EventTokenRevoke with the user and the client whose tokens they are, as far as
	// that is known, the user by his ID. Who calls, and from where, the application knows. Nil means that nobody is told.
	Events auth.EventSink
}

// Admin shows and ends tokens on behalf of those who run a service: of every application in the store, without asking whose they are. Who may call
// it is up to the application. It is safe for concurrent use.
//
// Records hold digests of tokens only, so nothing that it returns opens anything. Its errors name an argument that is missing, are
// [store.ErrNotFound], or are *autherr.Error where the store fails: 503, and whatever was to end may still work.
//
// To end all that a client can do at once, and its JSON Web Tokens, which have no record, switch it off: store it with Active set to
// false. Switched on again, it has the tokens back that were not ended by then.
type Admin struct {
	tokens store.TokenStore
	lister store.TokenLister
	jwts   UserRevoker
	events auth.EventSink
}

// NewAdmin returns an Admin, or an error that names the field that is missing or wrong.
func NewAdmin(cfg AdminConfig) (*Admin, error) {
	fail := func(text string) (*Admin, error) { return nil, errors.New("oauth: NewAdmin: " + text) }
	lister, ok := cfg.Tokens.(store.TokenLister)
	switch {
	case auth.IsNil(cfg.Tokens):
		return fail("Tokens is missing")
	case !ok:
		return fail("Tokens is no store.TokenLister: it cannot list tokens")
	case cfg.JWTs != nil && auth.IsNil(cfg.JWTs):
		return fail("JWTs is missing")
	case cfg.Events != nil && auth.IsNil(cfg.Events):
		return fail("Events is missing")
	}
	return &Admin{cfg.Tokens, lister, cfg.JWTs, cfg.Events}, nil
}

// UserTokens returns the records of up to limit tokens of a user, the oldest first, and whether there are more, in which case it is up to the store which
// are returned. Expired and spent ones are among them for as long as the store keeps them.
func (a *Admin) UserTokens(ctx context.Context, userID string, limit int) (list []store.Token, more bool, err error) {
	return a.list(ctx, store.TokenMatch{UserID: userID}, limit)
}

// ClientTokens is UserTokens for the tokens that were issued to a client.
func (a *Admin) ClientTokens(ctx context.Context, clientID string, limit int) (list []store.Token, more bool, err error) {
	return a.list(ctx, store.TokenMatch{ClientID: clientID}, limit)
}

func (a *Admin) list(ctx context.Context, match store.TokenMatch, limit int) ([]store.Token, bool, error) {
	switch {
	case a == nil || a.lister == nil:
		return nil, false, errNoAdmin
	case match.IsZero():
		return nil, false, errNoID
	case limit < 1 || limit > MaxListed:
		return nil, false, fmt.Errorf("oauth: Admin: limit is below 1 or over %d", MaxListed)
	}
	list, err := a.lister.ListTokens(ctx, match, limit+1)
	if err != nil {
		return nil, false, autherr.Unavailable(autherr.MethodAny, err)
	}
	if slices.ContainsFunc(list, func(t store.Token) bool { return !match.Matches(&t) }) {
		return nil, false, autherr.Internal(autherr.MethodAny, errOtherToken)
	}
	more := len(list) > limit
	list = list[:min(len(list), limit)]
	slices.SortFunc(list, func(x, y store.Token) int {
		if c := x.IssuedAt.Compare(y.IssuedAt); c != 0 {
			return c
		}
		return slices.Compare(x.ID[:], y.ID[:])
	})
	return list, more, nil
}

// RevokeUser ends all tokens of a user. With JWTs, those without a record end, too, that were issued up to now. A request for a token that is under
// way may still be answered with one that works: to keep him out, block him before, or change his password.
func (a *Admin) RevokeUser(ctx context.Context, userID string) error {
	return a.tell(ctx, auth.Event{UserID: userID}, func(ctx context.Context, _ *auth.Event) error {
		if err := a.revoke(ctx, userID, store.TokenMatch{UserID: userID}); err != nil || a.jwts == nil {
			return err
		}
		// Now that there are no refresh tokens, no new ones are issued for them.
		err := a.jwts.RevokeUser(ctx, userID, time.Now())
		var known *autherr.Error
		if err == nil || errors.As(err, &known) && known != nil {
			return err
		}
		return autherr.Unavailable(autherr.MethodAny, err)
	})
}

// RevokeClient ends all tokens on record of a client. It can get new ones at once: to prevent that, switch it off first.
func (a *Admin) RevokeClient(ctx context.Context, clientID string) error {
	return a.tell(ctx, auth.Event{ClientID: clientID}, func(ctx context.Context, _ *auth.Event) error {
		return a.revoke(ctx, clientID, store.TokenMatch{ClientID: clientID})
	})
}

// RevokeUserAtClient ends all tokens on record with which a client acts for a user, who does not want it to any more.
func (a *Admin) RevokeUserAtClient(ctx context.Context, userID, clientID string) error {
	return a.tell(ctx, auth.Event{UserID: userID, ClientID: clientID}, func(ctx context.Context, _ *auth.Event) error {
		if userID == "" { // or it would be all of the client's
			return errNoID
		}
		return a.revoke(ctx, clientID, store.TokenMatch{UserID: userID, ClientID: clientID})
	})
}

// RevokeFamily ends all tokens on record that descend from one grant: those with this Token.Family.
func (a *Admin) RevokeFamily(ctx context.Context, family string) error {
	return a.tell(ctx, auth.Event{}, func(ctx context.Context, e *auth.Event) error {
		match := store.TokenMatch{Family: family}
		if a.events != nil && family != "" {
			a.describe(ctx, match, e)
		}
		return a.revoke(ctx, family, match)
	})
}

// describeTimeout is how long it may take to find out for an event whose tokens they are that are about to end.
const describeTimeout = time.Second

// describe notes in e whose tokens match, all of which have one grant. That it cannot is no reason not to end them.
func (a *Admin) describe(ctx context.Context, match store.TokenMatch, e *auth.Event) {
	ctx, cancel := context.WithTimeout(ctx, describeTimeout)
	defer cancel()
	list, err := a.lister.ListTokens(ctx, match, 1)
	if err == nil && len(list) > 0 && match.Matches(&list[0]) {
		noteRecord(e, list[0])
	}
}

// noteRecord notes in e whose token it is.
func noteRecord(e *auth.Event, t store.Token) {
	e.UserID, e.ClientID, e.Application = t.UserID, t.ClientID, t.Application
}

// tell does what ends tokens, and tells of it.
func (a *Admin) tell(ctx context.Context, e auth.Event, end func(context.Context, *auth.Event) error) error {
	if a == nil || a.tokens == nil {
		return errNoAdmin
	}
	e.Kind = auth.EventTokenRevoke
	return auth.TellOperation(ctx, a.events, e, end)
}

// revoke ends what matches. required is the field that must not be empty.
func (a *Admin) revoke(ctx context.Context, required string, match store.TokenMatch) error {
	if required == "" {
		return errNoID
	}
	if err := a.tokens.DeleteTokens(ctx, match); err != nil {
		return autherr.Unavailable(autherr.MethodAny, err)
	}
	return nil
}

// Revoke ends the token on record under this ID, a refresh token with all that descend from the same grant, and returns its record: whose it
// was. It returns [store.ErrNotFound] if there is none.
func (a *Admin) Revoke(ctx context.Context, id store.TokenID) (t store.Token, err error) {
	err = a.tell(ctx, auth.Event{}, func(ctx context.Context, e *auth.Event) (err error) {
		t, err = endRecord(ctx, a.tokens, autherr.MethodAny, id, func(t store.Token) error {
			noteRecord(e, t)
			return nil
		})
		return err
	})
	return t, err
}

// RevokeToken is Revoke for whoever has the token itself, such as one that has leaked. A JSON Web Token has no record and is an error.
func (a *Admin) RevokeToken(ctx context.Context, token string) (store.Token, error) {
	if !auth.IsRandom(auth.PrefixAccessToken, token) && !auth.IsRandom(auth.PrefixRefreshToken, token) {
		return store.Token{}, a.tell(ctx, auth.Event{}, func(context.Context, *auth.Event) error { return errNoRecord })
	}
	return a.Revoke(ctx, TokenID(token))
}

var (
	errNoAdmin  = errors.New("oauth: Admin was not made by NewAdmin")
	errNoID     = errors.New("oauth: Admin: the ID is empty: that would be everybody's")
	errNoRecord = errors.New("oauth: Admin: this is no token that has a record")
)
