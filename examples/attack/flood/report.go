package main

import (
	"errors"
	"fmt"
	"io"
	"runtime"
	"strings"
)

// goal is a figure that must not be exceeded, beside the one that was measured.
type goal struct {
	what          string
	measured, max float64
}

// met is false if nothing was measured (NaN).
func (g goal) met() bool { return g.measured <= g.max }

// report is everything that one run measured.
type report struct {
	options options
	goals   []goal
	notes   []string
}

func (r *report) goal(what string, measured, max float64) {
	r.goals = append(r.goals, goal{what, measured, max})
}

func (r *report) note(format string, args ...any) {
	r.notes = append(r.notes, fmt.Sprintf(format, args...))
}

// write writes the report as Markdown.
func (r *report) write(w io.Writer) {
	fmt.Fprintf(w, "%s, %d cores for the server and the attacker together, %d connections.\n\n", runtime.Version(), runtime.NumCPU(), r.options.connections)
	for _, note := range r.notes {
		fmt.Fprintf(w, "* %s\n", note)
	}
	fmt.Fprintf(w, "\n| %-46s | at most | measured | met |\n|:--|--:|--:|:--|\n", "")
	for _, g := range r.goals {
		met := "yes"
		if !g.met() {
			met = "**no**"
		}
		fmt.Fprintf(w, "| %-46s | %7s | %8s | %s |\n", g.what, figure(g.max), figure(g.measured), met)
	}
}

// figure writes whole numbers without decimals.
func figure(x float64) string { return strings.TrimSuffix(fmt.Sprintf("%.2f", x), ".00") }

var errMissed = errors.New("a goal is missed")

// verdict returns an error that names the goals that were missed.
func (r *report) verdict() error {
	var missed []string
	for _, g := range r.goals {
		if !g.met() {
			missed = append(missed, g.what)
		}
	}
	if missed == nil {
		return nil
	}
	return fmt.Errorf("%w: %s", errMissed, strings.Join(missed, "; "))
}
