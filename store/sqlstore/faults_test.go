package sqlstore_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/apiauth-go/apiauth/store"
	"github.com/apiauth-go/apiauth/store/sqlstore"
)

// sentinels are the answers that a caller takes for knowledge.
var sentinels = []error{store.ErrNotFound, store.ErrExists, store.ErrSpent, store.ErrConflict, store.ErrInvalid, store.ErrFull, sqlstore.ErrSchema}

// snapshot returns everything that a Store keeps and the calls could change, in a comparable form. Stamps and moments are left out.
func snapshot(t *testing.T, s *sqlstore.Store) string {
	t.Helper()
	ctx, text := t.Context(), ""
	add := func(v any, err error) {
		require.True(t, err == nil || errors.Is(err, store.ErrNotFound), "%v", err)
		text += fmt.Sprintf("%#v %v\n", v, err)
	}
	for _, id := range []string{"1", "2"} {
		u, err := s.UserByID(ctx, id)
		add([]any{u.ID, u.Name, u.PasswordHash, u.Active, u.Roles, u.Permissions}, err)
	}
	for _, role := range []string{"reader", "writer"} {
		permissions, err := s.RolePermissions(ctx, role)
		add(permissions, err)
	}
	for _, id := range []string{"c", "d"} {
		c, err := s.ClientByID(ctx, id)
		add([]any{c.ID, c.SecretHashes}, err)
	}
	keys, err := s.ListAPIKeys(ctx, "1", 100)
	add(len(keys), err)
	tokens, err := s.ListTokens(ctx, store.TokenMatch{Family: "f"}, 1000)
	spent := slices.ContainsFunc(tokens, func(t store.Token) bool { return !t.SpentAt.IsZero() })
	add([]any{len(tokens), spent}, err)
	records, err := s.ListAudit(ctx, store.AuditFilter{}, 1000)
	add(len(records), err)
	many := manyLimits() // the first is newLimit
	for _, l := range []store.Limit{oldLimit, many[0], many[len(many)-1]} {
		until, err := s.LimitedUntil(ctx, time.Unix(1e9, 0), l)
		add(until.IsZero(), err)
	}
	return text
}

// TestAnOutageAtAnyMoment lets each operation of the driver fail in turn, in each call. The error is none of the answers, it shows
// nothing of what was sent, and the call has had its whole effect or none.
func TestAnOutageAtAnyMoment(t *testing.T) {
	onEach(t, func(t *testing.T, b backend) {
		dsn := b.dsn(t)
		db := b.openDSN(t, dsn)
		require.NoError(t, b.open(t).Ping()) // or skip
		broken, faults := b.faulty(t, dsn)
		p := b.borrow(t, db)
		for _, c := range calls {
			t.Run(c.name, func(t *testing.T) {
				healthy := b.attach(t, db, p)
				furnished := func() string {
					faults.plan(nil)
					empty(t, db, p)
					require.NoError(t, furnish(t.Context(), healthy))
					return snapshot(t, healthy)
				}
				before := furnished()
				require.NoError(t, c.do(t.Context(), healthy))
				after := snapshot(t, healthy)
				require.Equal(t, c.writes, before != after)
				now := after
				for n := 1; ; n++ {
					require.Less(t, n, 200)
					if now != before {
						now = furnished()
						require.Equal(t, before, now)
					}
					sick := b.attach(t, broken, p)
					fired, cause := false, errors.New("the network cable is gone")
					faults.plan(func(count int, _ string) error {
						if count < n {
							return nil
						}
						fired = true
						return cause
					})
					err := c.do(t.Context(), sick)
					if !fired {
						require.NoError(t, err)
						require.Greater(t, n, 1)
						return
					}
					now = snapshot(t, healthy)
					if err == nil { // it was over already: what failed was preparing for the next time
						require.Equal(t, after, now)
						continue
					}
					require.ErrorIs(t, err, cause, "for those who look into it")
					require.NotContains(t, fmt.Sprintf("%v %+v", err, err), "hidden")
					for _, sentinel := range sentinels {
						require.NotErrorIs(t, err, sentinel)
					}
					require.Contains(t, []string{before, after}, now, "operation %d", n)
				}
			})
		}
	})
}

// TestAnOutageWhileMigrating: what failed can be done again, and holds no lock that would keep others from it.
func TestAnOutageWhileMigrating(t *testing.T) {
	onEach(t, func(t *testing.T, b backend) {
		dsn := b.dsn(t)
		require.NoError(t, b.open(t).Ping()) // or skip
		db := b.openDSN(t, dsn)
		broken, faults := b.faulty(t, dsn)
		for n := 1; ; n++ {
			p := prefix(t, db)
			fired, cause := false, errors.New("the network cable is gone")
			faults.plan(func(count int, _ string) error {
				if fired = fired || count == n; fired {
					return cause
				}
				return nil
			})
			err := b.attach(t, broken, p).Migrate(t.Context())
			if !fired {
				require.NoError(t, err)
				require.Greater(t, n, 10)
				return
			}
			if err != nil { // else it was over already
				require.ErrorIs(t, err, cause)
				require.NotErrorIs(t, err, sqlstore.ErrSchema)
			}
			s := b.attach(t, db, p)
			require.NoError(t, s.Migrate(t.Context()))
			require.NoError(t, furnish(t.Context(), s))
		}
	})
}

// inTheWay are errors of a database that undid the work for the sake of another.
var inTheWay = map[sqlstore.Dialect]error{
	sqlstore.SQLite:     errors.New("database is locked"),
	sqlstore.PostgreSQL: serialization{},
	sqlstore.MySQL:      errors.New("Error 1213 (40001): Deadlock found when trying to get lock; try restarting transaction"),
}

type serialization struct{}

func (serialization) Error() string    { return "could not serialize access" }
func (serialization) SQLState() string { return "40001" }

// undone are the operations that can meet somebody.
var undone = map[string]bool{"begin": true, "exec": true, "query": true, "commit": true}

// TestWhoMeetsAnotherTriesAgain: whatever operation is undone, the call succeeds in the end.
func TestWhoMeetsAnotherTriesAgain(t *testing.T) {
	onEach(t, func(t *testing.T, b backend) {
		dsn := b.dsn(t)
		db := b.open(t)
		if b.dialect == sqlstore.SQLite {
			db = b.openDSN(t, dsn)
		}
		broken, faults := b.faulty(t, dsn)
		p := b.borrow(t, db)
		for _, c := range calls {
			t.Run(c.name, func(t *testing.T) {
				healthy, sick := b.attach(t, db, p), b.attach(t, broken, p)
				faults.plan(nil)
				empty(t, db, p)
				require.NoError(t, sick.CheckSchema(t.Context()))
				require.NoError(t, furnish(t.Context(), healthy))
				times := map[string]int{}
				faults.plan(func(_ int, operation string) error {
					if times[operation]++; times[operation] <= 2 && undone[operation] {
						return inTheWay[b.dialect]
					}
					return nil
				})
				require.NoError(t, c.do(t.Context(), sick))
			})
		}
	})
}

// TestWhoAlwaysMeetsAnotherGivesUp, with an outage after a while, or when the context ends.
func TestWhoAlwaysMeetsAnotherGivesUp(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := backends[0]
		db, faults := b.faulty(t, b.dsn(t))
		s := b.attach(t, db, "x_")
		require.NoError(t, s.Migrate(t.Context()))
		faults.plan(func(_ int, operation string) error {
			if operation == "exec" {
				return inTheWay[b.dialect]
			}
			return nil
		})
		start := time.Now()
		err := s.SetActive(t.Context(), "1", true)
		require.ErrorContains(t, err, "database is locked")
		for _, sentinel := range sentinels {
			require.NotErrorIs(t, err, sentinel)
		}
		require.GreaterOrEqual(t, time.Since(start), sqlstore.RetryFor)
		require.Less(t, time.Since(start), sqlstore.RetryFor+time.Second)
		require.Greater(t, faults.counted(), 50, "not after the first")
		require.Less(t, faults.counted(), 1000, "with pauses")

		cause := errors.New("too long")
		for _, change := range []func(ctx context.Context) error{
			func(ctx context.Context) error { return s.SetActive(ctx, "1", true) },
			func(ctx context.Context) error { return s.DeleteUser(ctx, "1") },
		} {
			start := time.Now()
			ctx, cancel := context.WithCancelCause(t.Context())
			time.AfterFunc(time.Second, func() { cancel(cause) })
			require.ErrorIs(t, change(ctx), cause)
			require.Equal(t, time.Second, time.Since(start))
		}
	})
}

// TestWritersOfSQLiteStandInLine: who waits for another one in the process waits no longer than his context.
func TestWritersOfSQLiteStandInLine(t *testing.T) {
	b := backends[0]
	db, faults := b.faulty(t, b.dsn(t))
	s := b.attach(t, db, "x_")
	require.NoError(t, s.Migrate(t.Context()))
	holding, release := make(chan struct{}), make(chan struct{})
	faults.plan(func(n int, _ string) error {
		if n == 1 {
			close(holding)
			<-release
		}
		return nil
	})
	var wg sync.WaitGroup
	var first error
	wg.Go(func() { first = s.PutRole(t.Context(), "role", nil) })
	<-holding
	cause := errors.New("too long")
	ctx, cancel := context.WithCancelCause(t.Context())
	time.AfterFunc(10*time.Millisecond, func() { cancel(cause) })
	require.ErrorIs(t, s.PutRole(ctx, "other", nil), cause)
	require.ErrorIs(t, s.DeleteUser(ctx, "1"), cause)
	close(release)
	wg.Wait()
	require.NoError(t, first)
}

// TestAfterClose: every method says so, and the database is still its owner's.
func TestAfterClose(t *testing.T) {
	onEach(t, func(t *testing.T, b backend) {
		db := b.open(t)
		s := b.bare(t, db)
		require.NoError(t, s.Migrate(t.Context()))
		require.NoError(t, furnish(t.Context(), s))
		require.NoError(t, s.Close())
		require.NoError(t, s.Close())
		for _, c := range append(calls, call{"Migrate", true, func(ctx context.Context, s *sqlstore.Store) error { return s.Migrate(ctx) }},
			call{"CheckSchema", false, func(ctx context.Context, s *sqlstore.Store) error { return s.CheckSchema(ctx) }}) {
			require.ErrorContains(t, c.do(t.Context(), s), "closed", c.name)
		}
		require.NoError(t, db.Ping())
	})
}

// TestOneConnectionIsEnough: no call needs a second one while it has one.
func TestOneConnectionIsEnough(t *testing.T) {
	onEach(t, func(t *testing.T, b backend) {
		db := b.open(t)
		db.SetMaxOpenConns(1)
		p := prefix(t, db)
		ctx, cancel := context.WithTimeout(t.Context(), 5*time.Minute)
		defer cancel()
		require.NoError(t, b.attach(t, db, p).Migrate(ctx))
		for _, c := range calls {
			s := b.attach(t, db, p) // which has prepared nothing yet
			empty(t, db, p)
			require.NoError(t, furnish(ctx, s))
			require.NoError(t, c.do(ctx, s), c.name)
		}
	})
}

// TestEndedContexts: every method returns the cause, before it does anything.
func TestEndedContexts(t *testing.T) {
	onEachStore(t, func(t *testing.T, s *sqlstore.Store) {
		require.NoError(t, furnish(t.Context(), s))
		before := snapshot(t, s)
		cause := errors.New("client gone")
		ctx, cancel := context.WithCancelCause(t.Context())
		cancel(cause)
		for _, c := range calls {
			require.ErrorIs(t, c.do(ctx, s), cause, c.name)
		}
		_, err := s.UserByID(ctx, "\x00")
		require.ErrorIs(t, err, cause)
		require.NotErrorIs(t, err, store.ErrNotFound)
		require.ErrorIs(t, s.PutUser(ctx, store.User{}), cause)
		require.Equal(t, before, snapshot(t, s))
	})
}

// TestRowsThatDoNotFit: a table that somebody has changed by hand is an outage, and what is in it is not shown.
func TestRowsThatDoNotFit(t *testing.T) {
	onEach(t, func(t *testing.T, b backend) {
		ctx, db := t.Context(), b.open(t)
		p := prefix(t, db)
		s := b.attach(t, db, p)
		require.NoError(t, s.Migrate(ctx))
		require.NoError(t, furnish(ctx, s))
		for _, change := range []string{
			"UPDATE %sroles SET permissions = 'hidden'", "UPDATE %sclients SET secret_hashes = 'hidden'",
			"UPDATE %stokens SET scopes = 'hidden'", "UPDATE %saudit SET path = '\\xhidden'",
		} {
			if b.dialect == sqlstore.MySQL {
				change = strings.ReplaceAll(change, `\`, `\\`)
			}
			_, err := db.Exec(fmt.Sprintf(change, p))
			require.NoError(t, err)
		}
		for _, name := range []string{
			"UserByID", "UserByName", "ClientByID", "RolePermissions", "TokenByID", "ListTokens", "ListAudit", "RotateToken", "TakeToken", // which deletes it
		} {
			i := slices.IndexFunc(calls, func(c call) bool { return c.name == name })
			err := calls[i].do(ctx, s)
			require.Error(t, err, name)
			require.NotContains(t, err.Error(), "hidden")
			for _, sentinel := range sentinels {
				require.NotErrorIs(t, err, sentinel)
			}
		}
	})
}
