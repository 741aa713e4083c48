package storetest

import (
	"fmt"
	"sync"
	"testing"
)

// racers is how many goroutines meet in a round.
const racers = 64

// rounds is how often they meet.
func rounds() int {
	if testing.Short() {
		return 5
	}
	return 50
}

// race calls f for 0 to n-1 at the same time, as nearly as can be, and returns the errors.
func race(n int, f func(i int) error) []error {
	var (
		gate = make(chan struct{})
		errs = make([]error, n)
		wg   sync.WaitGroup
	)
	for i := range n {
		wg.Go(func() {
			<-gate
			errs[i] = f(i)
		})
	}
	close(gate)
	wg.Wait()
	return errs
}

// oneWinner returns the index of the only nil among errs, all others of which must be want.
func oneWinner(what string, errs []error, want error) (winner int, err error) {
	winner = -1
	for i, err := range errs {
		switch {
		case err != nil:
			if err := is(err, want, "%s: one of the losers", what); err != nil {
				return 0, err
			}
		case winner >= 0:
			return 0, fmt.Errorf("%s: more than one of %d concurrent callers won", what, len(errs))
		default:
			winner = i
		}
	}
	if winner < 0 {
		return 0, fmt.Errorf("%s: none of %d concurrent callers won", what, len(errs))
	}
	return winner, nil
}
