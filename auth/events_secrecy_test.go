package auth_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/stretchr/testify/require"

	"github.com/apiauth-go/apiauth/auth"
)

// printed is everything that can be printed of the events: by every verb, and through every handler at every level.
func printed(t testing.TB, events []auth.Event) string {
	t.Helper()
	var out bytes.Buffer
	all := &slog.HandlerOptions{Level: slog.Level(-100)}
	loggers := []*slog.Logger{slog.New(slog.NewTextHandler(&out, all)), slog.New(slog.NewJSONHandler(&out, all))}
	var sinks []*auth.SlogSink
	for _, logger := range loggers {
		s, err := auth.NewSlogSink(logger, &auth.SlogOptions{Burst: 1 << 30})
		require.NoError(t, err)
		sinks = append(sinks, s)
	}
	for _, e := range events {
		for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%d", "%x"} {
			fmt.Fprintf(&out, verb+"\n", e)
			fmt.Fprintf(&out, verb+"\n", &e)
			fmt.Fprintf(&out, verb+"\n", []auth.Event{e})
			fmt.Fprintf(&out, verb+"\n", struct{ E any }{e})
		}
		for err := e.Cause; err != nil; err = errors.Unwrap(err) {
			fmt.Fprintf(&out, "%v %+v %#v\n", err, err, err)
		}
		text, err := json.Marshal(e)
		require.NoError(t, err)
		out.Write(text)
		for i, logger := range loggers {
			logger.Info("x", "event", e, "group", slog.GroupValue(slog.Any("e", e)))
			require.NoError(t, sinks[i].Record(t.Context(), e))
		}
	}
	return out.String()
}

// nothingSecret fails if a secret is in what was told.
func (w *told) nothingSecret() {
	w.t.Helper()
	require.NotEmpty(w.t, w.all)
	out := printed(w.t, w.all)
	require.Contains(w.t, out, "my_username", "something was printed")
	require.Greater(w.t, len(w.secrets), 15)
	for _, secret := range w.secrets {
		require.Greater(w.t, len(secret), 5)
		require.NotContains(w.t, out, secret)
	}
	for _, never := range []string{"argon2id", "$2y$", "aat_", "art_", "aak_", "acs_", "eyJ", "?q="} {
		require.NotContains(w.t, out, never)
	}
}

func TestTheScannerFindsASecret(t *testing.T) {
	out := printed(t, []auth.Event{{User: "topsecret"}, {Cause: errors.New("is topsecret2")}})
	require.Contains(t, out, "topsecret")
	require.Contains(t, out, "topsecret2")
}

// hostile are texts that a client can send in place of a name, and that must not get into a log as they are.
var hostile = []string{
	"a\nb=c", "a\r\nlevel=ERROR", "\x1b[2J\x1b]0;x\a", "\x00", "a\tb", "\u202eevil\u2066", "\u2028\u2029", "\u0085", "\xff\xfe", "\xed\xa0\x80", "\"quoted\" \\", "\ufeff", "a\u200bb",
	strings.Repeat("long ", 1000), strings.Repeat("é", 1000), strings.Repeat("\x00", 1000), strings.Repeat("\U0001f600", 300) + "\n", strings.Repeat("x", 255) + "é",
}

func TestTextsOfStrangersAreEscapedAndCut(t *testing.T) {
	for _, text := range hostile {
		e := auth.Event{Kind: auth.EventKind(text), Outcome: auth.OutcomeFailure, UserID: text, User: text, ClientID: text, Application: text,
			HTTPMethod: text, Path: text, UserAgent: text, Cause: errors.New(text)}
		line := e.String()
		checkPrintable(t, line)
		require.Less(t, len(line), 9*256+500)
		require.Equal(t, line, fmt.Sprintf("%+v", e))
		logged := 0
		for _, a := range e.LogValue().Group() {
			if a.Value.Kind() == slog.KindString {
				checkPrintable(t, a.Value.String())
				require.LessOrEqual(t, len(a.Value.String()), 256, a.Key)
				logged++
			}
		}
		require.Equal(t, 10, logged)

		var out bytes.Buffer // a handler that escapes nothing
		s, err := auth.NewSlogSink(slog.New(slog.NewTextHandler(&out, nil)), nil)
		require.NoError(t, err)
		require.NoError(t, s.Record(t.Context(), e))
		require.Equal(t, 1, strings.Count(out.String(), "\n"))
	}
	long := auth.Event{Outcome: auth.OutcomeError, Cause: errors.New(strings.Repeat("stack\n", 300))}
	require.Contains(t, long.String(), strings.Repeat(`stack\n`, 300), "a bug comes with its stack")
}

func checkPrintable(t *testing.T, s string) {
	t.Helper()
	require.True(t, utf8.ValidString(s), "%q", s)
	for _, r := range s {
		require.True(t, r == ' ' || r > ' ' && r < 0x7f || r > 0xa0 && fmt.Sprintf("%q", r) == "'"+string(r)+"'", "%q in %q", r, s)
	}
}

func FuzzEventText(f *testing.F) {
	for _, s := range hostile {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) {
		e := auth.Event{User: text}
		line := e.String()
		checkPrintable(t, line)
		if strings.Contains(text, "\n") && strings.Contains(line, "\n") || len(line) > 256+256+100 {
			t.Fatal(line)
		}
		user := e.LogValue().Group()[0].Value.String()
		if len(text) <= 40 && utf8.ValidString(text) && text == strings.ToValidUTF8(user, "") && strings.ContainsAny(text, "\r\n\x00\x1b") {
			t.Fatalf("%q is logged as it is", text)
		}
		if len(user) > 256 {
			t.Fatalf("%d bytes", len(user))
		}
	})
}
