package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"sync/atomic"
	"time"
)

// process is a server that runs.
type process struct {
	greeting
	pid    int
	client *http.Client
	before held // when nobody has asked for anything
}

// held is what a process holds.
type held struct {
	inside
	memory int64 // resident, in bytes
	files  int   // open
}

// withServer starts the server with the flags for as long as do takes.
func withServer(ctx context.Context, flags []string, do func(*process) error) (err error) {
	self, err := os.Executable()
	if err != nil {
		return err
	}
	cmd := exec.CommandContext(ctx, self, append([]string{serve}, flags...)...)
	cmd.Stderr = os.Stderr
	stdin, err := cmd.StdinPipe()
	if err != nil {
		return err
	}
	stdout, err := cmd.StdoutPipe()
	if err != nil {
		return err
	}
	if err := cmd.Start(); err != nil {
		return err
	}
	defer func() {
		_ = stdin.Close()
		err = errors.Join(err, cmd.Wait())
	}()
	p := &process{pid: cmd.Process.Pid, client: &http.Client{Timeout: time.Minute, Transport: &http.Transport{MaxIdleConnsPerHost: 1}}}
	defer p.client.CloseIdleConnections()
	if err := json.NewDecoder(stdout).Decode(&p.greeting); err != nil {
		return fmt.Errorf("the server does not start: %w", err)
	}
	if _, err := p.held(ctx); err != nil { // opens the connection by which it is asked
		return err
	}
	time.Sleep(300 * time.Millisecond)
	if p.before, err = p.held(ctx); err != nil {
		return err
	}
	return do(p)
}

// held returns what the server holds now.
func (p *process) held(ctx context.Context) (h held, err error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+p.Address+"/inside", nil)
	if err != nil {
		return h, err
	}
	resp, err := p.client.Do(req)
	if err != nil {
		return h, err
	}
	defer resp.Body.Close()
	if err := json.NewDecoder(resp.Body).Decode(&h.inside); err != nil {
		return h, err
	}
	_, _ = io.Copy(io.Discard, resp.Body)
	files, err := os.ReadDir(filepath.Join("/proc", strconv.Itoa(p.pid), "fd"))
	if err != nil {
		return h, err
	}
	h.files = len(files)
	h.memory, err = p.memory()
	return h, err
}

var vmRSS = regexp.MustCompile(`VmRSS:\s+(\d+) kB`)

func (p *process) memory() (int64, error) {
	status, err := os.ReadFile(filepath.Join("/proc", strconv.Itoa(p.pid), "status"))
	if err != nil {
		return 0, err
	}
	m := vmRSS.FindSubmatch(status)
	if m == nil {
		return 0, errors.New("no VmRSS in /proc")
	}
	kib, err := strconv.ParseInt(string(m[1]), 10, 64)
	return kib << 10, err
}

// slack is how many goroutines and open files may be left.
const slack = 5

// after returns what the server holds when it has had time to give back what it took.
func (p *process) after(ctx context.Context) (h held, err error) {
	for deadline := time.Now().Add(10 * time.Second); ; time.Sleep(100 * time.Millisecond) {
		h, err = p.held(ctx)
		if err != nil || time.Now().After(deadline) || h.Goroutines <= p.before.Goroutines+slack && h.files <= p.before.files+slack {
			return h, err
		}
	}
}

// watch looks at the memory until stop is called, which returns the most that was seen.
func (p *process) watch() (stop func() (int64, error)) {
	var most int64
	var err error
	var ended atomic.Bool
	done := make(chan struct{})
	go func() {
		defer close(done)
		for last := false; !last && err == nil; time.Sleep(5 * time.Millisecond) {
			last = ended.Load()
			var now int64
			now, err = p.memory()
			most = max(most, now)
		}
	}()
	return func() (int64, error) {
		ended.Store(true)
		<-done
		return most, err
	}
}

// mayHold is the greatest resident memory: that of the idle server, 48 MiB, and two and a half times that of the hashes that are computed at
// the same time, for the memory of the last ones is not collected yet.
func (p *process) mayHold() int64 { return p.before.memory + 48<<20 + 5*int64(p.Slots)*p.Hash/2 }
