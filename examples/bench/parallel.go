package main

import (
	"context"
	"fmt"
	"runtime"
	"sync"
	"time"
)

// scaling is the throughput on two processors against one, in operations per second.
type scaling struct {
	Alg  string  `json:"alg"`
	Name string  `json:"name"`
	One  float64 `json:"one_core"`
	Two  float64 `json:"two_cores"`
	Gain float64 `json:"gain"` // the median of each round's Two/One
}

// scale measures apiauth with its cache on, and for comparison the bare check of the signature, which shows how much of a second
// processor is to be had on this machine at all.
func scale(ctx context.Context, m *material, rounds int, perRound time.Duration) ([]*scaling, error) {
	c := named(oursCached)
	middleware, err := c.protect(m) // one for all processors, as in a server
	if err != nil {
		return nil, err
	}
	through := func() (operation, error) { return newClient(m, middleware).do, nil }
	bare := func() (operation, error) { return bareOperation(m, bareChecks(m)[0]) }

	results := []*scaling{{Alg: m.alg, Name: c.name}, {Alg: m.alg, Name: bareName}}
	samples := make([][3][]float64, len(results))
	for range rounds {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		for i, make := range []func() (operation, error){through, bare} {
			one, err := throughput(1, make, perRound)
			if err != nil {
				return nil, err
			}
			two, err := throughput(2, make, perRound)
			if err != nil {
				return nil, err
			}
			for k, v := range []float64{one, two, two / one} {
				samples[i][k] = append(samples[i][k], v)
			}
		}
	}
	for i, r := range results {
		r.One, r.Two, r.Gain = median(samples[i][0]), median(samples[i][1]), median(samples[i][2])
	}
	return results, nil
}

// throughput runs one operation of its own on each of some processors and returns how many succeed per second.
func throughput(processors int, newOperation func() (operation, error), d time.Duration) (float64, error) {
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(processors))
	ops := make([]operation, processors)
	for i := range ops {
		var err error
		if ops[i], err = newOperation(); err != nil {
			return 0, err
		}
	}
	runtime.GC()
	counts := make([]int, processors)
	failed := make([]bool, processors)
	start := time.Now()
	var wg sync.WaitGroup
	for i, op := range ops {
		wg.Go(func() {
			const batch = 64 // operations between two looks at the clock
			n, ok := 0, true // written to memory of their own, or the processors would get in each other's way
			for n == 0 || ok && time.Since(start) < d {
				for range batch {
					ok = op(n) && ok
					n++
				}
			}
			counts[i], failed[i] = n, !ok
		})
	}
	wg.Wait()
	took, total := time.Since(start), 0
	for i, n := range counts {
		if failed[i] {
			return 0, fmt.Errorf("an operation fails on %d processors", processors)
		}
		total += n
	}
	return float64(total) / took.Seconds(), nil
}
