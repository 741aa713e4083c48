package jwt

import (
	"context"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"time"

	autherr "github.com/apiauth-go/apiauth/errors"
	"github.com/apiauth-go/apiauth/store"
)

// A mark is a record of kind store.RevocationMark. It says that what it is about, a token or a user, is revoked up to an instant.
//
// Marks are never changed, and none is replaced: that would leave a moment, or a crash, in which there is none. A later instant is a further mark in the same series
// instead, under the next number. The store lets each number be taken only once, so numbers have no gaps and the instants rise with them.
//
// A series is about the tokens that were issued on one day, and all its marks end together when the last such token has: the first
// never before the second. A verifier knows from the iat of a token which series to ask, and mostly finds it empty, with one lookup.

// series names the marks about one token or user.
type series struct {
	about string
	name  string // the jti, or the ID of the user
	day   day
}

// What a mark is about.
const (
	aboutToken = "token"
	aboutUser  = "user"
)

// day is a day of issue, counted from 1970. It must be the same for everybody who uses a store, now and later, and so is
// not a setting.
type day int64

const daySeconds = 24 * 60 * 60

func dayOf(t time.Time) day {
	sec := t.Unix()
	if sec < 0 {
		sec -= daySeconds - 1
	}
	return day(sec / daySeconds)
}

// lastSecond returns the last second of the day.
func (d day) lastSecond() int64 { return int64(d+1)*daySeconds - 1 }

// id returns the key of a mark. Each part is preceded by its length, so that no two marks have the same text, and the first
// is nothing that a token starts with.
func (r *Revocations) id(s series, number int) store.TokenID {
	b := make([]byte, 0, 256)
	for _, part := range [...]string{"apiauth JWT revocation", r.issuer, s.about, s.name} {
		b = binary.BigEndian.AppendUint64(b, uint64(len(part)))
		b = append(b, part...)
	}
	b = binary.BigEndian.AppendUint64(b, uint64(s.day))
	b = binary.BigEndian.AppendUint64(b, uint64(number))
	return sha256.Sum256(b)
}

// mark revokes up to an instant, in seconds since 1970, unless that has been done.
func (r *Revocations) mark(ctx context.Context, s series, instant int64) error {
	for taken := -1; ; {
		last, number, err := r.last(ctx, s, instant)
		ends := r.end(s.day)
		switch {
		case err != nil:
			return outage(err)
		case number >= 0 && last.ends.Before(ends):
			// It would go while a token lives that it concerns, and all after it with it.
			return autherr.Internal(autherr.MethodJWT, errShortMark)
		case number >= 0 && last.instant >= instant:
			return nil
		case number < taken:
			return outage(errLostMark)
		case number >= 0:
			ends = last.ends
		}
		taken = number + 1
		err = r.tokens.CreateTokens(ctx, store.Token{
			ID: r.id(s, taken), Kind: store.RevocationMark, IssuedAt: time.Unix(instant, 0), ExpiresAt: ends,
		})
		switch {
		case err == nil:
			return nil
		case !errors.Is(err, store.ErrExists):
			return outage(err)
		}
		// Somebody else was faster, perhaps with an earlier instant.
	}
}

var (
	errLostMark  = errors.New("the store says that a mark exists, and does not find it")
	errShortMark = errors.New("jwt: revocations: a mark of a list with a shorter MaxLifetime is in the way; it must be the same for all who share a store")
)

// mark is what a record says.
type mark struct {
	instant int64 // in seconds since 1970
	ends    time.Time
}

func outage(err error) error {
	return autherr.Unavailable(autherr.MethodJWT, fmt.Errorf("jwt: revocations: %w", err))
}

// end returns when the last token of a day has ended for every verifier.
func (r *Revocations) end(d day) time.Time {
	end := time.Unix(d.lastSecond()+1, 0).Add(r.lifetime + MaxLeeway)
	if last := time.Unix(maxDate, 0); end.After(last) {
		return last
	}
	return end
}

// marked reports whether a series has a mark of this instant or a later one.
func (r *Revocations) marked(ctx context.Context, s series, instant int64) (bool, error) {
	last, number, err := r.last(ctx, s, instant)
	return err == nil && number >= 0 && last.instant >= instant, err
}

// last returns the last mark and its number, or of an earlier one that reaches the instant already. The number is -1 if
// there is none. Of a series of n marks it looks at some 2 log n.
func (r *Revocations) last(ctx context.Context, s series, enough int64) (last mark, number int, err error) {
	number = -1
	missing := -1 // a number that is not taken, once one is known
	for step := 1; missing < 0 || missing-number > 1; {
		try := number + step
		if missing >= 0 {
			try = number + (missing-number)/2
		}
		at, there, err := r.read(ctx, s, try)
		switch {
		case err != nil:
			return mark{}, -1, err
		case !there:
			missing = try
			continue
		case at.instant >= enough:
			return at, try, nil
		}
		last, number, step = at, try, 2*step
	}
	return last, number, nil
}

// read returns a mark.
func (r *Revocations) read(ctx context.Context, s series, number int) (m mark, there bool, err error) {
	id := r.id(s, number)
	t, err := r.tokens.TokenByID(ctx, id)
	switch {
	case errors.Is(err, store.ErrNotFound):
		return mark{}, false, nil
	case err != nil:
		return mark{}, false, err
	case t.ID != id || t.Kind != store.RevocationMark:
		return mark{}, false, fmt.Errorf("the store returned a record of kind %q that is not the mark asked for", t.Kind)
	}
	return mark{t.IssuedAt.Unix(), t.ExpiresAt}, true, nil
}
