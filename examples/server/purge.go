package main

import (
	"context"
	"io"
	"log/slog"
	"time"
)

// Purging: a batch is one short transaction, and gives way to others for a moment.
const (
	purgeEvery = 10 * time.Minute
	purgeBatch = 1000
	purgePause = 20 * time.Millisecond
)

// closerFunc is a function that ends something.
type closerFunc func()

func (f closerFunc) Close() error {
	f()
	return nil
}

// startPurging removes what ended a while ago, now and every ten minutes, until the result is closed. Of several servers over one database
// each does so, which does no harm.
func startPurging(what string, grace time.Duration, batch purger, log *slog.Logger) io.Closer {
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan struct{})
	go func() {
		defer close(done)
		ticker := time.NewTicker(purgeEvery)
		defer ticker.Stop()
		for {
			n, err := purge(ctx, grace, batch)
			switch {
			case ctx.Err() != nil:
				return
			case err != nil:
				log.Error("purging", "what", what, "removed", n, "error", err)
			case n > 0:
				log.Info("purged", "what", what, "removed", n)
			}
			select {
			case <-ticker.C:
			case <-ctx.Done():
				return
			}
		}
	}()
	return closerFunc(func() { cancel(); <-done })
}

// purger removes up to limit records that ended before a time.
type purger func(ctx context.Context, before time.Time, limit int) (int, error)

// purge removes the records that nobody asks for any more, and returns how many.
func purge(ctx context.Context, grace time.Duration, batch purger) (removed int, err error) {
	before := time.Now().Add(-grace)
	for {
		n, err := batch(ctx, before, purgeBatch)
		removed += n
		if err != nil || n < purgeBatch {
			return removed, err
		}
		select {
		case <-time.After(purgePause):
		case <-ctx.Done():
			return removed, context.Cause(ctx)
		}
	}
}
