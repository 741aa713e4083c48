// Command bench measures what a request with a token costs with this library and with the others that Go programs use, side by side: the
// same tokens, the same keys, the same claims, through an http.Handler, in one process, taking turns.
//
//	go run ./examples/bench
//	go run ./examples/bench -load
//
// Before anything is measured, every contender must accept good tokens, each for its user, and refuse those with a flipped bit in
// the signature, an end in the past, another issuer or another audience. Only apiauth looks up the user as well.
//
// A second part compares authorization servers: what it costs to accept an opaque access token, and to give one out to a client that shows
// its secret. There, too, each must tell good tokens and secrets from bad ones first.
//
// The times depend on the machine, the ratios much less. Nothing fails for being slow.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"runtime"
	"slices"
	"strings"
	"time"

	"golang.org/x/crypto/bcrypt"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	err := run(ctx, os.Args[1:], os.Stdout, os.Stderr)
	switch {
	case errors.Is(err, flag.ErrHelp):
		os.Exit(2)
	case err != nil:
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

// options are the flags.
type options struct {
	rounds   int
	perRound time.Duration
	algs     []string
	oauth    bool
	tokens   int
	bcrypt   int
	load     bool
	loadTime time.Duration
	json     bool
	heap     int
}

func parseFlags(args []string, stderr io.Writer) (options, error) {
	var o options
	flags := flag.NewFlagSet("bench", flag.ContinueOnError)
	flags.SetOutput(stderr)
	flags.IntVar(&o.rounds, "rounds", 25, "`number` of rounds, of which the median counts, at most 1000")
	flags.DurationVar(&o.perRound, "time", 60*time.Millisecond, "time for each contender in a round; 0 is a single operation")
	algs := flags.String("alg", strings.Join(algorithms[:], ","), "`algorithms` to measure")
	flags.BoolVar(&o.oauth, "oauth", true, "measure authorization servers too, with opaque access tokens")
	flags.IntVar(&o.tokens, "tokens", 10_000, "`number` of tokens in each of their stores, at most 100000")
	flags.IntVar(&o.bcrypt, "bcrypt", defaultBcryptCost, "`cost` of the hash of client secrets where that is bcrypt")
	flags.BoolVar(&o.load, "load", false, "measure servers over loopback too, with wrk if it is installed")
	flags.DurationVar(&o.loadTime, "load-time", 2*time.Second, "time for each server in each of five rounds; wrk takes whole seconds")
	flags.BoolVar(&o.json, "json", false, "write the figures as JSON instead of tables")
	flags.IntVar(&o.heap, "heap", 0, "`MiB` of memory in use besides, as a service with data of its own has; with little in use, Go collects garbage more often")
	if err := flags.Parse(args); err != nil {
		return o, err
	}
	o.algs = strings.Split(*algs, ",")
	for _, alg := range o.algs {
		if !slices.Contains(algorithms[:], alg) {
			return o, fmt.Errorf("-alg: %q is none of %s", alg, strings.Join(algorithms[:], ", "))
		}
	}
	switch {
	case flags.NArg() > 0:
		return o, fmt.Errorf("unexpected argument %q", flags.Arg(0))
	case o.rounds < 1 || o.rounds > 1000:
		return o, errors.New("-rounds is not between 1 and 1000")
	case o.perRound < 0 || o.perRound > 10*time.Second:
		return o, errors.New("-time is not between 0 and 10s")
	case o.heap < 0 || o.heap > 1024:
		return o, errors.New("-heap is not between 0 and 1024")
	case o.tokens < 1 || o.tokens > 100_000:
		return o, errors.New("-tokens is not between 1 and 100000")
	case o.bcrypt < bcrypt.MinCost || o.bcrypt > 16:
		return o, fmt.Errorf("-bcrypt is not between %d and 16", bcrypt.MinCost)
	case o.loadTime < 0 || o.loadTime > time.Minute:
		return o, errors.New("-load-time is not between 0 and 1m")
	}
	return o, nil
}

// loadRounds is how often each server is put under load.
const loadRounds = 5

func run(ctx context.Context, args []string, stdout, stderr io.Writer) error {
	o, err := parseFlags(args, stderr)
	if err != nil {
		return err
	}
	ballast := make([]byte, o.heap<<20)
	defer runtime.KeepAlive(ballast)
	r := &report{HeapMiB: o.heap, Go: runtime.Version(), Cores: runtime.NumCPU(), Rounds: o.rounds, PerRound: o.perRound}
	materials := map[string]*material{}
	for _, alg := range algorithms {
		if materials[alg], err = newMaterial(alg); err != nil {
			return err
		}
	}
	for _, alg := range o.algs {
		fmt.Fprintln(stderr, "measuring", alg)
		c, err := compare(ctx, materials[alg], materials["HS256"], o.rounds, o.perRound)
		if err != nil {
			return err
		}
		r.Serial = append(r.Serial, c)
		if r.Cores < 2 {
			continue
		}
		s, err := scale(ctx, materials[alg], o.rounds, o.perRound)
		if err != nil {
			return err
		}
		r.Parallel = append(r.Parallel, s...)
	}
	if o.oauth {
		fmt.Fprintln(stderr, "measuring OAuth")
		m, err := newAuthMaterial(o.tokens, o.bcrypt)
		if err != nil {
			return err
		}
		if r.OAuth, err = compareOAuth(ctx, m, o.rounds, o.perRound); err != nil {
			return err
		}
	}
	if o.load {
		generate, name := newGenerator()
		r.Generator = name
		fmt.Fprintln(stderr, "measuring servers with", name)
		if r.Load, err = underLoad(ctx, materials, generate, loadRounds, o.loadTime); err != nil {
			return err
		}
	}
	if o.json {
		return r.writeJSON(stdout)
	}
	r.writeTables(stdout)
	return nil
}
