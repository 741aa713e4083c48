package store

import (
	"context"
	"encoding/hex"
	"slices"
	"time"
)

// TokenID identifies a token: the SHA-256 of its text. Only the digest reaches a store, so a leaked table opens nothing.
type TokenID [32]byte

// String returns the digest in lower-case hex.
func (id TokenID) String() string { return hex.EncodeToString(id[:]) }

// TokenKind tells tokens of different use apart. No kind is accepted where another is expected.
type TokenKind string

// The kinds of stored tokens.
const (
	AccessToken  TokenKind = "access"
	RefreshToken TokenKind = "refresh"

	// RevocationMark is not a token but says that self-contained ones are revoked, as package jwt keeps it. It has no UserID, ClientID
	// or Family, so that DeleteTokens, which ends tokens, does not bring others back to life; it goes when it has expired.
	RevocationMark TokenKind = "revocation"
)

// Token is the record of an issued token.
type Token struct {
	// ID is the key of the record.
	ID TokenID

	// Kind of the token.
	Kind TokenKind

	// UserID is the user for whom the token acts. ClientID is the client to which it was issued.
	UserID, ClientID string

	// Application is the id of the application to which the token belongs.
	Application string

	// Family is common to all tokens that descend from one grant through refreshing, so that they can be ended
	// together. Empty for a token without descendants.
	Family string

	// Scopes that were granted.
	Scopes []string

	// Stamp is User.Stamp as it was at issue.
	Stamp string

	// IssuedAt and ExpiresAt bound the token's life: it is valid while now < ExpiresAt. Stores keep at least
	// microseconds.
	IssuedAt, ExpiresAt time.Time

	// SpentAt is the moment of rotation, or zero for a token that has not been rotated. RotateToken sets it.
	SpentAt time.Time
}

// Clone returns a copy that shares no memory with t.
func (t Token) Clone() Token {
	t.Scopes = slices.Clone(t.Scopes)
	return t
}

// TokenMatch selects tokens. Fields that are set must all be equal; at least one must be set.
type TokenMatch struct {
	// UserID, ClientID and Family are those of the tokens. Empty does not select.
	UserID, ClientID, Family string
}

// IsZero reports whether nothing is set. Stores refuse such a match with [ErrInvalid].
func (m TokenMatch) IsZero() bool { return m == TokenMatch{} }

// Matches reports whether t is selected. The zero TokenMatch selects nothing.
func (m TokenMatch) Matches(t *Token) bool {
	return !m.IsZero() &&
		(m.UserID == "" || m.UserID == t.UserID) &&
		(m.ClientID == "" || m.ClientID == t.ClientID) &&
		(m.Family == "" || m.Family == t.Family)
}

// TokenStore keeps issued tokens.
//
// When a method returns nil, its effect is durable and seen by every later call. When it returns an error other than
// those named, the effect is unknown, but never partial. What adds records may also return [ErrFull] at a limit and [ErrInvalid]
// for a record that cannot be kept; both leave everything as it was.
type TokenStore interface {
	// CreateTokens stores the tokens, all or nothing. It returns [ErrExists] if one of them is there already or occurs twice, and
	// changes nothing then. No tokens are [ErrInvalid].
	CreateTokens(ctx context.Context, tokens ...Token) error

	// TokenByID returns the token, spent or not, expired or not, or [ErrNotFound].
	TokenByID(ctx context.Context, id TokenID) (Token, error)

	// TakeToken returns the token and deletes it. Of several concurrent callers exactly one gets it; the others get
	// [ErrNotFound].
	TakeToken(ctx context.Context, id TokenID) (Token, error)

	// RotateToken marks the token old as spent and stores the tokens next, all or nothing, and returns old as it was.
	// Of several concurrent callers exactly one wins; the others get the spent record with [ErrSpent], and their next
	// is not stored. It returns [ErrNotFound] if old is unknown and [ErrExists] if one of next is there already or occurs
	// twice; both leave everything as it was. That a token is spent is told before anything else. The spent record stays
	// readable like any other until it is purged or deleted, so that a second use of a refresh token is recognised.
	RotateToken(ctx context.Context, old TokenID, next ...Token) (Token, error)

	// DeleteTokens deletes all tokens that match, of every kind, spent or not. Nothing to delete is no error; a zero match is [ErrInvalid].
	DeleteTokens(ctx context.Context, match TokenMatch) error
}

// TokenLister is an optional capability of a [TokenStore]: it lists tokens for administration.
type TokenLister interface {
	// ListTokens returns up to limit matching tokens in no particular order. A zero match or a limit below 1 is
	// [ErrInvalid].
	ListTokens(ctx context.Context, match TokenMatch, limit int) ([]Token, error)
}

// TokenPurger is an optional capability of a [TokenStore] that does not end expired records by itself.
type TokenPurger interface {
	// PurgeTokens deletes up to limit tokens that expired before the given time and returns how many it deleted. Callers pass a time at least [ExpiredGrace] ago,
	// and repeat while the result equals limit. A limit below 1 is [ErrInvalid]. A store may keep what has not expired that long ago by its own clock.
	PurgeTokens(ctx context.Context, before time.Time, limit int) (int, error)
}
