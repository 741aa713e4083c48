package main

import (
	"bytes"
	"context"
	"fmt"
	"math/rand/v2"
	"net/http"
	"runtime"
	"time"
)

const (
	// warmUp is how many pairs are not measured in the beginning.
	warmUp = 50

	// perCollection is how many pairs come between two collections of garbage: each leaves about 130 KiB.
	perCollection = 100
)

// requests returns how many requests of each kind are sent in all when n pairs are measured.
func requests(n int) int { return warmUp + n + n/perCollection + 1 }

// answer asks the question o.pairs times and returns what came out.
func (q *question) answer(ctx context.Context, o options) (*answer, error) {
	pairs := o.pairs
	if q.most > 0 {
		pairs = min(pairs, q.most)
	}
	a := &answer{question: q}
	for kind := range a.samples {
		a.samples[kind] = make([]float64, 0, pairs)
	}
	s := &sampler{question: q, cpu: o.cpu}
	for range min(warmUp, pairs) {
		if _, err := s.pair(); err != nil {
			return nil, err
		}
	}
	for i := range pairs {
		if i%perCollection == 0 {
			if err := ctx.Err(); err != nil {
				return nil, err
			}
			runtime.GC()
			if _, err := s.pair(); err != nil { // what the collector left to be done
				return nil, err
			}
		}
		times, err := s.pair()
		if err != nil {
			return nil, err
		}
		for kind, t := range times {
			a.samples[kind] = append(a.samples[kind], float64(t.Nanoseconds()))
		}
	}
	a.judge(o.crop, o.least)
	return a, nil
}

// sampler sends the requests of a question.
type sampler struct {
	question *question
	cpu      bool
	n        int
	writer   writer
	body     []byte // of the first answer
}

// pair sends a request of each kind, in random order, and returns their times. Nothing of what it does besides is between two looks at the clock.
func (s *sampler) pair() (times [2]time.Duration, err error) {
	var requests [2]*http.Request
	first := rand.IntN(2)
	for _, kind := range [2]int{first, 1 - first} { // in turn as well, as it leaves traces in the caches
		requests[kind] = s.question.request(kind, s.n)
	}
	s.n++
	for _, kind := range [2]int{first, 1 - first} {
		if times[kind], err = s.time(requests[kind]); err != nil {
			return times, fmt.Errorf("%s: %w", s.question.kinds[kind], err)
		}
	}
	return times, nil
}

func (s *sampler) time(r *http.Request) (time.Duration, error) {
	s.writer.reset()
	var took time.Duration
	if s.cpu {
		start := cpuTime()
		s.question.handler.ServeHTTP(&s.writer, r)
		took = cpuTime() - start
	} else {
		start := time.Now()
		s.question.handler.ServeHTTP(&s.writer, r)
		took = time.Since(start)
	}
	if s.writer.status != s.question.status {
		return 0, fmt.Errorf("answered with status %d, not %d: %s", s.writer.status, s.question.status, s.writer.body)
	}
	if s.body == nil {
		s.body = bytes.Clone(s.writer.body)
	}
	if s.question.judgement != mayTell && !bytes.Equal(s.body, s.writer.body) {
		return 0, fmt.Errorf("the words of the answers tell: %s, not %s", s.writer.body, s.body)
	}
	return took, nil
}

// writer is a ResponseWriter that costs next to nothing.
type writer struct {
	header http.Header
	status int
	body   []byte
}

func (w *writer) reset() {
	w.header, w.status, w.body = make(http.Header, 8), 0, w.body[:0]
}

func (w *writer) Header() http.Header    { return w.header }
func (w *writer) WriteHeader(status int) { w.status = status }
func (w *writer) Write(p []byte) (int, error) {
	w.body = append(w.body, p...)
	return len(p), nil
}
