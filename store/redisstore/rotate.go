package redisstore

import (
	"context"
	"encoding/binary"
	"strconv"
	"time"

	"github.com/apiauth-go/apiauth/store"
)

// RotateToken marks the token old as spent and stores the tokens next, all or nothing, and returns old as it was. Of several concurrent
// callers exactly one wins; the others get the spent record with [store.ErrSpent], and their next is not stored. It returns
// [store.ErrNotFound] if old is unknown, [store.ErrExists] if one of next is there already or occurs twice, and [store.ErrInvalid] for a next
// that cannot be kept, see [Store.CreateTokens]. The spent record stays until [store.ExpiredGrace] after its end.
func (s *Store) RotateToken(ctx context.Context, old store.TokenID, next ...store.Token) (store.Token, error) {
	if err := alive(ctx); err != nil {
		return store.Token{}, err
	}
	twice, err := checkTokens(next)
	if err != nil {
		return store.Token{}, err
	}
	var spentAt [8]byte
	binary.BigEndian.PutUint64(spentAt[:], uint64(micros(time.Now())))
	flag := "0"
	if twice {
		flag = "1"
	}
	keys, args := s.additions([]string{s.tokenKey(old)},
		[]string{strconv.Itoa(recordVersion), string(spentAt[:]), flag, strconv.Itoa(len(next))}, next)
	a, err := s.run(ctx, "RotateToken", rotateScript, keys, args...)
	if err != nil {
		return store.Token{}, err
	}
	switch a.word {
	case wordUnknown:
		return store.Token{}, store.ErrNotFound
	case wordExists:
		return store.Token{}, store.ErrExists
	case wordSpent:
		t, err := a.token("RotateToken", old, wordSpent)
		if err == nil {
			err = store.ErrSpent
		}
		return t, err
	}
	t, err := a.token("RotateToken", old, wordDone)
	t.SpentAt = time.Time{} // as it was, also if this rotation had to be sent twice
	return t, err
}
