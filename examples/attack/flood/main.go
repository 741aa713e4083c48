// Command flood throws wrong passwords at a server made with this library, and measures what becomes of it: whether those who have a token are
// served meanwhile, how much memory it takes, and whether everything is given back afterwards.
//
//	go run ./examples/attack/flood
//
// The server is this program, started a second time, so that what is measured is a process of its own. It needs Linux: what a process holds is read
// from /proc, and every address from 127.0.0.1 to 127.255.255.255 can send. The README beside explains the figures.
//
// The exit status is 1 if a goal is missed, and 2 for errors.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"regexp"
	"time"
)

// serve is the first argument with which the program is the server. It is of no use to people.
const serve = "serve"

func main() {
	if len(os.Args) > 1 && os.Args[1] == serve {
		if err := runServer(os.Args[2:], os.Stdin, os.Stdout); err != nil {
			fmt.Fprintln(os.Stderr, "flood: server:", err)
			os.Exit(2)
		}
		return
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	err := run(ctx, os.Args[1:], os.Stdout, os.Stderr)
	switch {
	case errors.Is(err, errMissed):
		fmt.Fprintln(os.Stderr, "flood:", err)
		os.Exit(1)
	case err != nil:
		if !errors.Is(err, flag.ErrHelp) {
			fmt.Fprintln(os.Stderr, "flood:", err)
		}
		os.Exit(2)
	}
}

// options are the flags.
type options struct {
	time        time.Duration
	connections int
	names       int
	perAddress  int
	rate        int
	parts       *regexp.Regexp
}

func parseFlags(args []string, stderr io.Writer) (options, error) {
	var o options
	flags := flag.NewFlagSet("flood", flag.ContinueOnError)
	flags.SetOutput(stderr)
	flags.DurationVar(&o.time, "time", 30*time.Second, "how long wrong passwords are hashed at the full cost")
	flags.IntVar(&o.connections, "connections", 64, "`number` of connections that send wrong passwords")
	flags.IntVar(&o.names, "names", 1_000_000, "`number` of different user names, from one address and again from many")
	flags.IntVar(&o.perAddress, "per-address", 45, "`number` of guesses from each of many addresses, fewer than the 50 after which one is limited")
	flags.IntVar(&o.rate, "rate", 100, "`requests` a second with a token, on a connection of their own")
	pattern := flags.String("parts", "", "regular `expression`: only the parts whose name matches")
	if err := flags.Parse(args); err != nil {
		return o, err
	}
	var err error
	if o.parts, err = regexp.Compile(*pattern); err != nil {
		return o, fmt.Errorf("-parts: %w", err)
	}
	switch {
	case flags.NArg() > 0:
		return o, fmt.Errorf("unexpected argument %q", flags.Arg(0))
	case o.time <= 0 || o.time > time.Hour:
		return o, errors.New("-time is not between 0 and 1h")
	case o.connections < 1 || o.connections > 4096:
		return o, errors.New("-connections is not between 1 and 4096")
	case o.names < 1 || o.names > 100_000_000:
		return o, errors.New("-names is not between 1 and 100000000")
	case o.perAddress < 1 || o.perAddress > 49:
		return o, errors.New("-per-address is not between 1 and 49")
	case o.rate < 1 || o.rate > 10_000:
		return o, errors.New("-rate is not between 1 and 10000")
	}
	return o, nil
}

func run(ctx context.Context, args []string, stdout, stderr io.Writer) error {
	o, err := parseFlags(args, stderr)
	if err != nil {
		return err
	}
	r := &report{options: o}
	for _, part := range parts {
		if !o.parts.MatchString(part.name) {
			continue
		}
		fmt.Fprintln(stderr, "measuring:", part.name)
		err := withServer(ctx, part.server, func(p *process) error {
			b := &bout{options: o, part: part.name, server: p, report: r}
			if err := part.do(ctx, b); err != nil {
				return err
			}
			return b.givenBack(ctx)
		})
		if err != nil {
			return fmt.Errorf("%s: %w", part.name, err)
		}
	}
	if r.goals == nil {
		return errors.New("-parts matches no part")
	}
	r.write(stdout)
	return r.verdict()
}
