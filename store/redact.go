package store

import (
	"fmt"
	"log/slog"
)

// A record that gets into a log line, by any verb of package fmt or through log/slog, shows who or what it is and none of its hashes.
// Encoders such as encoding/json see all fields, for stores use them.

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
