package sqlstore

import (
	"context"
	"errors"
	"time"

	"github.com/apiauth-go/apiauth/store"
)

// RotateToken marks the token old as spent and stores the tokens next, all or nothing, and returns old as it was. It returns
// [store.ErrNotFound] if old is unknown, [store.ErrSpent] together with the spent record if it was rotated before, and [store.ErrExists] if
// one of next is there already or occurs twice.
//
// The moment of rotation is that of this machine's clock.
func (s *Store) RotateToken(ctx context.Context, old store.TokenID, next ...store.Token) (store.Token, error) {
	args, err := s.tokenArgs(next)
	if err != nil {
		return store.Token{}, s.answer(ctx, err)
	}
	var was store.Token
	const what = "rotating a token"
	if s.dialect == PostgreSQL && len(next) <= chunk {
		err = s.write(ctx, what, func(r *run) error { return r.rotateAtOnce(ctx, &was, old, args) })
	} else {
		err = s.transact(ctx, what, func(r *run) error { return r.rotate(ctx, &was, old, args) })
	}
	if err != nil && !errors.Is(err, store.ErrSpent) {
		return store.Token{}, err
	}
	return was, err
}

// rotate rotates in a transaction. The UPDATE comes first: it finds the token unspent for one transaction only, and the others wait
// there until that one has ended.
func (r *run) rotate(ctx context.Context, was *store.Token, old store.TokenID, next []any) error {
	spent, err := r.exec(ctx, r.s.queries.spendToken, time.Now().UnixMicro(), old[:])
	if err != nil {
		return err
	}
	if err := r.token(ctx, was, r.s.queries.tokenByID, old[:]); err != nil {
		return err
	}
	if spent == 0 {
		return store.ErrSpent
	}
	was.SpentAt = time.Time{} // as it was
	return r.insertTokens(ctx, next)
}

// rotateAtOnce rotates with one statement, and needs a second only to tell why it could not.
func (r *run) rotateAtOnce(ctx context.Context, was *store.Token, old store.TokenID, next []any) error {
	args := append([]any{time.Now().UnixMicro(), old[:]}, next...)
	n := len(next) / tokenWidth
	err := r.sized(n).token(ctx, was, r.s.queries.rotateToken(n), args...)
	if errors.Is(err, store.ErrNotFound) {
		if err := r.token(ctx, was, r.s.queries.tokenByID, old[:]); err != nil {
			return err
		}
		if was.SpentAt.IsZero() {
			return errUnspent
		}
		return store.ErrSpent
	}
	was.SpentAt = time.Time{}
	return err
}

// errUnspent: a token that could not be spent is there and not spent, so it was not there a moment ago.
var errUnspent = &failure{what: "rotating a token", kind: transient, text: "the token changed in between", err: errors.New("created in between")}
