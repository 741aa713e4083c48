package auth

import (
	"context"
	"errors"
	"sync/atomic"
)

// ErrBusy says that hashing capacity is used up: all slots are taken and the waiting line is full. It is the cause of a
// 503 and says nothing about the credentials.
var ErrBusy = errors.New("auth: too many passwords are being checked at once")

// slots bounds how many passwords are hashed at the same time, and how many requests wait for their turn. Hashing is slow and takes
// memory on purpose; without a bound a flood of logins would take the machine from everyone else.
type slots struct {
	taken   chan struct{}
	waiting atomic.Int64
	line    int64
}

func newSlots(n, line int) *slots {
	return &slots{taken: make(chan struct{}, n), line: int64(line)}
}

// take waits for a slot, which release gives back, and reports whether it had to wait. It returns ErrBusy at once if the line is full, and the cause of
// ctx if that ends first.
func (s *slots) take(ctx context.Context) (waited bool, err error) {
	if ctx.Err() != nil {
		return false, context.Cause(ctx)
	}
	select {
	case s.taken <- struct{}{}:
		return false, nil
	default:
	}
	if s.waiting.Add(1) > s.line {
		s.waiting.Add(-1)
		return false, ErrBusy
	}
	defer s.waiting.Add(-1)
	select {
	case s.taken <- struct{}{}:
		if ctx.Err() != nil { // both were ready: a caller who left costs no hash
			s.release()
			return true, context.Cause(ctx)
		}
		return true, nil
	case <-ctx.Done():
		return true, context.Cause(ctx)
	}
}

func (s *slots) release() { <-s.taken }
