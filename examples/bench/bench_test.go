package main

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"math"
	"net/http"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"
)

var materialOf = sync.OnceValue(func() map[string]*material {
	all := map[string]*material{}
	for _, alg := range algorithms {
		m, err := newMaterial(alg)
		if err != nil {
			panic(err)
		}
		all[alg] = m
	}
	return all
})

// Every contender passes the check, and one operation of each is measured, with each algorithm.
func TestEveryContenderIsMeasuredWithEveryAlgorithm(t *testing.T) {
	for alg, m := range materialOf() {
		c, err := compare(t.Context(), m, materialOf()["HS256"], 1, 0)
		require.NoError(t, err)
		rows := len(bareChecks(m)) + len(contenders())
		if alg != "HS256" {
			require.Equal(t, 1.0, c.row(yardstick).ToYardstick)
			rows++
		}
		require.Len(t, c.Rows, rows)
		for _, row := range c.Rows {
			require.Positive(t, row.Ns, "%s, %s", alg, row.Name)
			require.Positive(t, row.ToBare, "%s, %s", alg, row.Name)
			require.Positive(t, row.ToYardstick, "%s, %s", alg, row.Name)
		}
		require.Equal(t, 1.0, c.row(golangJWT).ToGolang)
		require.Equal(t, 1.0, c.row(bareName).ToBare)

		scalings, err := scale(t.Context(), m, 1, 0)
		require.NoError(t, err)
		for _, s := range scalings {
			require.Positive(t, s.Gain, "%s, %s", alg, s.Name)
		}
	}
}

func TestTheCheckFindsWhoAcceptsOrRefusesTooMuch(t *testing.T) {
	m := materialOf()["HS256"]
	var token string
	ask := func(accept func(token string) bool, name, role string) error {
		c := contender{name: "careless", who: func(*http.Request) (string, []string) {
			if name == "" {
				name = nameIn(m, token)
				defer func() { name = "" }()
			}
			return name, []string{role}
		}}
		return check(m, c, bearer(func(text string) (any, error) {
			token = text
			if !accept(text) {
				return nil, http.ErrNoCookie
			}
			return text, nil
		}))
	}
	good := func(text string) bool { return nameIn(m, text) != "" }

	require.NoError(t, ask(good, "", userRole))
	require.ErrorContains(t, ask(func(string) bool { return false }, "", userRole), "refuses a good token with status 401")
	require.ErrorContains(t, ask(good, "somebody", userRole), `for "somebody"`)
	require.ErrorContains(t, ask(good, "", "reader"), `["reader"]`)
	require.Len(t, m.bad, 4)
	for what, bad := range m.bad {
		require.ErrorContains(t, ask(func(text string) bool { return good(text) || text == bad }, "", userRole), "answers a token with "+what)
	}
}

// nameIn returns whose good token it is.
func nameIn(m *material, token string) string {
	for i, good := range m.tokens {
		if good == token {
			return userName(i)
		}
	}
	return ""
}

func TestAFailureWhileMeasuringIsAnError(t *testing.T) {
	failing := &subject{name: "failing", op: func(i int) bool { return i < 3 }}
	require.ErrorContains(t, measure(t.Context(), []*subject{failing}, 5, 0), "failing: fails while it is measured")

	_, err := throughput(2, func() (operation, error) { return failing.op, nil }, 0)
	require.ErrorContains(t, err, "fails on 2 processors")

	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	idle := &subject{name: "idle", op: func(int) bool { return true }}
	require.ErrorIs(t, measure(ctx, []*subject{idle}, 5, 0), context.Canceled)
}

func TestARatioIsTheMedianOfTheRounds(t *testing.T) {
	a := &subject{times: []float64{10, 30, 300}}
	b := &subject{times: []float64{10, 10, 200}}
	require.Equal(t, 1.5, a.ratio(b)) // not 30/10: the third round was slow for both
	require.Equal(t, 2.5, median([]float64{4, 1, 3, 2}))
	require.True(t, math.IsNaN(median(nil)))
}

func TestARoundIsAsLongAsWanted(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &subject{op: func(int) bool { time.Sleep(100 * time.Microsecond); return true }}
		require.NoError(t, s.calibrate(20*time.Millisecond))
		require.Equal(t, 200, s.n)
	})
}

func TestServersAnswerUnderLoad(t *testing.T) {
	results, err := underLoad(t.Context(), materialOf(), ownGenerator, 1, 100*time.Millisecond)
	require.NoError(t, err)
	require.Len(t, results, len(loadCases))
	for _, r := range results {
		require.Positive(t, r.PerSecond, r.Name)
		require.Positive(t, r.ToOpen, r.Name)
	}
	require.Equal(t, 1.0, results[0].ToOpen)
}

func TestAGeneratorReportsRefusals(t *testing.T) {
	m := materialOf()["HS256"]
	middleware, err := named(ours).protect(m)
	require.NoError(t, err)
	addr, stop, err := serve(middleware(http.HandlerFunc(page)))
	require.NoError(t, err)
	defer stop()

	_, err = ownGenerator(t.Context(), addr, flipped(m.tokens[0]), 0)
	require.ErrorContains(t, err, `the server answers "HTTP/1.1 401 Unauthorized"`)

	generate, name := newGenerator()
	if name != "wrk" {
		t.Log(name)
	}
	_, err = generate(t.Context(), addr, flipped(m.tokens[0]), 0)
	require.Error(t, err)
	rate, err := generate(t.Context(), addr, m.tokens[0], 0)
	require.NoError(t, err)
	require.Positive(t, rate)
}

func TestTheProgramWritesTablesAndJSON(t *testing.T) {
	var tables, figures bytes.Buffer
	require.NoError(t, run(t.Context(), []string{
		"-rounds", "1", "-time", "0", "-alg", "HS256,EdDSA", "-heap", "1", "-tokens", "16", "-bcrypt", "4",
	}, &tables, io.Discard))
	for _, text := range []string{
		"1 MiB of the heap",
		"| µs per request (× golang-jwt) | HS256 | EdDSA |\n|:--|--:|--:|\n| bare crypto ",
		"| HS256 ", "| EdDSA ", "| " + ours + " ", "| HS256 " + oursCached, "| HS256, allocations ", "|        – |",
		"| " + verifying + " ", "| " + issuing + " ",
		"| " + goOAuth2 + ", map store ", "| " + fositeV0 + ", bcrypt ", "| " + issuing + ", time against go-oauth2 ",
	} {
		require.Contains(t, tables.String(), text)
	}
	require.NotContains(t, tables.String(), "NaN")

	require.NoError(t, run(t.Context(), []string{"-rounds", "1", "-time", "0", "-alg", "EdDSA", "-oauth=false", "-json"}, &figures, io.Discard))
	var r report
	require.NoError(t, json.Unmarshal(figures.Bytes(), &r))
	require.Len(t, r.Serial, 1)
	require.Equal(t, "EdDSA", r.Serial[0].Alg)
	require.Empty(t, r.OAuth)
}

func TestGoalsAreComparedInTheirDirection(t *testing.T) {
	r := report{Load: []*loadResult{{Alg: "HS256", Name: ours, ToOpen: 0.95}, {Alg: "RS256", Name: oursCached, ToOpen: 0.5}}}
	var out strings.Builder
	r.writeGoals(&out)
	require.Contains(t, out.String(), "| ≥ 0.93 |    0.950 |")
	require.Contains(t, out.String(), "| ≥ 0.93 | 0.500 (missed) |")
	require.True(t, goal{Wanted: 8, Measured: 8}.reached())
	require.False(t, goal{Wanted: 8, Measured: 9}.reached())
}

func TestWrongFlagsAreRefused(t *testing.T) {
	for _, args := range [][]string{
		{"-alg", "none"}, {"-alg", ""}, {"-rounds", "0"}, {"-rounds", "1001"}, {"-time", "-1s"}, {"-time", "1h"}, {"-load-time", "1h"}, {"-heap", "-1"},
		{"-tokens", "0"}, {"-tokens", "100001"}, {"-bcrypt", "3"}, {"-bcrypt", "17"}, {"stray"}, {"-unknown"},
	} {
		require.Error(t, run(t.Context(), args, io.Discard, io.Discard), "%q", args)
	}
}
