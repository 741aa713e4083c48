package sqlstore

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"math/rand/v2"
	"time"

	"github.com/apiauth-go/apiauth/store"
)

// What the database undid for the sake of another transaction is tried again for as long as retryFor, after pauses that grow from
// firstPause to lastPause.
const (
	retryFor   = 10 * time.Second
	firstPause = time.Millisecond
	lastPause  = 100 * time.Millisecond
)

// run runs statements, each by itself or all in one transaction.
type run struct {
	s      *Store
	tx     *sql.Tx
	missed []string // statements that were not prepared when the transaction wanted them
	direct bool     // prepares nothing
}

// read runs f, which reads with one statement. What names the work in errors.
func (s *Store) read(ctx context.Context, what string, f func(r *run) error) error {
	return s.work(ctx, what, func() error { return f(&run{s: s}) })
}

// write runs f, which changes something with one statement.
func (s *Store) write(ctx context.Context, what string, f func(r *run) error) error {
	return s.work(ctx, what, func() error {
		if err := s.line(ctx); err != nil {
			return err
		}
		defer s.leave()
		return f(&run{s: s})
	})
}

// transact runs f in a transaction, which is committed if f returns nil. It may run f several times.
func (s *Store) transact(ctx context.Context, what string, f func(r *run) error) error {
	return s.work(ctx, what, func() error {
		if err := s.line(ctx); err != nil {
			return err
		}
		defer s.leave()
		r := &run{s: s}
		if err := r.transaction(ctx, f); err != nil {
			return err
		}
		for _, query := range r.missed { // now that no connection is held: there may be only one
			_, _ = s.prepare(ctx, query)
		}
		return nil
	})
}

func (r *run) transaction(ctx context.Context, f func(r *run) error) error {
	tx, err := r.s.db.BeginTx(ctx, r.s.dialect.isolation())
	if err != nil {
		return err
	}
	defer tx.Rollback()
	r.tx = tx
	if r.s.dialect == SQLite {
		// Become the writer before anything is read: a reader cannot become it once another has written.
		if _, err := r.exec(ctx, r.s.queries.becomeWriter); err != nil {
			return err
		}
	}
	if err := f(r); err != nil {
		return err
	}
	return tx.Commit()
}

// work is repeat on tables that are known to be ours.
func (s *Store) work(ctx context.Context, what string, f func() error) error {
	if err := s.ready(ctx); err != nil {
		return err
	}
	return s.repeat(ctx, what, f)
}

// line waits until nobody else of this process writes, where that is of use.
func (s *Store) line(ctx context.Context) error {
	if s.writing == nil {
		return nil
	}
	select {
	case s.writing <- struct{}{}:
		return nil
	case <-ctx.Done():
		return alive(ctx)
	}
}

func (s *Store) leave() {
	if s.writing != nil {
		<-s.writing
	}
}

// repeat runs f until it meets nobody in the way, and makes of the driver's errors ours.
func (s *Store) repeat(ctx context.Context, what string, f func() error) error {
	start := time.Now()
	for try := 1; ; try++ {
		err := s.known(ctx, what, f())
		if kindOf(err) != transient || time.Since(start) > retryFor {
			return err
		}
		if err := pause(ctx, try); err != nil {
			return err
		}
	}
}

// pause waits before the next try, for a random time so that those who met do not meet again.
func pause(ctx context.Context, try int) error {
	longest := min(firstPause<<min(try, 16), lastPause)
	timer := time.NewTimer(firstPause/2 + rand.N(longest))
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return alive(ctx)
	}
}

// known returns err as the contract has it.
func (s *Store) known(ctx context.Context, what string, err error) error {
	switch {
	case err == nil, answers(err):
		return err
	case s.closed.Load():
		return errClosed
	case ctx.Err() != nil: // then that is why, whatever the driver says
		return fmt.Errorf("sqlstore: %s: %w", what, context.Cause(ctx))
	}
	err = s.dialect.failed(what, err)
	switch kindOf(err) {
	case duplicate:
		return fmt.Errorf("sqlstore: %s: %w", what, store.ErrExists)
	case tableless:
		s.checked.Store(false)
		return fmt.Errorf("sqlstore: %s: a table is missing: %w", what, ErrSchema)
	}
	return err
}

// answers reports whether err is an answer of ours and not a failure of the database.
func answers(err error) bool {
	for _, answer := range []error{store.ErrNotFound, store.ErrExists, store.ErrSpent, store.ErrConflict, store.ErrInvalid, ErrSchema, errClosed} {
		if errors.Is(err, answer) {
			return true
		}
	}
	return false
}

// answer is what a method returns that need not ask the database.
func (s *Store) answer(ctx context.Context, err error) error {
	if unusable := s.usable(ctx); unusable != nil {
		return unusable
	}
	return err
}
