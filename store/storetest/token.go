package storetest

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/apiauth-go/apiauth/store"
)

// TokenHarness is an empty store to be checked and what the suite has to know about it.
type TokenHarness struct {
	// Store is the store to be checked. What else it implements of TokenLister and TokenPurger is checked too.
	Store store.TokenStore

	// Reopen returns the store as it is after a restart. Nil if its records do not outlive it.
	Reopen func() store.TokenStore

	// CannotStore tells the texts that the store cannot keep, such as those with a NUL in PostgreSQL. CreateTokens must
	// refuse tokens with them. Nil if there are none.
	CannotStore func(text string) bool
}

func (h TokenHarness) reopened() TokenHarness {
	if h.Reopen != nil {
		h.Store = h.Reopen()
	}
	return h
}

// TestTokenStore checks a store of tokens. The function open returns an empty one each time it is called.
func TestTokenStore(t *testing.T, open func(t *testing.T) TokenHarness) {
	t.Helper()
	runAll(t, open, tokenChecks)
}

var tokenChecks = []check[TokenHarness]{
	{"round trip", "TokenByID returns the token as it was created", tokenRoundTrip},
	{"unknown", `"not there" is ErrNotFound, and an ID is compared in full`, tokenUnknown},
	{"create twice", "CreateTokens returns ErrExists if there is a token with the ID, and changes nothing", createTwice},
	{"create several", "CreateTokens stores several tokens or, if one is there already or occurs twice, none of them, with ErrExists", createSeveral},
	{"create nothing", "CreateTokens of no tokens is ErrInvalid", createNothing},
	{"create race", "of several CreateTokens with one ID one wins and the others get ErrExists", createRace},
	{"odd texts", "IDs of users and clients and all other texts are any text, and are matched as they are", tokenOddTexts},
	{"expired", "expired tokens stay readable for ExpiredGrace; callers compare the clock", tokenExpired},
	{"copies", "records share no memory with the store", tokenCopies},
	{"done context", "once the context is done a method returns an error that wraps its cause and has no effect", tokenEnded},

	{"take", "TakeToken returns the token and deletes it", take},
	{"take race", "of several concurrent TakeToken exactly one gets the token; the others get ErrNotFound", takeRace},

	{"rotate", "RotateToken stores the next tokens, returns old as it was and leaves it readable, with SpentAt set", rotate},
	{"rotate to nothing", "RotateToken without next tokens marks old as spent", rotateToNothing},
	{"rotate twice", "RotateToken of a spent token returns it with ErrSpent and changes nothing", rotateTwice},
	{"rotate to existing", "RotateToken returns ErrExists if one of the next tokens is there, and changes nothing", rotateToExisting},
	{"rotate unknown", "RotateToken returns ErrNotFound if old is unknown, and stores nothing", rotateUnknown},
	{"rotate race", "of several concurrent RotateToken exactly one wins; the others get the spent record with ErrSpent, and their next tokens are not stored", rotateRace},
	{"rotate or take", "a token is not rotated after it has been taken, nor taken unspent after it has been rotated", rotateOrTake},
	{"rotate seen whole", "RotateToken is all or nothing for those who read meanwhile", rotateSeenWhole},
	{"rotate or delete", "once DeleteTokens has returned, no rotation that began before brings up a token of a deleted family", rotateOrDelete},

	{"delete", "DeleteTokens deletes the tokens that match in all fields that are set, and no others", deleteMatching},
	{"delete spent and expired", "DeleteTokens deletes tokens of every kind, spent or not", deleteSpentAndExpired},
	{"delete exactly", "DeleteTokens compares users, clients and families exactly", deleteExactly},
	{"delete everything", "a zero TokenMatch is ErrInvalid and deletes nothing", deleteEverything},
	{"delete nothing", "nothing to delete is no error", deleteNothing},

	{"list", "ListTokens returns the tokens that match in all fields that are set, and no others", list},
	{"list limit", "ListTokens returns up to limit tokens", listLimit},
	{"list invalid", "a zero TokenMatch or a limit below 1 is ErrInvalid", listInvalid},
	{"list done context", "once the context is done a method returns an error that wraps its cause", listEnded},

	{"purge", "PurgeTokens deletes tokens that expired before the given time, and no others", purge},
	{"purge limit", "PurgeTokens deletes up to limit tokens and returns how many", purgeLimit},
	{"purge invalid", "a limit below 1 is ErrInvalid", purgeInvalid},
	{"purge done context", "once the context is done a method has no effect", purgeEnded},
}

// newToken returns a token that lives for an hour, with all fields set but SpentAt.
func newToken() store.Token {
	now := instant()
	return store.Token{
		ID: randomID(), Kind: store.RefreshToken, UserID: "user-1", ClientID: "client-1", Application: "oauth001",
		Family: "family-1", Scopes: []string{"write", "read", "a,b", "x:y", "{z}"}, Stamp: "1700000000",
		IssuedAt: now, ExpiresAt: now.Add(time.Hour),
	}
}

// create creates tokens from copies.
func (h TokenHarness) create(ctx context.Context, tokens ...store.Token) error {
	for _, t := range tokens {
		if err := h.Store.CreateTokens(ctx, t.Clone()); err != nil {
			return fmt.Errorf("CreateTokens: %w", err)
		}
	}
	return nil
}

// has checks that the tokens are there as they are.
func (h TokenHarness) has(ctx context.Context, tokens ...store.Token) error {
	for _, want := range tokens {
		got, err := h.Store.TokenByID(ctx, want.ID)
		if err != nil {
			return fmt.Errorf("TokenByID: %w", err)
		}
		if err := diff("TokenByID", got, want); err != nil {
			return err
		}
	}
	return nil
}

// hasNot checks that the tokens are not there.
func (h TokenHarness) hasNot(ctx context.Context, tokens ...store.Token) error {
	for _, t := range tokens {
		_, err := h.Store.TokenByID(ctx, t.ID)
		if err := is(err, store.ErrNotFound, "TokenByID"); err != nil {
			return err
		}
	}
	return nil
}

// there reports whether the token is there.
func (h TokenHarness) there(ctx context.Context, t store.Token) (bool, error) {
	_, err := h.Store.TokenByID(ctx, t.ID)
	if errors.Is(err, store.ErrNotFound) {
		return false, nil
	}
	return err == nil, err
}
