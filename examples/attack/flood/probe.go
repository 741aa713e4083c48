package main

import (
	"context"
	"math"
	"net/http"
	"slices"
	"time"
)

// probe is a client with a token, as the others feel the flood.
type probe struct {
	times  []time.Duration
	errors int
}

// run sends requests at the rate until ctx ends, and opens another connection if one fails. A request that has to wait for the one before is late, and
// its time counts from when it should have been sent: otherwise one long wait would hide all those that it caused.
func (p *probe) run(ctx context.Context, server, token string, rate int) error {
	var c *conn
	defer func() {
		if c != nil {
			_ = c.Close()
		}
	}()
	interval := time.Second / time.Duration(rate)
	for due := time.Now(); ; due = due.Add(interval) {
		select {
		case <-ctx.Done():
			return nil
		case <-time.After(time.Until(due)):
		}
		sent := time.Now()
		if late := sent.Sub(due); late < interval {
			due = sent // the timer's own delay is not the server's
		}
		if c == nil {
			var err error
			if c, err = dial(context.WithoutCancel(ctx), server, "127.0.0.1"); err != nil {
				return err
			}
		}
		status, err := c.get("Bearer", token)
		p.times = append(p.times, time.Since(due))
		if err != nil || status != http.StatusOK {
			p.errors++
		}
		if err != nil {
			_ = c.Close()
			c = nil
		}
	}
}

// quantile returns the time within which that share of the requests was answered, in milliseconds; NaN if there were none.
func (p *probe) quantile(q float64) float64 {
	if len(p.times) == 0 {
		return math.NaN()
	}
	slices.Sort(p.times)
	i := int(math.Ceil(q*float64(len(p.times)))) - 1
	return float64(p.times[max(0, i)].Microseconds()) / 1000
}
