package main

import (
	"encoding/json"
	"fmt"
	"io"
	"math"
	"strings"
	"time"
)

// report is everything that one run measured.
type report struct {
	Go        string            `json:"go"`
	Cores     int               `json:"cores"`
	Rounds    int               `json:"rounds"`
	PerRound  time.Duration     `json:"ns_per_round"`
	HeapMiB   int               `json:"heap_mib"` // besides what is measured
	Serial    []*comparison     `json:"serial"`
	Parallel  []*scaling        `json:"parallel,omitempty"`
	OAuth     []*authComparison `json:"oauth,omitempty"`
	Load      []*loadResult     `json:"load,omitempty"`
	Generator string            `json:"generator,omitempty"`
}

// comparison returns the rows of an algorithm, none if it was not measured.
func (r *report) comparison(alg string) *comparison {
	for _, c := range r.Serial {
		if c.Alg == alg {
			return c
		}
	}
	return &comparison{Alg: alg}
}

// oauth returns the rows of one part of the OAuth section, none if it was not measured.
func (r *report) oauth(what string) *authComparison {
	for _, c := range r.OAuth {
		if c.What == what {
			return c
		}
	}
	return &authComparison{What: what}
}

// load returns the share of the requests that a protection leaves, NaN if it was not measured.
func (r *report) load(alg, name string) float64 {
	for _, l := range r.Load {
		if l.Alg == alg && l.Name == name {
			return l.ToOpen
		}
	}
	return math.NaN()
}

func (r *report) writeJSON(w io.Writer) error {
	e := json.NewEncoder(w)
	e.SetIndent("", "  ")
	return e.Encode(r)
}

// writeTables writes the report as Markdown.
func (r *report) writeTables(w io.Writer) {
	fmt.Fprintf(w, "%s, %d cores. Each figure is the median of %d rounds, in which all take turns for %s each.", r.Go, r.Cores, r.Rounds, r.PerRound)
	if r.HeapMiB > 0 {
		fmt.Fprintf(w, " %d MiB of the heap are in use besides.", r.HeapMiB)
	}
	fmt.Fprintln(w)
	r.writeSummary(w)
	for _, c := range r.Serial {
		fmt.Fprintf(w, "\n| %-29s |   ns/op | allocs/op | × golang-jwt | × bare |\n|:--|--:|--:|--:|--:|\n", c.Alg)
		for _, row := range c.Rows {
			fmt.Fprintf(w, "| %-29s | %7.0f | %9.0f | %12.2f | %6.2f |\n", row.Name, row.Ns, row.Allocs, row.ToGolang, row.ToBare)
		}
	}
	if len(r.Parallel) > 0 {
		fmt.Fprintf(w, "\n| %-26s | 1 core, op/s | 2 cores, op/s | gain |\n|:--|--:|--:|--:|\n", "two cores against one")
		for _, s := range r.Parallel {
			fmt.Fprintf(w, "| %-26s | %12.0f | %13.0f | %4.2f |\n", s.Alg+" "+s.Name, s.One, s.Two, s.Gain)
		}
	}
	for _, c := range r.OAuth {
		fmt.Fprintf(w, "\n| %-26s |     ns/op | allocs/op | × go-oauth2 | × fosite |\n|:--|--:|--:|--:|--:|\n", c.What)
		for _, row := range c.Rows {
			fmt.Fprintf(w, "| %-26s | %9.0f | %9.0f | %11.2f | %8.2f |\n", row.Name, row.Ns, row.Allocs, row.ToGoOAuth2, row.ToFosite)
		}
	}
	if len(r.Load) > 0 {
		fmt.Fprintf(w, "\n| %-44s | requests/s | × %s |\n|:--|--:|--:|\n", "over loopback ("+r.Generator+")", noAuthentication)
		for _, l := range r.Load {
			name := l.Name
			if l.Alg != "" {
				name = l.Alg + " " + name
			}
			fmt.Fprintf(w, "| %-44s | %10.0f | %19.2f |\n", name, l.PerSecond, l.ToOpen)
		}
	}
	r.writeGoals(w)
}

// writeSummary writes one line for each contender.
func (r *report) writeSummary(w io.Writer) {
	fmt.Fprint(w, "\n| µs per request (× golang-jwt) |")
	for _, c := range r.Serial {
		fmt.Fprintf(w, " %s |", c.Alg)
	}
	fmt.Fprintf(w, "\n|:--|%s\n", strings.Repeat("--:|", len(r.Serial)))
	names := []string{bareName}
	for _, c := range contenders() {
		names = append(names, c.name)
	}
	for _, name := range names {
		fmt.Fprintf(w, "| %-29s |", name)
		for _, c := range r.Serial {
			row := c.row(name)
			fmt.Fprintf(w, " %5.1f (%.2f) |", row.Ns/1000, row.ToGolang)
		}
		fmt.Fprintln(w)
	}
}

func (r *report) writeGoals(w io.Writer) {
	fmt.Fprintf(w, "\n| %-67s | goal   | measured |\n|:--|--:|--:|\n", "apiauth")
	for _, g := range r.goals() {
		sign, measured := "≤", "–"
		if g.AtLeast {
			sign = "≥"
		}
		if !math.IsNaN(g.Measured) {
			measured = fmt.Sprintf("%.3f", g.Measured)
			if !g.reached() {
				measured += " (missed)"
			}
		}
		fmt.Fprintf(w, "| %-67s | %s %4.2f | %8s |\n", g.What, sign, g.Wanted, measured)
	}
}
