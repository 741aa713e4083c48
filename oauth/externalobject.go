package oauth

import (
	"bytes"
	"encoding/json"
	"errors"
	"strings"
	"unicode"
	"unicode/utf8"
)

// members are the members of a JSON object, as they are written.
type members map[string]json.RawMessage

var (
	errNotJSON   = errors.New("it is not one JSON text")
	errNotObject = errors.New("it is not a JSON object")
	errRepeated  = errors.New("a member of a JSON object is repeated")
)

// readObject reads one JSON object in UTF-8, and nothing after it: the one place where bodies become members. No object in it, at any depth, may
// have two members of one name: two readers would disagree about which one counts. Names are compared exactly, which encoding/json does not do for
// structs, or as what as makes of them. The result shares text.
func readObject(text []byte, as func(name string) string) (members, error) {
	if !utf8.Valid(text) || !json.Valid(text) {
		return nil, errNotJSON
	}
	o := objectReader{json.NewDecoder(bytes.NewReader(text)), as}
	o.decoder.UseNumber() // a number that fits nothing is no error as long as nobody wants it
	if open, err := o.decoder.Token(); err != nil || open != json.Delim('{') {
		return nil, errNotObject
	}
	m := make(members)
	err := o.object(func(name string, start, end int64) {
		m[name] = bytes.TrimLeft(text[start:end], " \t\r\n:")
	})
	if err != nil {
		return nil, err
	}
	return m, nil
}

// objectReader walks through a text that is known to be well-formed, so that none of its calls fails but for what it looks for.
type objectReader struct {
	decoder *json.Decoder
	as      func(string) string // nil: as they are
}

// object reads an object after its brace and shows where the values are.
func (o objectReader) object(show func(name string, start, end int64)) error {
	seen := make(map[string]bool)
	for o.decoder.More() {
		t, err := o.decoder.Token()
		name, ok := t.(string)
		if err != nil || !ok {
			return errNotJSON
		}
		key := name
		if o.as != nil {
			key = o.as(name)
		}
		if seen[key] {
			return errRepeated
		}
		seen[key] = true
		start := o.decoder.InputOffset()
		if err := o.value(); err != nil {
			return err
		}
		if show != nil {
			show(name, start, o.decoder.InputOffset())
		}
	}
	_, err := o.decoder.Token()
	return err
}

// value reads a value of any kind. Well-formed texts are at most 10,000 levels deep.
func (o objectReader) value() error {
	t, err := o.decoder.Token()
	switch {
	case err != nil:
		return err
	case t == json.Delim('{'):
		return o.object(nil)
	case t == json.Delim('['):
		for o.decoder.More() {
			if err := o.value(); err != nil {
				return err
			}
		}
		_, err = o.decoder.Token()
	}
	return err
}

// folded returns the same text for all names that encoding/json takes for each other when it fills in a struct.
func folded(name string) string {
	return strings.Map(func(r rune) rune {
		for {
			next := unicode.SimpleFold(r)
			if next <= r { // the first of the circle: K, k and the sign for Kelvin have one
				return next
			}
			r = next
		}
	}, name)
}
