package main

import (
	"context"
	"fmt"
	"math"
	"runtime"
	"slices"
	"time"
)

// subject is an operation that is measured, and what came of it.
type subject struct {
	name   string
	op     operation
	renew  func() error // called before each round; nil if there is nothing to prepare
	most   int          // operations in one round at most; zero means any number
	n      int          // operations in one round
	next   int          // the number of the next operation
	times  []float64    // ns per operation, one for each round
	allocs []float64    // allocations per operation, one for each round
}

// measure runs the subjects in turn, each for about perRound, and again for each round, so that whatever else the machine
// does at the time strikes all alike. Zero perRound means one operation.
func measure(ctx context.Context, subjects []*subject, rounds int, perRound time.Duration) error {
	for _, s := range subjects {
		if err := s.calibrate(perRound); err != nil {
			return err
		}
	}
	for range rounds {
		if err := ctx.Err(); err != nil {
			return err
		}
		for _, s := range subjects {
			if err := s.round(); err != nil {
				return err
			}
		}
	}
	return nil
}

// calibrate finds out how many operations fill a round.
func (s *subject) calibrate(perRound time.Duration) error {
	if err := s.prepare(); err != nil {
		return err
	}
	for s.n = 1; ; s.n *= 2 {
		took, err := s.run()
		if err != nil || perRound == 0 {
			return err
		}
		if took >= perRound/8 || s.most > 0 && s.n >= s.most {
			s.n = max(1, int(float64(s.n)*float64(perRound)/float64(took)))
			if s.most > 0 {
				s.n = min(s.n, s.most)
			}
			return nil
		}
	}
}

func (s *subject) prepare() error {
	if s.renew == nil {
		return nil
	}
	if err := s.renew(); err != nil {
		return fmt.Errorf("%s: %w", s.name, err)
	}
	return nil
}

// round measures one round. The garbage of others is collected first, one's own counts.
func (s *subject) round() error {
	if err := s.prepare(); err != nil {
		return err
	}
	runtime.GC()
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	took, err := s.run()
	if err != nil {
		return err
	}
	runtime.ReadMemStats(&after)
	s.times = append(s.times, float64(took.Nanoseconds())/float64(s.n))
	s.allocs = append(s.allocs, float64(after.Mallocs-before.Mallocs)/float64(s.n))
	return nil
}

func (s *subject) run() (time.Duration, error) {
	start := time.Now()
	for range s.n {
		if !s.op(s.next) {
			return 0, fmt.Errorf("%s: fails while it is measured", s.name)
		}
		s.next++
	}
	return time.Since(start), nil
}

// ratio returns how many times as long as other s takes: the median of the ratios of each round, in which both ran close together.
func (s *subject) ratio(other *subject) float64 {
	ratios := make([]float64, len(s.times))
	for i := range ratios {
		ratios[i] = s.times[i] / other.times[i]
	}
	return median(ratios)
}

// median returns the middle of the values, NaN if there are none.
func median(values []float64) float64 {
	if len(values) == 0 {
		return math.NaN()
	}
	sorted := slices.Sorted(slices.Values(values))
	return (sorted[(len(sorted)-1)/2] + sorted[len(sorted)/2]) / 2
}
