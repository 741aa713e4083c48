package auth

import (
	"fmt"
	"io"
	"log/slog"
)

// Values that hold secrets print without them, so that a log line with the wrong argument gives nothing away: by every verb
// of package fmt, and through log/slog.

// String names the user who tries.
func (a Attempt) String() string { return fmt.Sprintf("auth.Attempt{%s %q}", a.Method, cut(a.Name)) }

// Format prints String for every verb.
func (a Attempt) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, a.String()) }

// LogValue is String.
func (a Attempt) LogValue() slog.Value { return slog.StringValue(a.String()) }

// MarshalText is String, which is what encoding/json writes.
func (a Attempt) MarshalText() ([]byte, error) { return []byte(a.String()), nil }

// String names the scheme if it is a usual one. Another may be a token that was sent without any.
func (c Credentials) String() string {
	for _, scheme := range [...]string{"Basic", "Bearer"} {
		if c.Is(scheme) {
			return "auth.Credentials{" + scheme + "}"
		}
	}
	return "auth.Credentials{}"
}

// Format prints String for every verb.
func (c Credentials) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, c.String()) }

// LogValue is String.
func (c Credentials) LogValue() slog.Value { return slog.StringValue(c.String()) }

// MarshalText is String, which is what encoding/json writes.
func (c Credentials) MarshalText() ([]byte, error) { return []byte(c.String()), nil }

// String tells the status.
func (r Reply) String() string { return fmt.Sprintf("auth.Reply{%d}", r.Status) }

// Format prints String for every verb.
func (r Reply) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, r.String()) }

// LogValue is String.
func (r Reply) LogValue() slog.Value { return slog.StringValue(r.String()) }

// String returns a fixed text: a Login holds the keys of its counters and of its cache.
func (l Login) String() string { return "auth.Login" }

// Format prints String for every verb.
func (l Login) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, l.String()) }

// LogValue is String.
func (l Login) LogValue() slog.Value { return slog.StringValue(l.String()) }

// Format prints a fixed text for every verb.
func (l *forgedLimit) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, "auth.LimitForged") }

// maxLogged is how much of a client's text gets into a log line, in bytes.
const maxLogged = 256

func cut(s string) string {
	if len(s) > maxLogged {
		return s[:maxLogged]
	}
	return s
}
