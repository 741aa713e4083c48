package main

import (
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"regexp"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// A flood of wrong passwords must not take the server from everybody else: hashing is bounded, what is too much is refused
// at once, and who has a token is served meanwhile. The command that prints the figures is
//
//	go test -run '^$' -bench Flood -benchtime 1x ./examples/server

const (
	floodRequests = 1000
	mib           = 1 << 20
	hashMemory    = 19 * mib // of argon2id by default
)

// floodFigures is what a flood did to a server.
type floodFigures struct {
	refused, busy      int           // 401 and 503
	idle, peak         int64         // resident memory in bytes
	probes             int           // bearer requests that were answered meanwhile
	p50, p99, longest  time.Duration // their times
	took               time.Duration
	unexpected, failed []string
}

// allowed is the resident memory that the server may reach.
func (f *floodFigures) allowed() int64 {
	slots := int64(max(1, runtime.GOMAXPROCS(0)-1))
	return f.idle + 48*mib + 5*slots*hashMemory/2
}

func (f *floodFigures) String() string {
	return fmt.Sprintf("%d requests in %v: %d refused (401), %d turned away (503); resident memory %d MiB idle, %d MiB at most, %d MiB allowed; %d bearer requests meanwhile: p50 %v, p99 %v, longest %v",
		floodRequests, f.took.Round(time.Millisecond), f.refused, f.busy, f.idle/mib, f.peak/mib, f.allowed()/mib, f.probes, f.p50, f.p99, f.longest)
}

// flood sends all wrong passwords at once.
func flood(tb testing.TB, s *example) *floodFigures {
	token := s.accessToken()
	f := &floodFigures{idle: residentMemory(tb, s.pid)}
	f.peak = f.idle

	// Each request comes from an address of its own: from one, flood control would let through a few only.
	client := &http.Client{Transport: &http.Transport{DisableKeepAlives: true, DialContext: fromManyAddresses()}, Timeout: time.Minute}
	var mu sync.Mutex
	var running atomic.Bool
	running.Store(true)

	var watchers sync.WaitGroup
	watchers.Go(func() { // memory
		for running.Load() {
			now := residentMemory(tb, s.pid)
			mu.Lock()
			f.peak = max(f.peak, now)
			mu.Unlock()
			time.Sleep(5 * time.Millisecond)
		}
	})
	var times []time.Duration
	watchers.Go(func() { // a client with a token
		probe := &http.Client{Timeout: time.Minute}
		for running.Load() {
			req, _ := http.NewRequest(http.MethodGet, s.base+"/user/1", nil)
			req.Header.Set("Authorization", "Bearer "+token)
			start := time.Now()
			status, err := send(probe, req, nil)
			times = append(times, time.Since(start))
			if err != nil || status != http.StatusOK {
				f.failed = append(f.failed, fmt.Sprint(status, err))
			}
			time.Sleep(2 * time.Millisecond)
		}
	})

	gate := make(chan struct{})
	var senders sync.WaitGroup
	for i := range floodRequests {
		senders.Go(func() {
			req, _ := http.NewRequest(http.MethodGet, s.base+"/user/1", nil)
			req.SetBasicAuth(fmt.Sprintf("user%d", i), "wrong")
			<-gate
			var header http.Header
			status, err := send(client, req, &header)
			mu.Lock()
			defer mu.Unlock()
			switch {
			case status == http.StatusUnauthorized:
				f.refused++
			case status == http.StatusServiceUnavailable && header.Get("Retry-After") != "":
				f.busy++
			default:
				f.unexpected = append(f.unexpected, fmt.Sprint(status, err))
			}
		})
	}
	start := time.Now()
	close(gate)
	senders.Wait()
	f.took = time.Since(start)
	running.Store(false)
	watchers.Wait()

	slices.Sort(times)
	if f.probes = len(times); f.probes > 0 {
		f.p50, f.p99, f.longest = times[f.probes/2], times[f.probes*99/100], times[f.probes-1]
	}
	return f
}

// fromManyAddresses returns a dialer that takes another loopback address each time.
func fromManyAddresses() func(context.Context, string, string) (net.Conn, error) {
	var last atomic.Uint32
	return func(ctx context.Context, network, address string) (net.Conn, error) {
		n := last.Add(1)
		dialer := net.Dialer{LocalAddr: &net.TCPAddr{IP: net.IPv4(127, 1, byte(n>>8), byte(n))}}
		return dialer.DialContext(ctx, network, address)
	}
}

func send(client *http.Client, req *http.Request, header *http.Header) (status int, err error) {
	resp, err := client.Do(req)
	if err != nil {
		return 0, err
	}
	defer resp.Body.Close()
	if header != nil {
		*header = resp.Header
	}
	_, err = io.Copy(io.Discard, resp.Body)
	return resp.StatusCode, err
}

var vmRSS = regexp.MustCompile(`VmRSS:\s+(\d+) kB`)

func residentMemory(tb testing.TB, pid int) int64 {
	status, err := os.ReadFile("/proc/" + strconv.Itoa(pid) + "/status")
	if err != nil {
		tb.Skip("resident memory is read from /proc")
	}
	m := vmRSS.FindStringSubmatch(string(status))
	if m == nil {
		tb.Error("no VmRSS in /proc")
		return 0
	}
	kib, _ := strconv.ParseInt(m[1], 10, 64)
	return kib << 10
}

func TestAFloodOfWrongPasswordsIsBounded(t *testing.T) {
	s := startServer(t)
	f := flood(t, s)
	t.Log(f)
	require.Empty(t, f.unexpected, "every request is refused (401) or turned away (503 with Retry-After)")
	require.Positive(t, f.refused)
	require.Positive(t, f.busy, "more than the line takes is turned away")
	require.Empty(t, f.failed, "who has a token is served meanwhile")
	require.Positive(t, f.probes)
	if !raceDetector { // which multiplies memory
		require.LessOrEqual(t, f.peak, f.allowed())
	}
	require.Equal(t, 200, curl(t, "-u", "my_username:topsecret", s.base+"/user/1").status, "the right password works afterwards")
}

func BenchmarkWrongPasswordFlood(b *testing.B) {
	s := startServer(b)
	for b.Loop() {
		f := flood(b, s)
		b.Log(strings.ReplaceAll(f.String(), "; ", "\n"))
		b.ReportMetric(float64(f.peak-f.idle)/mib, "MiB-over-idle")
		b.ReportMetric(float64(f.p50.Microseconds())/1000, "bearer-p50-ms")
		b.ReportMetric(float64(f.p99.Microseconds())/1000, "bearer-p99-ms")
		b.ReportMetric(float64(f.busy), "turned-away")
	}
}
