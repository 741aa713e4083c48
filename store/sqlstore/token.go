package sqlstore

import (
	"context"
	"database/sql"

	"github.com/apiauth-go/apiauth/store"
)

// CreateTokens stores the tokens, all or nothing. It returns [store.ErrExists] if one of them is there already or occurs twice, and
// [store.ErrInvalid] for no tokens and for one without an ID, larger than [MaxRecord] or with a text that cannot be kept.
func (s *Store) CreateTokens(ctx context.Context, tokens ...store.Token) error {
	if len(tokens) == 0 {
		return s.answer(ctx, invalid("no tokens to create"))
	}
	args, err := s.tokenArgs(tokens)
	if err != nil {
		return s.answer(ctx, err)
	}
	const what = "storing tokens"
	if len(tokens) > chunk {
		return s.transact(ctx, what, func(r *run) error { return r.insertTokens(ctx, args) })
	}
	return s.write(ctx, what, func(r *run) error { return r.insertTokens(ctx, args) })
}

// insertTokens stores the tokens whose columns args are.
func (r *run) insertTokens(ctx context.Context, args []any) error {
	return r.insert(ctx, r.s.queries.insertTokens, tokenWidth, args)
}

// tokenArgs checks the tokens and returns the values of tokenColumns for each.
func (s *Store) tokenArgs(tokens []store.Token) ([]any, error) {
	args := make([]any, 0, len(tokens)*tokenWidth)
	for _, t := range tokens {
		rec := record{what: "token"}
		if t.ID == (store.TokenID{}) {
			rec.refuse("ID", "is empty")
		}
		for _, field := range []struct{ name, text string }{
			{"Kind", string(t.Kind)}, {"UserID", t.UserID}, {"ClientID", t.ClientID}, {"Application", t.Application},
			{"Family", t.Family}, {"Stamp", t.Stamp},
		} {
			rec.text(field.name, field.text, MaxText)
		}
		args = append(args, t.ID[:], string(t.Kind), t.UserID, t.ClientID, t.Application, t.Family,
			rec.list("Scopes", t.Scopes), t.Stamp,
			rec.time("IssuedAt", t.IssuedAt), rec.time("ExpiresAt", t.ExpiresAt), rec.optional("SpentAt", t.SpentAt))
		if rec.err != nil {
			return nil, rec.err
		}
	}
	return args, nil
}

// TokenByID returns the token, spent or not, expired or not, or [store.ErrNotFound].
func (s *Store) TokenByID(ctx context.Context, id store.TokenID) (store.Token, error) {
	var t store.Token
	err := s.read(ctx, "reading a token", func(r *run) error { return r.token(ctx, &t, s.queries.tokenByID, id[:]) })
	if err != nil {
		return store.Token{}, err
	}
	return t, nil
}

// token reads the one token that a statement finds.
func (r *run) token(ctx context.Context, t *store.Token, query string, args ...any) error {
	return r.one(ctx, query, func(scan scan) error { return scanToken(scan, t) }, args...)
}

func scanToken(scan scan, t *store.Token) error {
	var (
		id              []byte
		scopes          string
		issued, expires int64
		spent           sql.Null[int64]
	)
	err := scan(&id, &t.Kind, &t.UserID, &t.ClientID, &t.Application, &t.Family, &scopes, &t.Stamp, &issued, &expires, &spent)
	if err != nil {
		return err
	}
	t.IssuedAt, t.ExpiresAt, t.SpentAt = fromMicro(issued), fromMicro(expires), fromOptional(spent)
	if t.Scopes, err = parseList(scopes); err != nil {
		return err
	}
	return parseID((*[32]byte)(&t.ID), id)
}

// TakeToken returns the token and deletes it. Of several concurrent callers exactly one gets it; the others get [store.ErrNotFound].
func (s *Store) TakeToken(ctx context.Context, id store.TokenID) (store.Token, error) {
	var t store.Token
	var err error
	const what = "taking a token"
	if s.dialect == PostgreSQL {
		err = s.write(ctx, what, func(r *run) error { return r.token(ctx, &t, s.queries.takeToken, id[:]) })
	} else {
		err = s.transact(ctx, what, func(r *run) error {
			if err := r.token(ctx, &t, s.queries.lockToken, id[:]); err != nil {
				return err
			}
			return deleted(r.exec(ctx, s.queries.deleteToken, id[:]))
		})
	}
	if err != nil {
		return store.Token{}, err
	}
	return t, nil
}
