// Package readme runs the commands that the README of an example shows and compares what they print with what it says they print.
//
// The commands are in fenced blocks of the language console. A line that starts with "$ " is a command for the shell, and goes on in the next
// line if it ends with a backslash; the lines after it are what it prints. Of a response with its header (curl -i) the README may leave out fields,
// not the status, not the body. A command such as JWT=$(curl …) sets a variable for those below it.
package readme

import (
	"errors"
	"fmt"
	"os"
	"regexp"
	"slices"
	"strings"
)

// Address is where the READMEs say that their example listens.
const Address = "127.0.0.1:8080"

// Command is a command with what it prints.
type Command struct {
	Line   string // of the file, from 1, for messages: "README.md:12"
	Text   string
	Prints string
}

// Commands returns the commands of a file in Markdown. It is an error if there are none.
func Commands(file string) ([]Command, error) {
	data, err := os.ReadFile(file)
	if err != nil {
		return nil, err
	}
	all, err := parse(file, string(data))
	if err == nil && len(all) == 0 {
		err = errors.New("no commands")
	}
	if err != nil {
		return nil, fmt.Errorf("%s: %w", file, err)
	}
	return all, nil
}

const prompt = "$ "

func parse(file, text string) ([]Command, error) {
	var all []Command
	inside, open := false, false // a block; a command that goes on
	for i, line := range strings.Split(text, "\n") {
		switch {
		case !inside:
			inside = line == "```console"
			open = false
		case line == "```":
			inside = false
		case open:
			last := &all[len(all)-1]
			last.Text += "\n" + line
			open = strings.HasSuffix(line, `\`)
		case strings.HasPrefix(line, prompt):
			all = append(all, Command{Line: fmt.Sprintf("%s:%d", file, i+1), Text: line[len(prompt):]})
			open = strings.HasSuffix(line, `\`)
		case len(all) == 0:
			return nil, fmt.Errorf("line %d: a block that does not start with a command", i+1)
		default:
			all[len(all)-1].Prints += line + "\n"
		}
	}
	if inside {
		return nil, errors.New("a block without an end")
	}
	return all, nil
}

// assigned returns the name of the variable that the command sets, if that is what it does.
func (c Command) assigned() string {
	if m := assignment.FindStringSubmatch(c.Text); m != nil {
		return m[1]
	}
	return ""
}

var assignment = regexp.MustCompile(`^([A-Z_]+)=\S`)

// check compares what the command printed with what the README says.
func (c Command) check(printed string) error {
	got, want := strings.TrimRight(strings.ReplaceAll(printed, "\r\n", "\n"), "\n"), strings.TrimRight(c.Prints, "\n")
	if strings.HasPrefix(want, "HTTP/1.1 ") && strings.Contains(c.Text, " -i ") {
		return sameResponse(got, want)
	}
	if got != want {
		return fmt.Errorf("printed:\n%s\nthe README says:\n%s", got, want)
	}
	return nil
}

// sameResponse compares status, body, and the fields of the header that want has.
func sameResponse(got, want string) error {
	gotHead, gotBody, _ := strings.Cut(got, "\n\n")
	wantHead, wantBody, _ := strings.Cut(want, "\n\n")
	gotLines, wantLines := strings.Split(gotHead, "\n"), strings.Split(wantHead, "\n")
	if gotLines[0] != wantLines[0] || gotBody != wantBody {
		return fmt.Errorf("printed:\n%s\nthe README says:\n%s", got, want)
	}
	for _, field := range wantLines[1:] {
		if !slices.ContainsFunc(gotLines[1:], func(f string) bool { return strings.EqualFold(f, field) }) {
			return fmt.Errorf("printed:\n%s\nin which %q is missing", got, field)
		}
	}
	return nil
}
