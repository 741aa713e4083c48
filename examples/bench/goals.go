package main

import "math"

// goal is a figure that the library is meant to reach beside the figure that was measured. Missing it fails nothing: the machine has a say.
type goal struct {
	What     string
	AtLeast  bool // else at most
	Wanted   float64
	Measured float64 // NaN if it was not
}

func (g goal) reached() bool {
	if g.AtLeast {
		return g.Measured >= g.Wanted
	}
	return g.Measured <= g.Wanted
}

// goals reads the measured figures from the report.
func (r *report) goals() []goal {
	hs := r.comparison("HS256")
	mine := hs.row(ours)
	goals := []goal{
		{What: "HS256, time against golang-jwt", Wanted: 0.25, Measured: mine.ToGolang},
		{What: "HS256, time against auth0", Wanted: 0.10, Measured: mine.Ns / hs.row(auth0V2).Ns},
		{What: "HS256, allocations", Wanted: 8, Measured: mine.Allocs},
	}
	for _, alg := range [...]string{"RS256", "ES256", "EdDSA"} {
		goals = append(goals, goal{What: alg + ", time against the bare crypto", Wanted: 1.08, Measured: r.comparison(alg).row(ours).ToBare})
	}
	worst, gain := math.NaN(), math.NaN()
	for _, c := range r.Serial {
		worst = worse(math.Max, worst, c.row(oursCached).ToYardstick)
	}
	for _, s := range r.Parallel {
		if s.Name == oursCached {
			gain = worse(math.Min, gain, s.Gain)
		}
	}
	verify, issue := r.oauth(verifying).row(ours), r.oauth(issuing).row(ours)
	return append(goals,
		goal{What: "cache on, slowest algorithm, time against golang-jwt HS256", Wanted: 0.10, Measured: worst},
		goal{What: "cache on, worst algorithm, throughput on two cores against one", AtLeast: true, Wanted: 1.7, Measured: gain},
		goal{What: "over loopback, HS256, requests against no authentication", AtLeast: true, Wanted: 0.93, Measured: r.load("HS256", ours)},
		goal{What: "over loopback, RS256 with cache, requests against no authentication", AtLeast: true, Wanted: 0.93, Measured: r.load("RS256", oursCached)},
		goal{What: verifying + ", time against go-oauth2", Wanted: 0.30, Measured: verify.ToGoOAuth2},
		goal{What: verifying + ", time against fosite", Wanted: 0.35, Measured: verify.ToFosite},
		goal{What: issuing + ", time against go-oauth2", Wanted: 0.80, Measured: issue.ToGoOAuth2},
	)
}

// worse is pick of two figures, of which the first is NaN at the beginning.
func worse(pick func(a, b float64) float64, a, b float64) float64 {
	if math.IsNaN(a) {
		return b
	}
	return pick(a, b)
}
