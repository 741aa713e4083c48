package auth

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"time"
)

// reportEvery is how often OnLoss is called at most.
const reportEvery = 10 * time.Second

// buffer holds events until they are written.
type buffer struct {
	size    int
	timeout time.Duration
	write   func(context.Context, *buffer, []Event) // calls written as it goes along, and lose
	onLoss  func(int, error)
	ctx     context.Context // of writes; ended when Close is given up
	cancel  context.CancelFunc
	running sync.WaitGroup // the goroutines that write and report
	closing chan struct{}  // closed by the first Close
	done    chan struct{}  // closed when all is done after that

	mu         sync.Mutex
	waiting    []Event
	spare      []Event // the memory of what was written last
	held       int     // how many wait or are being written
	writing    bool    // a goroutine writes
	closed     bool
	lost       uint64
	unreported int
	cause      error // of the latest loss
	reporting  bool  // a goroutine reports
}

func newBuffer(o BufferOptions, write func(context.Context, *buffer, []Event)) *buffer {
	b := &buffer{size: o.Size, timeout: o.Timeout, write: write, onLoss: o.OnLoss, closing: make(chan struct{}), done: make(chan struct{})}
	if b.size == 0 {
		b.size = DefaultSinkSize
	}
	if b.timeout == 0 {
		b.timeout = DefaultSinkTimeout
	}
	b.ctx, b.cancel = context.WithCancel(context.Background())
	return b
}

// add takes e, or counts it as lost.
func (b *buffer) add(e Event) error {
	// Each of these may be a part of a longer text, such as a request target with its query, which need not be kept.
	e.HTTPMethod, e.Path, e.UserAgent = strings.Clone(e.HTTPMethod), strings.Clone(e.Path), strings.Clone(e.UserAgent)
	b.mu.Lock()
	defer b.mu.Unlock()
	switch {
	case b.closed:
		b.loseLocked(1, ErrSinkClosed)
		return ErrSinkClosed
	case b.held >= b.size:
		b.loseLocked(1, ErrSinkFull)
		return ErrSinkFull
	}
	b.waiting = append(b.waiting, e)
	b.held++
	if !b.writing {
		b.writing = true
		b.running.Go(b.run)
	}
	return nil
}

// run writes until nothing waits.
func (b *buffer) run() {
	for {
		b.mu.Lock()
		events := b.waiting
		if len(events) == 0 {
			b.writing = false
			b.mu.Unlock()
			return
		}
		b.waiting, b.spare = b.spare[:0], nil
		b.mu.Unlock()

		b.write(b.ctx, b, events)

		clear(events) // their texts go at once
		b.mu.Lock()
		b.spare = events[:0]
		b.mu.Unlock()
	}
}

// written says that n events are done with.
func (b *buffer) written(n int) {
	b.mu.Lock()
	b.held -= n
	b.mu.Unlock()
}

// lose counts n events that are lost.
func (b *buffer) lose(n int, cause error) {
	b.mu.Lock()
	b.loseLocked(n, cause)
	b.mu.Unlock()
}

func (b *buffer) loseLocked(n int, cause error) {
	b.lost += uint64(n)
	if b.onLoss == nil {
		return
	}
	b.unreported += n
	b.cause = cause
	if !b.reporting && !b.closed {
		b.reporting = true
		b.running.Go(b.report)
	}
}

// report tells of losses until there are none any more.
func (b *buffer) report() {
	for b.tellLoss() {
		select {
		case <-b.closing:
		case <-time.After(reportEvery):
		}
	}
}

// tellLoss tells of the losses since it was called last. If there are none it returns false, and the goroutine ends.
func (b *buffer) tellLoss() (told bool) {
	b.mu.Lock()
	n, cause := b.unreported, b.cause
	b.unreported, b.cause = 0, nil
	b.reporting = n > 0
	b.mu.Unlock()
	if n > 0 {
		told = true
		defer func() { _ = recover() }() // there is nobody left to tell
		b.onLoss(n, cause)
	}
	return told
}

func (b *buffer) lostSoFar() uint64 {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.lost
}

// close is BufferedSink.Close.
func (b *buffer) close(ctx context.Context) error {
	b.mu.Lock()
	if !b.closed {
		b.closed = true
		close(b.closing)
		go func() { // ends with the goroutines it waits for
			b.running.Wait()
			b.tellLoss()
			b.cancel()
			close(b.done)
		}()
	}
	b.mu.Unlock()
	select {
	case <-b.done:
		return nil
	case <-ctx.Done():
	}
	b.mu.Lock()
	left := b.held
	b.mu.Unlock()
	b.cancel()
	return fmt.Errorf("auth: EventSink: closed with %d events not written: %w", left, ctx.Err())
}
