package main

import (
	"context"
	"fmt"
	"time"
)

// parts are what is measured, each with a server of its own that is started with the flags.
var parts = [...]struct {
	name   string
	server []string
	do     func(context.Context, *bout) error
}{
	{"full cost", nil, fullCost},
	{"one address", nil, oneAddress},
	{"many addresses", []string{"-cheap"}, manyAddresses},
}

// bout is a part that is under way.
type bout struct {
	options
	part   string
	server *process
	report *report
}

// fullCost floods with passwords that are all hashed, from so many addresses that no limit is reached, and asks with a token meanwhile.
func fullCost(ctx context.Context, b *bout) error {
	quiet := new(probe) // says how much of what is measured afterwards is the machine's own doing
	before, cancel := context.WithTimeout(ctx, min(b.time, 5*time.Second))
	defer cancel()
	if err := quiet.run(before, b.server.Address, b.server.Token, b.rate); err != nil {
		return fmt.Errorf("with a token, before: %w", err)
	}
	b.note("with a token and without a flood: p50 %.2f ms, p99 %.2f ms", quiet.quantile(0.5), quiet.quantile(0.99))

	token := new(probe)
	during, stop := context.WithCancel(ctx)
	defer stop()
	probed := make(chan error, 1)
	go func() { probed <- token.run(during, b.server.Address, b.server.Token, b.rate) }()
	if err := b.flood(ctx, attack{connections: b.connections, time: b.time, perAddress: b.perAddress}); err != nil {
		return err
	}
	stop()
	if err := <-probed; err != nil {
		return fmt.Errorf("with a token: %w", err)
	}
	b.goal("p50 with a token, ms", token.quantile(0.5), 2)
	b.goal("p99 with a token, ms", token.quantile(0.99), 20)
	b.goal(fmt.Sprintf("errors with a token, of %d", len(token.times)), float64(token.errors), 0)
	return nil
}

// oneAddress sends many names from one address, which is limited very soon: what is measured is an answer that costs no hash.
func oneAddress(ctx context.Context, b *bout) error {
	return b.flood(ctx, attack{connections: b.connections, names: b.names, oneAddress: true})
}

// manyAddresses sends many names from so many addresses that every one is hashed and counted. At the full cost that would take hours; the counters do not
// know what a hash has cost.
func manyAddresses(ctx context.Context, b *bout) error {
	return b.flood(ctx, attack{connections: b.connections, names: b.names, perAddress: b.perAddress})
}

// flood runs the attack and notes how the server stood it.
func (b *bout) flood(ctx context.Context, a attack) error {
	p := b.server
	stop := p.watch()
	start := time.Now()
	t, err := a.run(ctx, p.Address)
	took := time.Since(start)
	most, watchErr := stop()
	switch {
	case err != nil:
		return err
	case watchErr != nil:
		return watchErr
	case ctx.Err() != nil:
		return ctx.Err()
	}
	b.note("%d guesses in %v (%.0f/s): %d refused (401), %d limited (429), %d turned away (503); slots %d, hashes of %d KiB, idle %.1f MiB",
		t.all(), took.Round(10*time.Millisecond), float64(t.all())/took.Seconds(), t.refused, t.limited, t.busy, p.Slots, p.Hash>>10, mib(p.before.memory))
	b.goal("guesses answered otherwise", float64(t.other), 0)
	b.goal("resident memory, MiB", mib(most), mib(p.mayHold()))
	now, err := p.held(ctx)
	if err != nil {
		return err
	}
	b.goal("log lines", float64(now.LogLines), logLines(took))
	return nil
}

// logLines is the most that a SlogSink writes in that time: for each of 1,000 kinds of failures and all others together 5 lines and one for the rest, in
// every minute that has begun.
func logLines(d time.Duration) float64 { return 1001 * 6 * (float64(d/time.Minute) + 2) }

// givenBack notes what the server still holds when the attack is over.
func (b *bout) givenBack(ctx context.Context) error {
	h, err := b.server.after(ctx)
	if err != nil {
		return err
	}
	b.goal("goroutines more than before", float64(h.Goroutines-b.server.before.Goroutines), slack)
	b.goal("open files more than before", float64(h.files-b.server.before.files), slack)
	return nil
}

func (b *bout) goal(what string, measured, max float64) {
	b.report.goal(b.part+": "+what, measured, max)
}

func (b *bout) note(format string, args ...any) { b.report.note(b.part+": "+format+".", args...) }

func mib(bytes int64) float64 { return float64(bytes) / (1 << 20) }
