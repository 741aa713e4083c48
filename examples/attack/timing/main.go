// Command timing asks a service made with this library the questions of somebody who has no account there, and measures whether the time of
// the answers tells what their words do not: whether there is such a user, such a client.
//
//	go run ./examples/attack/timing
//	go run ./examples/attack/timing -cpu -questions 'Basic'
//
// Two kinds of requests take turns in random order through the real handlers, in this process: a network, a kernel and a second program would add
// noise in which a difference hides, and no stranger has less of it. Hashes are made cheap for the same reason. Welch's t-test then says
// whether the two kinds take the same time. The README beside explains the figures.
//
// The exit status is 1 if anything can be told, 3 if the run is void because the measurement itself is not to be trusted, and 2 for other errors.
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
	"runtime"
	"runtime/debug"
	"time"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	err := run(ctx, os.Args[1:], os.Stdout, os.Stderr)
	if err != nil && !errors.Is(err, flag.ErrHelp) {
		fmt.Fprintln(os.Stderr, "timing:", err)
	}
	os.Exit(exitStatus(err))
}

// The results that are no errors of the program.
var (
	errTold = errors.New("the time of an answer tells what its words do not")
	errVoid = errors.New("the run is void: a control failed")
)

func exitStatus(err error) int {
	switch {
	case err == nil:
		return 0
	case errors.Is(err, errVoid):
		return 3
	case errors.Is(err, errTold):
		return 1
	}
	return 2
}

// options are the flags.
type options struct {
	pairs     int
	crop      float64 // the share of the samples that is dropped
	least     time.Duration
	cpu       bool
	questions *regexp.Regexp
}

func parseFlags(args []string, stderr io.Writer) (options, error) {
	var o options
	flags := flag.NewFlagSet("timing", flag.ContinueOnError)
	flags.SetOutput(stderr)
	flags.IntVar(&o.pairs, "pairs", 20_000, "`number` of pairs of requests for each question, at most 10000 where a hash cannot be made cheap")
	percent := flags.Float64("crop", 5, "`percent` of the samples that are dropped, the slowest of both kinds together")
	flags.DurationVar(&o.least, "least", 25*time.Nanosecond, "differences below this `time` are shown and not judged: where two records lie in memory makes as much")
	flags.BoolVar(&o.cpu, "cpu", false, "measure the time on the processor instead of the time on the clock: for a machine that has other work (Linux)")
	pattern := flags.String("questions", "", "regular `expression`: ask only the questions whose name matches, and the controls")
	if err := flags.Parse(args); err != nil {
		return o, err
	}
	var err error
	if o.questions, err = regexp.Compile(*pattern); err != nil {
		return o, fmt.Errorf("-questions: %w", err)
	}
	o.crop = *percent / 100
	switch {
	case flags.NArg() > 0:
		return o, fmt.Errorf("unexpected argument %q", flags.Arg(0))
	case o.pairs < 4 || o.pairs > 1_000_000:
		return o, errors.New("-pairs is not between 4 and 1000000")
	case !(o.crop >= 0 && o.crop <= 0.5):
		return o, errors.New("-crop is not between 0 and 50")
	case o.least < 0:
		return o, errors.New("-least is negative")
	case o.cpu && !hasCPUClock:
		return o, errors.New("-cpu needs Linux")
	}
	return o, nil
}

func run(ctx context.Context, args []string, stdout, stderr io.Writer) error {
	o, err := parseFlags(args, stderr)
	if err != nil {
		return err
	}
	// One thing at a time: argon2 computes in goroutines of its own, and waking another thread for each would be most of the noise. Garbage is
	// collected between the pairs only.
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(1))
	defer debug.SetGCPercent(debug.SetGCPercent(-1))

	questions, err := allQuestions(ctx, o.pairs)
	if err != nil {
		return err
	}
	r := &report{options: o}
	for _, q := range questions {
		if q.judgement != control && q.judgement != mustTell && !o.questions.MatchString(q.name) {
			continue
		}
		fmt.Fprintln(stderr, "asking:", q.name)
		a, err := q.answer(ctx, o)
		if err != nil {
			return fmt.Errorf("%s: %w", q.name, err)
		}
		r.answers = append(r.answers, a)
	}
	r.write(stdout)
	return r.verdict()
}
