package main

import (
	"context"
	"errors"
	"io"
	"math"
	mathrand "math/rand/v2"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// With so few pairs the times mean nothing, and any verdict will do.
func TestEveryQuestionIsAsked(t *testing.T) {
	var out, log strings.Builder
	err := run(t.Context(), []string{"-pairs", "4", "-crop", "10"}, &out, &log)
	if err != nil {
		require.True(t, errors.Is(err, errTold) || errors.Is(err, errVoid), err)
	}
	for _, row := range []string{
		"control: Basic ", "control: client_credentials ", "control: cheaper hash ", "Basic ", "id_token ", "password grant ", "revoke ", "generate ",
		"client_credentials, rfc ", "client_credentials, 2025 ", "introspection, rfc ", "API key ", "services token ", "Basic, CacheVerified ",
		"Basic, older hash ", "Basic, flood control ", "Basic, limited already ",
	} {
		require.Contains(t, out.String(), "\n| "+row)
		require.Contains(t, log.String(), "asking: "+strings.TrimSpace(row))
	}
	require.Equal(t, 2, strings.Count(out.String(), "\n| control: Basic "), "before and after")
	require.NotContains(t, out.String(), "NaN")
}

func TestQuestionsCanBeChosen(t *testing.T) {
	var out strings.Builder
	err := run(t.Context(), []string{"-pairs", "4", "-questions", "^API key$"}, &out, io.Discard)
	if err != nil {
		require.True(t, errors.Is(err, errTold) || errors.Is(err, errVoid), err)
	}
	require.Contains(t, out.String(), "| API key ")
	require.Contains(t, out.String(), "| control: Basic ")
	require.NotContains(t, out.String(), "| id_token ")
}

func TestTimeOnTheProcessor(t *testing.T) {
	if !hasCPUClock {
		t.Skip("there is no such clock here")
	}
	before := cpuTime()
	require.Positive(t, before)
	for start := time.Now(); time.Since(start) < 5*time.Millisecond; {
		_ = wrongPassword()
	}
	require.Greater(t, cpuTime(), before)
	require.NotPanics(t, func() {
		_ = run(t.Context(), []string{"-pairs", "4", "-cpu", "-questions", "^API key$"}, io.Discard, io.Discard)
	})
}

func TestAnswersThatTellByWordsAreAnError(t *testing.T) {
	q := &question{
		kinds: [2]string{"one", "other"}, status: http.StatusOK,
		request: func(kind, _ int) *http.Request { return get([]string{"a", "b"}[kind], "x") },
		handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			name, _, _ := r.BasicAuth()
			w.WriteHeader(http.StatusOK)
			_, _ = io.WriteString(w, name)
		}),
	}
	_, err := q.answer(t.Context(), options{pairs: 4})
	require.ErrorContains(t, err, "the words of the answers tell")
	q.judgement = mayTell
	_, err = q.answer(t.Context(), options{pairs: 4})
	require.NoError(t, err)
	q.status = http.StatusUnauthorized
	_, err = q.answer(t.Context(), options{pairs: 4})
	require.ErrorContains(t, err, "status 200")
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	q.status = http.StatusOK
	_, err = q.answer(ctx, options{pairs: 4})
	require.ErrorIs(t, err, context.Canceled)
}

// By hand: variances of 9 and 0.9 are 0.9 and 0.045 for the means of 10 and 20 samples.
func TestWelch(t *testing.T) {
	got := welch(moments{10, 20.6, 9.0}, moments{20, 22.1, 0.9})
	require.InDelta(t, -1.5/math.Sqrt(0.9+0.045), got, 1e-12)
	require.Zero(t, welch(moments{n: 5, mean: 3}, moments{n: 5, mean: 3}), "and no division of zero by zero")

	m := momentsOf([]float64{2, 4, 4, 4, 5, 5, 7, 9, 1000}, 100)
	require.Equal(t, 8, m.n)
	require.InDelta(t, 5, m.mean, 1e-12)
	require.InDelta(t, 32.0/7, m.variance, 1e-12)
}

func TestCroppingIsTheSameForBoth(t *testing.T) {
	a := &answer{question: new(question), samples: [2][]float64{{1, 2, 3, 4, 5}, {1, 2, 3, 4, 1e9}}}
	a.judge(0.1, 0)
	require.Equal(t, [2]int{5, 4}, a.kept)
	require.InDelta(t, 2.5, a.mean[1], 1e-12)
	a.judge(0, 0)
	require.Equal(t, [2]int{5, 5}, a.kept)
}

func TestVerdict(t *testing.T) {
	noise := func(mean float64) []float64 {
		rng := mathrand.New(mathrand.NewPCG(1, uint64(mean)))
		samples := make([]float64, 2000)
		for i := range samples {
			samples[i] = mean + 10*rng.NormFloat64()
		}
		return samples
	}
	for _, test := range []struct {
		name       string
		judgement  judgement
		difference float64
		least      time.Duration
		status     int
	}{
		{"nothing", mustNotTell, 0, 0, 0},
		{"something", mustNotTell, 30, 0, 1},
		{"too little", mustNotTell, 10, 20, 0},
		{"documented", mayTell, 30, 0, 0},
		{"control", control, 0, 0, 0},
		{"control fails", control, 30, 0, 3},
		{"known difference", mustTell, 30, 0, 0},
		{"known difference not seen", mustTell, 0, 0, 3},
	} {
		t.Run(test.name, func(t *testing.T) {
			a := &answer{question: &question{judgement: test.judgement}, samples: [2][]float64{noise(1000), noise(1000 + test.difference)}}
			a.judge(0.05, test.least)
			r := &report{answers: []*answer{a}}
			require.Equal(t, test.status, exitStatus(r.verdict()), "|t| = %v", a.t)
		})
	}
	few := &answer{question: new(question), samples: [2][]float64{{1}, {2}}}
	few.judge(0, 0)
	require.True(t, few.told(), "one sample proves nothing")
}

func TestFlagsAreRefused(t *testing.T) {
	for _, args := range []string{"-pairs 3", "-pairs 1000001", "-crop 51", "-crop -1", "-crop NaN", "-least -1ns", "-questions (", "x", "-nonsense"} {
		_, err := parseFlags(strings.Fields(args), io.Discard)
		require.Error(t, err, args)
		require.Equal(t, 2, exitStatus(err))
	}
	_, err := parseFlags(nil, io.Discard)
	require.NoError(t, err)
}
