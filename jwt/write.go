package jwt

import (
	"encoding/json"
	"errors"
	"strconv"
	"unicode/utf8"
)

// objectWriter writes one JSON object. Text that is not UTF-8 is an error: replaced characters would name someone else.
type objectWriter struct {
	b   []byte
	err error
}

var errText = errors.New("a text is not UTF-8")

func (w *objectWriter) fail(err error) {
	if w.err == nil {
		w.err = err
	}
}

func (w *objectWriter) key(name string) {
	if len(w.b) == 0 {
		w.b = append(w.b, '{')
	} else {
		w.b = append(w.b, ',')
	}
	w.quote(name)
	w.b = append(w.b, ':')
}

func (w *objectWriter) text(name, value string) {
	w.key(name)
	w.quote(value)
}

// given is text for what may be missing and is left out then.
func (w *objectWriter) given(name, value string) {
	if value != "" {
		w.text(name, value)
	}
}

// words writes one text of words with blanks between them. None are left out. They must be scopes (auth.IsScope), which are written as they are.
func (w *objectWriter) words(name string, words []string) {
	if len(words) == 0 {
		return
	}
	w.key(name)
	sep := byte('"')
	for _, word := range words {
		w.b = append(append(w.b, sep), word...)
		sep = ' '
	}
	w.b = append(w.b, '"')
}

func (w *objectWriter) texts(name string, values []string) {
	w.key(name)
	w.b = append(w.b, '[')
	for i, v := range values {
		if i > 0 {
			w.b = append(w.b, ',')
		}
		w.quote(v)
	}
	w.b = append(w.b, ']')
}

func (w *objectWriter) number(name string, value int64) {
	w.key(name)
	w.b = strconv.AppendInt(w.b, value, 10)
}

// end closes the object.
func (w *objectWriter) end() []byte {
	w.b = append(w.b, '}')
	return w.b
}

func (w *objectWriter) quote(s string) {
	if plain(s) {
		w.b = append(append(append(w.b, '"'), s...), '"')
		return
	}
	quoted, err := json.Marshal(s)
	if err != nil || !utf8.ValidString(s) {
		w.fail(errText)
		return
	}
	w.b = append(w.b, quoted...)
}

// plain reports whether s is written as it is.
func plain(s string) bool {
	for i := range len(s) {
		if c := s[i]; c < ' ' || c > '~' || c == '"' || c == '\\' {
			return false
		}
	}
	return true
}
