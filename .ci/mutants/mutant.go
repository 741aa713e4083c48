package main

import (
	"bufio"
	"cmp"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"time"
)

// mutant is one mistake.
type mutant struct {
	name  string // what the mistaken code does
	why   string // what somebody gains by it
	pkg   string // where the tests are
	tests []string
	edits []edit

	verdict, caughtBy, output string
	took                      time.Duration
}

// edit replaces a text that is in a file exactly once.
type edit struct{ file, old, new string }

// The verdicts.
const (
	caught   = "caught"
	survived = "SURVIVED"
	outdated = "DOES NOT APPLY"
	broken   = "DOES NOT BUILD" // which shows nothing about the tests
	hangs    = "HANGS"
)

// try makes the mistake in the tree, runs the tests, and puts the tree right again.
func (m *mutant) try(tree string) {
	start := time.Now()
	defer func() { m.took = time.Since(start) }()
	undo, err := m.mutate(tree)
	if err != nil {
		m.verdict, m.output = outdated, err.Error()
		return
	}
	for file, data := range undo {
		defer os.WriteFile(file, data, 0o644)
	}
	for file, data := range m.edited(undo) {
		if err := os.WriteFile(file, data, 0o644); err != nil {
			m.verdict, m.output = broken, err.Error()
			return
		}
	}
	out, timedOut := goTest(tree, m.pkg, m.tests, "-failfast")
	failed := failure.FindSubmatch(out)
	switch {
	case failed != nil:
		m.verdict, m.caughtBy = caught, string(failed[1])
	case timedOut:
		m.verdict, m.output = hangs, tail(out)
	case ok.Match(out):
		m.verdict = survived
	default:
		m.verdict, m.output = broken, tail(out)
	}
}

var (
	failure = regexp.MustCompile(`(?m)^--- FAIL: (\w+)`)
	ok      = regexp.MustCompile(`(?m)^ok  `)
)

// mutate returns the files that the mutant changes, as they are, or an error if its texts are not in them exactly once.
func (m *mutant) mutate(tree string) (files map[string][]byte, err error) {
	files = map[string][]byte{}
	for i := range m.edits {
		e := &m.edits[i]
		file := filepath.Join(tree, e.file)
		data, err := os.ReadFile(file)
		if err != nil {
			return nil, err
		}
		if n := strings.Count(string(data), e.old); n != 1 {
			return nil, fmt.Errorf("%s has its text %d times:\n%s", e.file, n, e.old)
		}
		files[file] = data
	}
	return files, nil
}

// edited returns the files as the mutant changes them.
func (m *mutant) edited(files map[string][]byte) map[string][]byte {
	changed := map[string][]byte{}
	for file, data := range files {
		text := string(data)
		for _, e := range m.edits {
			if strings.HasSuffix(filepath.ToSlash(file), "/"+e.file) {
				text = strings.Replace(text, e.old, e.new, 1)
			}
		}
		changed[file] = []byte(text)
	}
	return changed
}

// readAll returns the mutants of all text files in a folder.
func readAll(folder string) (all []*mutant, err error) {
	files, err := filepath.Glob(filepath.Join(folder, "*.txt"))
	if err != nil || len(files) == 0 {
		return nil, cmp.Or(err, fmt.Errorf("no text files in %s: start at the top of the repository", folder))
	}
	for _, file := range files {
		data, err := os.ReadFile(file)
		if err != nil {
			return nil, err
		}
		mutants, err := parse(string(data))
		if err != nil {
			return nil, fmt.Errorf("%s: %w", file, err)
		}
		all = append(all, mutants...)
	}
	return all, nil
}

// parse reads mutants:
//
//	mutant: the audience is not checked
//	why: a token for another service opens this one
//	test: ./jwt TestOne TestAnother
//	file: jwt/verify.go
//	<<<<
//	the text as it is
//	====
//	the text as it becomes
//	>>>>
//
// A mutant with several edits has several times the lines from file on; the file may be left out where it is the same. Lines outside that are empty
// or start with # are left out.
func parse(text string) (all []*mutant, err error) {
	var m *mutant
	var file string
	lines := bufio.NewScanner(strings.NewReader(text))
	for n := 1; lines.Scan(); n++ {
		line := lines.Text()
		if line == "" || line[0] == '#' {
			continue
		}
		key, value, _ := strings.Cut(line, ": ")
		switch {
		case key == "mutant":
			m = &mutant{name: value}
			all = append(all, m)
		case m == nil:
			return nil, fmt.Errorf("line %d belongs to no mutant", n)
		case key == "why":
			m.why = value
		case key == "test":
			fields := strings.Fields(value)
			m.pkg, m.tests = fields[0], fields[1:]
		case key == "file":
			file = value
		case line == "<<<<":
			e := edit{file: file, old: until(lines, "====", &n), new: until(lines, ">>>>", &n)}
			m.edits = append(m.edits, e)
		default:
			return nil, fmt.Errorf("line %d: %q is not understood", n, line)
		}
	}
	for _, m := range all {
		if m.why == "" || len(m.tests) == 0 || len(m.edits) == 0 || m.edits[0].old == "" {
			return nil, errors.New("incomplete: " + m.name)
		}
	}
	return all, lines.Err()
}

// until returns the lines before the mark, without the end of the last.
func until(lines *bufio.Scanner, mark string, n *int) string {
	var text []string
	for lines.Scan() {
		*n++
		if lines.Text() == mark {
			break
		}
		text = append(text, lines.Text())
	}
	return strings.Join(text, "\n")
}
