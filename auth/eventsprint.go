package auth

import (
	"fmt"
	"io"
	"log/slog"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"
)

// cutText returns as much of s as fits into max bytes, in whole characters. What is cut does not hold on to the rest.
func cutText(s string, max int) string {
	if len(s) <= max {
		return s
	}
	end := max
	for end > max-utf8.UTFMax && !utf8.RuneStart(s[end]) {
		end--
	}
	return strings.Clone(s[:end])
}

// printable returns s for people: in at most max bytes, and with everything escaped that a terminal or another reader of logs does not show as one
// character: control characters, line ends, marks that turn the direction of writing, what is no UTF-8.
func printable(s string, max int) string {
	clean := len(s) <= max
	for i := 0; clean && i < len(s); i++ {
		clean = ' ' <= s[i] && s[i] < 0x7f && s[i] != '\\'
	}
	if clean {
		return s
	}
	var b strings.Builder
	var buf [16]byte
	for i, size := 0, 0; i < len(s); i += size {
		var r rune
		r, size = utf8.DecodeRuneInString(s[i:])
		piece := s[i : i+size]
		switch {
		case r == '\\', r == utf8.RuneError && size == 1, !strconv.IsPrint(r):
			quoted := strconv.AppendQuote(buf[:0], piece)
			piece = string(quoted[1 : len(quoted)-1])
		}
		if b.Len()+len(piece) > max {
			break
		}
		b.WriteString(piece)
	}
	return b.String()
}

// maxCause is how much of a cause is printed. It is of our own making but for what a store or an application puts into it. A bug comes with its
// stack.
func (e *Event) maxCause() int {
	if e.Outcome == OutcomeError {
		return 4096
	}
	return maxLogged
}

// attrs returns what there is to tell, in a fixed order, escaped and cut.
func (e *Event) attrs() []slog.Attr {
	list := make([]slog.Attr, 0, 16)
	add := func(name, value string) {
		if value != "" {
			list = append(list, slog.String(name, printable(value, maxLogged)))
		}
	}
	add("kind", string(e.Kind))
	add("outcome", string(e.Outcome))
	add("method", string(e.Method))
	add("application", e.Application)
	add("user_id", e.UserID)
	add("user", e.User)
	add("client_id", e.ClientID)
	if e.Address.IsValid() {
		add("address", e.Address.String())
	}
	add("http_method", e.HTTPMethod)
	add("path", e.Path)
	if e.Status != 0 {
		list = append(list, slog.Int("status", e.Status))
	}
	add("code", string(e.Code))
	add("user_agent", e.UserAgent)
	list = append(list, slog.Duration("duration", e.Duration))
	if e.Cause != nil {
		list = append(list, slog.String("cause", printable(e.Cause.Error(), e.maxCause())))
	}
	return list
}

// String is the event in one line, with the texts of strangers escaped and cut at 256 bytes.
func (e Event) String() string {
	var b strings.Builder
	b.WriteString(e.Time.Format(time.RFC3339Nano))
	for _, a := range e.attrs() {
		b.WriteString(" " + a.Key + "=")
		switch a.Value.Kind() {
		case slog.KindString:
			b.WriteString(`"` + strings.ReplaceAll(a.Value.String(), `"`, `\"`) + `"`)
		default:
			b.WriteString(a.Value.String())
		}
	}
	return b.String()
}

// Format prints String for every verb.
func (e Event) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, e.String()) }

// LogValue is the event as a group.
func (e Event) LogValue() slog.Value { return slog.GroupValue(e.attrs()...) }
