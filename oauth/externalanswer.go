package oauth

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/apiauth-go/apiauth/auth/outbound"
)

// maxAnswer is the longest answer about a token that is read, in bytes.
const maxAnswer = 64 << 10

// ExternalAnswer is what another server says about a token or its user: a JSON object. It prints without its contents.
type ExternalAnswer struct {
	text    []byte
	members members
}

// Text returns the member of exactly that name, at the top level. It is empty if there is none or if it is not a string.
func (a *ExternalAnswer) Text(name string) string {
	if a == nil {
		return ""
	}
	text, _ := a.members.text(name)
	return text
}

// Decode decodes the answer into v, a pointer, by encoding/json. That package takes the case of names lightly, so names that differ in nothing else are
// an error, at every level: one would overwrite the other.
func (a *ExternalAnswer) Decode(v any) error {
	if a == nil || a.text == nil {
		return errors.New("oauth: no answer")
	}
	if _, err := readObject(a.text, folded); err != nil { // it was read before
		return errors.New("oauth: two names in the answer differ only in case")
	}
	if err := json.Unmarshal(a.text, v); err != nil {
		return fmt.Errorf("oauth: answer: %w", err)
	}
	return nil
}

// String tells the type only: an answer is about a person.
func (a ExternalAnswer) String() string { return "oauth.ExternalAnswer" }

// GoString is String.
func (a ExternalAnswer) GoString() string { return a.String() }

// Format prints String for every verb.
func (a ExternalAnswer) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, a.String()) }

// LogValue is String.
func (a ExternalAnswer) LogValue() slog.Value { return slog.StringValue(a.String()) }

// readAnswer reads an answer with status 200. Its errors repeat nothing of it.
func readAnswer(answer *outbound.Answer) (*ExternalAnswer, error) {
	if !isJSON(answer.Header) {
		return nil, errors.New("the answer is not of the type " + mediaJSON)
	}
	m, err := readObject(answer.Body, nil)
	if err != nil {
		return nil, fmt.Errorf("the answer is malformed: %w", err)
	}
	return &ExternalAnswer{answer.Body, m}, nil
}

// isJSON reports whether there is one media type and it is that of JSON, whatever its parameters.
func isJSON(h http.Header) bool {
	values := h.Values("Content-Type")
	if len(values) != 1 {
		return false
	}
	t, _, _ := strings.Cut(values[0], ";")
	return strings.EqualFold(strings.Trim(t, " \t"), mediaJSON)
}

// has reports whether there is a member that is not null.
func (m members) has(name string) bool {
	v, ok := m[name]
	return ok && string(v) != "null"
}

// text returns a member that is a string. One that is not there is empty.
func (m members) text(name string) (string, error) {
	var text string
	if m.has(name) && json.Unmarshal(m[name], &text) != nil {
		return "", errors.New("member " + name + " is not a string")
	}
	return text, nil
}

// texts returns a member that is a string or an array of strings, as aud is.
func (m members) texts(name string) ([]string, error) {
	if !m.has(name) {
		return nil, nil
	}
	if one, err := m.text(name); err == nil {
		return []string{one}, nil
	}
	var list []*string // a null would be an empty string otherwise
	if json.Unmarshal(m[name], &list) != nil {
		return nil, errors.New("member " + name + " is neither a string nor an array of strings")
	}
	var texts []string
	for _, s := range list {
		if s == nil {
			return nil, errors.New("member " + name + " has an element that is not a string")
		}
		texts = append(texts, *s)
	}
	return texts, nil
}

// maxDate is the last second of the year 9999.
const maxDate = 253402300799

// date returns a member that is a number of seconds since 1970 (RFC 7662 section 2.2). It is read digit by digit, so that nothing is rounded or wraps,
// and must be of the form that servers write: no exponent, not negative, not after the year 9999. Digits after a point are cut off: a token
// ends a little early then, and begins so too, which is within the leeway.
func (m members) date(name string) (time.Time, error) {
	if !m.has(name) {
		return time.Time{}, nil
	}
	whole, fraction, _ := strings.Cut(string(m[name]), ".")
	n, err := strconv.ParseInt(whole, 10, 64)
	if err != nil || whole[0] == '-' || n > maxDate || strings.Trim(fraction, "0123456789") != "" {
		return time.Time{}, errors.New("member " + name + " is not a date")
	}
	return time.Unix(n, 0).UTC(), nil
}
