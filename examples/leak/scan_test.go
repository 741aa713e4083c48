package leak

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"html"
	"log/slog"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"
)

// scanner keeps everything that came out of the service, and the secrets that must not be in it.
type scanner struct {
	mu      sync.Mutex
	outputs []output
	said    map[string]bool // much is said again and again
	secrets []secret
	known   map[string]bool
}

// output is a text that came out. One answer is allowed to hold the credentials that it gives to their owner.
type output struct {
	where, text string
	gives       []string
}

// secret is something that nobody may find in an output: its marks are texts that give it away, in whatever encoding.
type secret struct {
	what, value string
	marks       []string
}

// came keeps an output.
func (s *scanner) came(where, text string, gives ...string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(gives) == 0 {
		if s.said[text] {
			return
		}
		if s.said == nil {
			s.said = map[string]bool{}
		}
		s.said[text] = true
	}
	s.outputs = append(s.outputs, output{where, text, gives})
}

// Write keeps what is logged.
func (s *scanner) Write(p []byte) (int, error) {
	s.came("log", string(p))
	return len(p), nil
}

// printed keeps everything that can be printed of a value.
func (s *scanner) printed(where string, v any) {
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%d"} {
		s.came(where+" "+verb, fmt.Sprintf(verb, v))
		s.came(where+" "+verb, fmt.Sprintf(verb, []any{v}))
		s.came(where+" "+verb, fmt.Sprintf(verb, struct{ V any }{v}))
	}
}

// failed keeps an error and all that is behind it.
func (s *scanner) failed(where string, err error) {
	if err == nil {
		return
	}
	s.came(where, err.Error())
	s.printed(where, err)
	if many, ok := err.(interface{ Unwrap() []error }); ok {
		for _, e := range many.Unwrap() {
			s.failed(where+" (cause)", e)
		}
		return
	}
	s.failed(where+" (cause)", errors.Unwrap(err))
}

// keep adds a secret. It does nothing if it is known.
func (s *scanner) keep(what, value string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if value == "" || s.known[value] {
		return
	}
	if s.known == nil {
		s.known = map[string]bool{}
	}
	s.known[value] = true
	marks := encodings(value)
	// What tokens are stored under.
	sum := sha256.Sum256([]byte(value))
	marks = append(marks, hex.EncodeToString(sum[:]), base64.StdEncoding.EncodeToString(sum[:]), base64.RawURLEncoding.EncodeToString(sum[:]), string(sum[:]), fmt.Sprintf("%d", sum[:]))
	// Part of a token is too much as well. Of a JSON Web Token, the signature makes it one.
	if last := value[strings.LastIndexAny(value, ".$_")+1:]; len(last) >= 30 {
		marks = append(marks, last[:16], last[len(last)-16:])
	}
	marks = slices.DeleteFunc(marks, func(m string) bool { return len(m) < markStart })
	s.secrets = append(s.secrets, secret{what, value, marks})
}

// encodings returns a text in every spelling in which programs print, send or log it.
func encodings(value string) []string {
	list := []string{
		value, hex.EncodeToString([]byte(value)), strings.ToUpper(hex.EncodeToString([]byte(value))), fmt.Sprintf("%d", []byte(value)), // bytes by %x, %X, %v
		url.QueryEscape(value), url.PathEscape(value), url.UserPassword("", value).String()[1:], html.EscapeString(value),
		inner(strconv.Quote(value)), inner(strconv.QuoteToASCII(value)), inner(strconv.Quote(strconv.Quote(value))), // %q, %+q, and a quoted text within another
	}
	for _, escapeHTML := range []bool{false, true} {
		var text strings.Builder
		enc := json.NewEncoder(&text)
		enc.SetEscapeHTML(escapeHTML)
		_ = enc.Encode(value) // of a text
		list = append(list, inner(strings.TrimSpace(text.String())))
	}
	for _, enc := range []*base64.Encoding{base64.StdEncoding, base64.RawURLEncoding} {
		list = append(list, enc.EncodeToString([]byte(value)))
		// What is inside of a longer text that was encoded, such as a pair: without the ends, at each of the three offsets.
		for offset := range 3 {
			if len(value) > 12 {
				text := enc.EncodeToString([]byte(strings.Repeat("x", offset) + value))
				list = append(list, text[4:len(text)-4])
			}
		}
	}
	slices.Sort(list)
	return slices.Compact(list)
}

// inner returns what is between quotes.
func inner(quoted string) string { return quoted[1 : len(quoted)-1] }

// find returns what is where it must not be. There are thousands of secrets and many megabytes of output, so each place is looked at once: a mark can only be where its first
// bytes are.
func (s *scanner) find() (leaks []string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	type mark struct {
		text string
		of   *secret
	}
	marks := map[[markStart]byte][]mark{}
	for i := range s.secrets {
		k := &s.secrets[i]
		for _, text := range k.marks {
			start := [markStart]byte([]byte(text))
			marks[start] = append(marks[start], mark{text, k})
		}
	}
	for _, o := range s.outputs {
		for at := 0; at+markStart <= len(o.text); at++ {
			for _, m := range marks[[markStart]byte([]byte(o.text[at:at+markStart]))] {
				if strings.HasPrefix(o.text[at:], m.text) && !slices.Contains(o.gives, m.of.value) {
					leaks = append(leaks, fmt.Sprintf("%s in %s: …%q…", m.of.what, o.where, o.text[max(0, at-80):min(len(o.text), at+len(m.text)+20)]))
				}
			}
			if len(leaks) > 20 {
				return leaks
			}
		}
	}
	return leaks
}

// markStart is the length of the shortest mark in bytes.
const markStart = 8

func TestTheScannerFindsWhatItLooksFor(t *testing.T) {
	const token = "aat_0123456789abcdefghijklmnopqrstuv"
	sum := sha256.Sum256([]byte(token))
	for _, text := range []string{
		"bad token " + token, "token=" + url.QueryEscape(token), hex.EncodeToString([]byte(token)), base64.StdEncoding.EncodeToString([]byte("somebody:" + token)),
		base64.StdEncoding.EncodeToString([]byte("x:" + token)), base64.StdEncoding.EncodeToString([]byte("my_username:" + token)), hex.EncodeToString(sum[:]),
		fmt.Sprintf("%v", sum), fmt.Sprintf("%v", []byte(token)), "the token that starts with " + token[:20], "…" + token[20:], fmt.Sprintf("%+v", struct{ T string }{token}), fmt.Sprintf("%x", token), fmt.Sprintf("%q", token),
	} {
		s := new(scanner)
		s.keep("token", token)
		s.came("a log", text)
		require.NotEmpty(t, s.find(), text)
	}
	s := new(scanner)
	s.keep("token", token)
	s.failed("an error", fmt.Errorf("outside: %w", errors.Join(errors.New("one"), fmt.Errorf("two: %w", errors.New(token)))))
	require.NotEmpty(t, s.find())

	s = new(scanner)
	s.keep("token", token)
	s.came("the answer", `{"access_token":"`+token+`"}`, token)
	s.came("a log", "token aat_… refused")
	require.Empty(t, s.find())
}

// A secret is found in every form in which it may come out, however odd its characters are, and in what comes out of the things that are looked at.
func TestTheScannerFindsEverySpelling(t *testing.T) {
	const odd = `corr€ct "horse" <bat&tery>\stäple+/%=`
	found := func(secret string, leak func(s *scanner)) {
		t.Helper()
		s := new(scanner)
		s.keep("secret", secret)
		s.came("a log", "nothing")
		require.Empty(t, s.find())
		leak(s)
		require.NotEmpty(t, s.find())
	}
	for _, secret := range []string{odd, "aat_0123456789abcdefghijklmnopqrstuv", "topsecret", "$argon2id$v=19$m=64,t=1,p=1$c2FsdHNhbHQ$aGFzaGhhc2hoYXNoaGFzaGhhc2hoYXNoaGFzaGhhc2g"} {
		text, err := json.Marshal(map[string]any{"error": "bad: " + secret})
		require.NoError(t, err)
		for _, said := range []string{
			secret, "plain: " + secret + ".", base64.StdEncoding.EncodeToString([]byte(secret)), base64.URLEncoding.EncodeToString([]byte(secret)), hex.EncodeToString([]byte(secret)),
			fmt.Sprintf("%X", secret), "?token=" + url.QueryEscape(secret) + "&x=y", "/a/" + url.PathEscape(secret), (&url.URL{Scheme: "https", User: url.UserPassword("u", secret), Host: "h"}).String(),
			string(text), fmt.Sprintf("%q", secret), fmt.Sprintf("%+q", secret), fmt.Sprintf("%q", fmt.Sprintf("%q", secret)), fmt.Sprintf("%v", []byte(secret)), html.EscapeString(secret),
		} {
			found(secret, func(s *scanner) { s.came("an answer", said) })
		}
		if len(secret) > 12 {
			for i := range 3 {
				found(secret, func(s *scanner) {
					s.came("a pair", base64.StdEncoding.EncodeToString([]byte("names"[i:]+":"+secret+":")))
				})
			}
		}
		found(secret, func(s *scanner) { s.failed("an error", fmt.Errorf("outside: %w", errors.New(secret))) })
		found(secret, func(s *scanner) { s.printed("a record", struct{ hidden string }{secret}) })
		found(secret, func(s *scanner) {
			slog.New(slog.NewTextHandler(s, nil)).Info("refused", "why", errors.New("bad "+secret))
		})
		found(secret, func(s *scanner) {
			slog.New(slog.NewJSONHandler(s, nil)).Info("refused", "why", errors.New("bad "+secret))
		})
	}
}
