// Command mutants breaks the security checks of the library, one at a time, and requires that a test notices each time.
//
// A test that passes shows that the code does what it should; that it would fail if the code did not, only a mistake can show. The mistakes are in the text
// files beside this one, in the form that parse describes. Each is made in a copy of the tree, never in the tree itself, and only the tests are run that
// are to catch it. One that none of them catches is a hole in the tests; one whose text is no longer there is out of date and does not apply: both end
// the run with status 1.
//
//	go run ./.ci/mutants            # all, from the top of the repository
//	go run ./.ci/mutants audience   # those whose name matches
package main

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"time"
)

// workers is how many mutants are tried at the same time, each in a copy of its own.
const workers = 2

// The tests of one mutant take a second or two. One that hangs is not caught.
const (
	testTimeout    = 2 * time.Minute
	processTimeout = 5 * time.Minute // with compiling, on a machine that has other things to do
)

func main() {
	if err := run(strings.Join(os.Args[1:], " ")); err != nil {
		fmt.Fprintln(os.Stderr, "mutants:", err)
		os.Exit(1)
	}
}

func run(pattern string) error {
	wanted, err := regexp.Compile(pattern)
	if err != nil {
		return err
	}
	mutants, err := readAll(".ci/mutants")
	if err != nil {
		return err
	}
	mutants = slices.DeleteFunc(mutants, func(m *mutant) bool { return !wanted.MatchString(m.name) })
	if len(mutants) == 0 {
		return fmt.Errorf("no mutant is called %q", pattern)
	}
	top, err := os.MkdirTemp("", "mutants")
	if err != nil {
		return err
	}
	defer os.RemoveAll(top)
	var trees []string
	for i := range workers {
		tree := filepath.Join(top, fmt.Sprint(i))
		if err := copyTree(tree); err != nil {
			return err
		}
		trees = append(trees, tree)
	}
	start := time.Now()
	if err := passes(trees, mutants); err != nil {
		return err
	}
	fmt.Printf("%-14s %5.1fs all tests that are to catch something, before anything is changed\n", "pass", time.Since(start).Seconds())

	work, done := make(chan *mutant), make(chan *mutant)
	var all sync.WaitGroup
	for _, tree := range trees {
		all.Go(func() {
			for m := range work {
				m.try(tree)
				done <- m
			}
		})
	}
	go func() {
		for _, m := range mutants {
			work <- m
		}
		close(work)
		all.Wait()
		close(done)
	}()
	var survivors []string
	for m := range done {
		fmt.Printf("%-14s %5.1fs %-64s %s\n", m.verdict, m.took.Seconds(), m.name, m.caughtBy)
		if m.verdict != caught {
			survivors = append(survivors, fmt.Sprintf("%s (%s)\n\t%s\n%s", m.name, m.verdict, m.why, m.output))
		}
	}
	fmt.Printf("%d of %d mutants caught in %s\n", len(mutants)-len(survivors), len(mutants), time.Since(start).Round(time.Second))
	if len(survivors) > 0 {
		return fmt.Errorf("no test caught:\n%s", strings.Join(survivors, "\n"))
	}
	return nil
}

// copyTree copies the files of the working tree that Git knows or would add.
func copyTree(to string) error {
	list, err := exec.Command("git", "ls-files", "-z", "--cached", "--others", "--exclude-standard").Output()
	if err != nil {
		return fmt.Errorf("git ls-files: %w", err)
	}
	for name := range strings.SplitSeq(strings.TrimSuffix(string(list), "\x00"), "\x00") {
		data, err := os.ReadFile(name)
		if os.IsNotExist(err) {
			continue // deleted, and not yet so for Git
		}
		if err == nil {
			err = cmp.Or(os.MkdirAll(filepath.Join(to, filepath.Dir(name)), 0o755), os.WriteFile(filepath.Join(to, name), data, 0o644))
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// passes runs the tests of all mutants on the code as it is: they must exist and pass, or their failures show nothing. Each package is compiled in
// one tree, and the other finds the result in the cache.
func passes(trees []string, mutants []*mutant) error {
	tests := map[string][]string{}
	for _, m := range mutants {
		tests[m.pkg] = append(tests[m.pkg], m.tests...)
	}
	pkgs := make(chan string, len(tests))
	for pkg := range tests {
		pkgs <- pkg
	}
	close(pkgs)
	errs := make(chan error)
	for _, tree := range trees {
		go func() {
			var failed error
			for pkg := range pkgs {
				out, _ := goTest(tree, pkg, tests[pkg], "-v")
				for _, name := range tests[pkg] {
					if !bytes.Contains(out, []byte("--- PASS: "+name+" (")) {
						failed = cmp.Or(failed, fmt.Errorf("%s does not pass in %s before anything is changed:\n%s", name, pkg, tail(out)))
					}
				}
			}
			errs <- failed
		}()
	}
	var all []error
	for range trees {
		all = append(all, <-errs)
	}
	return errors.Join(all...)
}

// goTest runs the tests with these names. Without the trees' own paths in them, what is compiled in one of them serves the other; and what is used once
// need not be compiled well.
func goTest(tree, pkg string, names []string, flags ...string) (out []byte, timedOut bool) {
	ctx, cancel := context.WithTimeout(context.Background(), processTimeout)
	defer cancel()
	args := append([]string{"test", "-count=1", "-vet=off", "-trimpath", "-gcflags=github.com/apiauth-go/...=-N -l", "-timeout", testTimeout.String(), "-run", "^(" + strings.Join(names, "|") + ")$"}, flags...)
	c := exec.CommandContext(ctx, "go", append(args, pkg)...)
	c.Dir = tree
	c.WaitDelay = time.Second
	out, _ = c.CombinedOutput()
	return out, ctx.Err() != nil || bytes.Contains(out, []byte("panic: test timed out"))
}

// tail returns the end of an output.
func tail(out []byte) string { return string(out[max(0, len(out)-4000):]) }
