package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"math"
	"net"
	"os/exec"
	"regexp"
	"strconv"
	"sync"
	"time"
)

// newGenerator returns wrk, if it is installed, or else a plain generator of our own, and what to call it.
func newGenerator() (generator, string) {
	path, err := exec.LookPath("wrk")
	if err != nil {
		return ownGenerator, "own generator, wrk is not installed"
	}
	return func(ctx context.Context, addr, token string, d time.Duration) (float64, error) {
		return wrk(ctx, path, addr, token, d)
	}, "wrk"
}

var wrkRate = regexp.MustCompile(`(?m)^Requests/sec:\s*([0-9.]+)`)

// wrk runs the program of that name, which counts in whole seconds.
func wrk(ctx context.Context, path, addr, token string, d time.Duration) (float64, error) {
	seconds := int(math.Ceil(max(d.Seconds(), 1)))
	out, err := exec.CommandContext(ctx, path, "-t", "1", "-c", strconv.Itoa(connections), "-d", strconv.Itoa(seconds),
		"-H", "Authorization: Bearer "+token, "http://"+addr+"/").CombinedOutput()
	if err != nil {
		return 0, fmt.Errorf("wrk: %w: %s", err, out)
	}
	if bytes.Contains(out, []byte("Non-2xx")) || bytes.Contains(out, []byte("Socket errors")) {
		return 0, fmt.Errorf("wrk: requests failed: %s", out)
	}
	m := wrkRate.FindSubmatch(out)
	if m == nil {
		return 0, fmt.Errorf("wrk: unknown output: %s", out)
	}
	return strconv.ParseFloat(string(m[1]), 64)
}

// maxRequests ends a run of ownGenerator, on each connection, however fast the server is.
const maxRequests = 1_000_000

// ownGenerator does as little as it can: it writes the same bytes and looks for the known body at the end of the answer.
func ownGenerator(ctx context.Context, addr, token string, d time.Duration) (float64, error) {
	ctx, cancel := context.WithTimeout(ctx, d+10*time.Second)
	defer cancel()
	request := []byte("GET / HTTP/1.1\r\nHost: " + addr + "\r\nAuthorization: Bearer " + token + "\r\n\r\n")
	var counts [connections]int
	var errs [connections]error
	var wg sync.WaitGroup
	start := time.Now()
	for i := range connections {
		wg.Go(func() { counts[i], errs[i] = converse(ctx, addr, request, start.Add(d)) })
	}
	wg.Wait()
	took, total := time.Since(start), 0
	for _, n := range counts {
		total += n
	}
	return float64(total) / took.Seconds(), errors.Join(errs[:]...)
}

// converse sends the request on one connection, at least once and until the given time, and returns how often it was answered.
func converse(ctx context.Context, addr string, request []byte, until time.Time) (n int, err error) {
	conn, err := new(net.Dialer).DialContext(ctx, "tcp", addr)
	if err != nil {
		return 0, err
	}
	defer conn.Close()
	limit, _ := ctx.Deadline()
	if err := conn.SetDeadline(limit); err != nil {
		return 0, err
	}
	buf := make([]byte, 16<<10)
	for n == 0 || n < maxRequests && time.Now().Before(until) {
		if _, err := conn.Write(request); err != nil {
			return n, err
		}
		if err := readAnswer(conn, buf); err != nil {
			return n, err
		}
		n++
	}
	return n, nil
}

var (
	statusOK = []byte("HTTP/1.1 200 ")
	lastPart = []byte("\r\n\r\n" + loadBody)
)

// readAnswer reads one whole answer, which is the page or an error.
func readAnswer(conn net.Conn, buf []byte) error {
	for have := 0; have < len(buf); {
		n, err := conn.Read(buf[have:])
		have += n
		switch {
		case have >= len(statusOK) && !bytes.HasPrefix(buf[:have], statusOK):
			line, _, _ := bytes.Cut(buf[:have], []byte("\r\n"))
			return fmt.Errorf("the server answers %q", line)
		case bytes.HasSuffix(buf[:have], lastPart):
			return nil
		case err != nil:
			return err
		}
	}
	return errors.New("the server's answer is too long")
}
