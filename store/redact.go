package store

import (
	"fmt"
	"log/slog"
	"time"
)

// A record that gets into a log line, by any verb of package fmt or as a value of log/slog, shows who or what it is and none of its
// hashes and digests. Encoders such as encoding/json see all fields, for stores use them; slog's JSON handler is one for a record
// inside a slice or a struct.

// String names the user.
func (u User) String() string {
	return fmt.Sprintf("store.User{ID:%q Name:%q Active:%t}", u.ID, u.Name, u.Active)
}

// Format prints String for every verb.
func (u User) Format(f fmt.State, _ rune) { _, _ = fmt.Fprint(f, u.String()) }

// LogValue names the user for log/slog.
func (u User) LogValue() slog.Value {
	return slog.GroupValue(slog.String("id", u.ID), slog.String("name", u.Name), slog.Bool("active", u.Active))
}

// String names the client.
func (c Client) String() string {
	return fmt.Sprintf("store.Client{ID:%q Application:%q Active:%t}", c.ID, c.Application, c.Active)
}

// Format prints String for every verb.
func (c Client) Format(f fmt.State, _ rune) { _, _ = fmt.Fprint(f, c.String()) }

// LogValue names the client for log/slog.
func (c Client) LogValue() slog.Value {
	return slog.GroupValue(slog.String("id", c.ID), slog.String("application", c.Application), slog.Bool("active", c.Active))
}

// String describes the token.
func (t Token) String() string {
	return fmt.Sprintf("store.Token{Kind:%q UserID:%q ClientID:%q Application:%q ExpiresAt:%s}", t.Kind, t.UserID, t.ClientID, t.Application, t.ExpiresAt.UTC().Format(time.RFC3339))
}

// Format prints String for every verb.
func (t Token) Format(f fmt.State, _ rune) { _, _ = fmt.Fprint(f, t.String()) }

// LogValue describes the token for log/slog.
func (t Token) LogValue() slog.Value { return slog.StringValue(t.String()) }

// String describes the key.
func (k APIKey) String() string {
	return fmt.Sprintf("store.APIKey{UserID:%q Name:%q}", k.UserID, k.Name)
}

// Format prints String for every verb.
func (k APIKey) Format(f fmt.State, _ rune) { _, _ = fmt.Fprint(f, k.String()) }

// LogValue describes the key for log/slog.
func (k APIKey) LogValue() slog.Value { return slog.StringValue(k.String()) }
