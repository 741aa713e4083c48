package main

import (
	"math"
	"slices"
	"time"
)

// threshold is the |t| from which the two kinds count as told apart: that of dudect and of the TVLA tests for side channels. By chance alone it is
// reached once in about 150,000 tests.
const threshold = 4.5

// answer is what the times say.
type answer struct {
	question *question
	samples  [2][]float64 // ns
	kept     [2]int       // how many samples are not cropped
	mean     [2]float64   // ns, of these
	t        float64
	seen     float64 // the difference in ns that would have made |t| reach the threshold
	least    float64 // the difference in ns from which it is judged
}

// judge drops the given share of the samples and compares the rest.
//
// All samples of both kinds together decide from which time on they are dropped, so the rule is the same for both and knows neither (dudect calls it
// cropping). What is dropped was struck by something else that the machine did at the time: it says nothing and has the greatest
// part in the variance.
func (a *answer) judge(crop float64, least time.Duration) {
	a.least = float64(least.Nanoseconds())
	limit := math.Inf(1)
	if all := slices.Concat(a.samples[0], a.samples[1]); crop > 0 {
		slices.Sort(all)
		limit = all[int(float64(len(all)-1)*(1-crop))]
	}
	var of [2]moments
	for kind, samples := range a.samples {
		of[kind] = momentsOf(samples, limit)
		a.kept[kind], a.mean[kind] = of[kind].n, of[kind].mean
	}
	a.t = welch(of[0], of[1])
	a.seen = threshold * standardError(of[0], of[1])
}

// moments are the number, the mean and the variance of samples.
type moments struct {
	n              int
	mean, variance float64
}

// momentsOf returns those of the samples up to a limit (Welford's method, in one pass and stable).
func momentsOf(samples []float64, limit float64) (m moments) {
	var squares float64
	for _, x := range samples {
		if x > limit {
			continue
		}
		m.n++
		delta := x - m.mean
		m.mean += delta / float64(m.n)
		squares += delta * (x - m.mean)
	}
	m.variance = squares / float64(m.n-1)
	return m
}

// standardError is that of the difference between the means.
func standardError(a, b moments) float64 {
	return math.Sqrt(a.variance/float64(a.n) + b.variance/float64(b.n))
}

// welch returns Welch's t: the difference between the means in standard errors. It supposes no equal variances, and with thousands of samples no certain
// distribution either.
func welch(a, b moments) float64 {
	if a.mean == b.mean {
		return 0
	}
	return (a.mean - b.mean) / standardError(a, b)
}

// told reports whether the two kinds can be told apart. What cannot be computed can: too few samples are no proof of anything.
func (a *answer) told() bool { return a.seems() && !(math.Abs(a.mean[0]-a.mean[1]) < a.least) }

// seems is told, however small the difference.
func (a *answer) seems() bool { return !(math.Abs(a.t) < threshold) }
