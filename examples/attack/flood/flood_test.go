package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"math"
	"os"
	"runtime"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// TestMain lets this test program be the server, which the command starts by its own name.
func TestMain(m *testing.M) {
	if len(os.Args) > 1 && os.Args[1] == serve {
		main()
		return
	}
	os.Exit(m.Run())
}

func needLinux(t *testing.T) {
	t.Helper()
	if runtime.GOOS != "linux" {
		t.Skip("what a process holds is read from /proc")
	}
}

// The figures of so short a flood mean nothing, but what is not a matter of time and memory holds.
func TestASmallFlood(t *testing.T) {
	needLinux(t)
	var out strings.Builder
	err := run(t.Context(), strings.Fields("-time 300ms -connections 4 -names 200 -rate 50"), &out, io.Discard)
	if err != nil {
		require.ErrorIs(t, err, errMissed, out.String())
	}
	for _, row := range []string{"full cost: p50 with a token, ms", "full cost: p99 with a token, ms", "full cost: resident memory, MiB"} {
		require.Contains(t, out.String(), "\n| "+row)
	}
	for _, part := range []string{"full cost", "one address", "many addresses"} {
		for _, what := range []string{"guesses answered otherwise", "goroutines more than before", "open files more than before", "log lines"} {
			row := lineWith(out.String(), part+": "+what)
			require.Contains(t, row, "| yes |", row)
		}
	}
	require.Contains(t, out.String(), "one address: 200 guesses")
	var refused, limited int
	_, answers, _ := strings.Cut(lineWith(out.String(), "one address: 200"), "/s): ")
	_, err = fmt.Sscanf(answers, "%d refused (401), %d limited", &refused, &limited)
	require.NoError(t, err)
	require.Equal(t, 200, refused+limited)
	require.GreaterOrEqual(t, refused, 50, "the limit of an address")
	require.Less(t, refused, 50+4, "and those that were under way when it was reached")
	require.Contains(t, out.String(), "many addresses: 200 guesses")
	require.Contains(t, out.String(), ": 200 refused (401), 0 limited (429), 0 turned away (503)", "all are hashed and counted")
	lines := strings.Fields(lineWith(out.String(), "one address: log lines"))
	measured, err := strconv.Atoi(lines[len(lines)-4]) // before "| yes |"
	require.NoError(t, err)
	require.Positive(t, measured)
	require.LessOrEqual(t, measured, 3*5, "of three kinds at most, and not 200")
}

// lineWith returns the line that has the text.
func lineWith(text, part string) string {
	for line := range strings.Lines(text) {
		if strings.Contains(line, part) {
			return line
		}
	}
	return ""
}

func TestTheServerEndsWithItsInput(t *testing.T) {
	needLinux(t)
	in, stop := io.Pipe()
	out, hello := io.Pipe()
	done := make(chan error, 1)
	go func() { done <- runServer([]string{"-cheap"}, in, hello) }()
	line, err := bufio.NewReader(out).ReadString('\n')
	require.NoError(t, err)
	require.Contains(t, line, `"Hash":65536`)
	require.NoError(t, stop.Close())
	require.NoError(t, <-done)
	require.Error(t, runServer([]string{"-nonsense"}, in, io.Discard))
}

func TestAnotherAnswerIsCounted(t *testing.T) {
	var a, b tally
	for _, status := range []int{401, 429, 503, 200, 500, 401} {
		a.count(status)
	}
	b.add(a)
	require.Equal(t, tally{refused: 2, limited: 1, busy: 1, other: 2}, b)
	require.Equal(t, 6, b.all())
}

func TestReadAnswer(t *testing.T) {
	read := func(text string) (int, error) {
		c := &conn{r: bufio.NewReader(strings.NewReader(text))}
		status, err := c.readAnswer()
		if err == nil {
			_, err = c.r.ReadByte()
			require.ErrorIs(t, err, io.EOF, "all of it is read")
			err = nil
		}
		return status, err
	}
	status, err := read("HTTP/1.1 401 Unauthorized\r\nX: y\r\nContent-Length: 5\r\n\r\nhello")
	require.NoError(t, err)
	require.Equal(t, 401, status)
	for _, text := range []string{
		"", "HTTP\n", "HTTP/1.1 abc\r\n", "HTTP/1.1 200 OK\r\n", "HTTP/1.1 200 OK\r\n\r\n", "HTTP/1.1 200 OK\r\nContent-Length: x\r\n\r\n",
		"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhell",
	} {
		_, err := read(text)
		require.Error(t, err, text)
	}
}

func TestQuantile(t *testing.T) {
	p := new(probe)
	require.True(t, math.IsNaN(p.quantile(0.5)))
	for i := 100; i > 0; i-- {
		p.times = append(p.times, time.Duration(i)*time.Millisecond)
	}
	require.InDelta(t, 50, p.quantile(0.5), 0)
	require.InDelta(t, 99, p.quantile(0.99), 0)
	require.InDelta(t, 100, p.quantile(1), 0)
}

func TestVerdict(t *testing.T) {
	r := new(report)
	r.goal("reached", 2, 2)
	require.NoError(t, r.verdict())
	r.goal("exceeded", 2.01, 2)
	r.goal("not measured", math.NaN(), 2)
	err := r.verdict()
	require.ErrorIs(t, err, errMissed)
	require.ErrorContains(t, err, "exceeded; not measured")
	require.NotContains(t, err.Error(), "reached;")
	var out strings.Builder
	r.write(&out)
	require.Contains(t, out.String(), "| "+pad("exceeded")+" |       2 |     2.01 | **no** |")
	require.Contains(t, out.String(), "| "+pad("reached")+" |       2 |        2 | yes |")
}

func pad(s string) string { return s + strings.Repeat(" ", 46-len(s)) }

func TestLinesAreCounted(t *testing.T) {
	c := new(lineCounter)
	for i := range 3 {
		n, err := c.Write([]byte(strconv.Itoa(i) + "\nx\n"))
		require.NoError(t, err)
		require.Equal(t, 4, n)
	}
	require.EqualValues(t, 6, c.n.Load())
}

func TestAServerThatIsGoneIsAnError(t *testing.T) {
	needLinux(t)
	ctx := t.Context()
	err := withServer(ctx, nil, func(p *process) error {
		require.Positive(t, p.mayHold())
		require.NoError(t, func() error { _, err := p.after(ctx); return err }())
		ended, cancel := context.WithCancel(ctx)
		cancel()
		_, err := p.held(ended)
		require.ErrorIs(t, err, context.Canceled)
		return errors.New("stop")
	})
	require.EqualError(t, err, "stop")
	require.ErrorContains(t, withServer(ctx, []string{"-nonsense"}, nil), "does not start")
	_, err = attack{connections: 1, names: 1}.run(ctx, "127.0.0.1:1")
	require.Error(t, err)
	require.Error(t, new(probe).run(ctx, "127.0.0.1:1", "x", 100))
}

func TestFlagsAreRefused(t *testing.T) {
	for _, args := range []string{
		"-time 0s", "-time 2h", "-connections 0", "-connections 5000", "-names 0", "-rate 0", "-rate 20000",
		"-per-address 0", "-per-address 50", "-parts (", "x", "-nonsense",
	} {
		_, err := parseFlags(strings.Fields(args), io.Discard)
		require.Error(t, err, args)
	}
	o, err := parseFlags(nil, io.Discard)
	require.NoError(t, err)
	o.parts = nil
	require.Equal(t, options{time: 30 * time.Second, connections: 64, names: 1_000_000, perAddress: 45, rate: 100}, o)
	require.Error(t, run(t.Context(), []string{"-parts", "none"}, io.Discard, io.Discard), "nothing measured is nothing proved")
}
