package main

import (
	"errors"
	"fmt"
	"io"
	"math"
	"runtime"
)

// report is everything that one run found out.
type report struct {
	options options
	answers []*answer
}

// write writes the report as Markdown.
func (r *report) write(w io.Writer) {
	clock := "on the clock"
	if r.options.cpu {
		clock = "on the processor"
	}
	fmt.Fprintf(w, "%s, %s/%s. Times %s, of up to %d pairs of requests for each question without the slowest %g %% of both kinds together. ",
		runtime.Version(), runtime.GOOS, runtime.GOARCH, clock, r.options.pairs, 100*r.options.crop)
	fmt.Fprintf(w, "Hashes cost almost nothing. Told is what has |t| of at least %g and a difference of at least %s.\n", threshold, r.options.least)
	fmt.Fprintf(w, "\n| question | kinds | mean, µs | mean, µs | difference, ns | seen from, ns | \\|t\\| | |\n|:--|:--|--:|--:|--:|--:|--:|:--|\n")
	for _, a := range r.answers {
		fmt.Fprintf(w, "| %-44s | %-42s | %8.2f | %8.2f | %8.0f | %7.0f | %6.2f | %s |\n", a.question.name, a.question.kinds[0]+" / "+a.question.kinds[1],
			a.mean[0]/1000, a.mean[1]/1000, a.mean[0]-a.mean[1], a.seen, math.Abs(a.t), a.words())
	}
}

// words says what a result means.
func (a *answer) words() string {
	told := a.told()
	switch {
	case a.question.judgement == control && told:
		return "**control fails**"
	case a.question.judgement == control:
		return "control holds"
	case a.question.judgement == mustTell && told:
		return "seen, as it must be"
	case a.question.judgement == mustTell:
		return "**not seen, and must be**"
	case a.question.judgement == mayTell && told:
		return "told; " + a.question.why
	case told:
		return "**told**"
	case a.seems():
		return "not told: too small a difference"
	}
	return "not told"
}

// verdict returns nil if nothing is told, and otherwise why not.
func (r *report) verdict() error {
	var errs []error
	for _, a := range r.answers {
		told := a.told()
		switch a.question.judgement {
		case control:
			if told {
				errs = append(errs, fmt.Errorf("%w: %s", errVoid, a.question.name))
			}
		case mustTell:
			if !told {
				errs = append(errs, fmt.Errorf("%w: %s", errVoid, a.question.name))
			}
		case mustNotTell:
			if told {
				errs = append(errs, fmt.Errorf("%w: %s", errTold, a.question.name))
			}
		}
	}
	return errors.Join(errs...)
}
