package redisstore

import (
	"context"
	"errors"
	"strconv"

	"github.com/redis/go-redis/v9"

	"github.com/apiauth-go/apiauth/store"
)

// TokenByID returns the token, spent or not, expired or not, or [store.ErrNotFound]. It is a single GET.
func (s *Store) TokenByID(ctx context.Context, id store.TokenID) (store.Token, error) {
	if err := alive(ctx); err != nil {
		return store.Token{}, err
	}
	type found struct {
		token store.Token
		there bool
	}
	f, err := call(ctx, "TokenByID", func(ctx context.Context) (found, error) {
		record, err := s.client.Get(ctx, s.tokenKey(id)).Result()
		if errors.Is(err, redis.Nil) {
			return found{}, nil
		}
		if err != nil {
			return found{}, err
		}
		t, err := parseRecord(id, record)
		return found{t, true}, err
	})
	if err == nil && !f.there {
		err = store.ErrNotFound
	}
	return f.token, err
}

// TakeToken returns the token and deletes it. Of several concurrent callers exactly one gets it; the others get [store.ErrNotFound].
func (s *Store) TakeToken(ctx context.Context, id store.TokenID) (store.Token, error) {
	if err := alive(ctx); err != nil {
		return store.Token{}, err
	}
	a, err := s.run(ctx, "TakeToken", takeScript, []string{s.tokenKey(id)}, s.prefix, strconv.Itoa(recordVersion))
	switch {
	case err != nil:
		return store.Token{}, err
	case a.word == wordUnknown:
		return store.Token{}, store.ErrNotFound
	}
	return a.token("TakeToken", id, wordDone)
}

// token returns the only value of the answer, which must begin with the word.
func (a answer) token(op string, id store.TokenID, word string) (store.Token, error) {
	if a.word != word || len(a.values) != 1 {
		return store.Token{}, newFailure(op, errMixed)
	}
	t, err := parseRecord(id, a.values[0])
	if err != nil {
		return store.Token{}, newFailure(op, err)
	}
	return t, nil
}
