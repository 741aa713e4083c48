package errors

import (
	"encoding/json"
	"net/http"
	"strings"
	"sync"
)

// key finds an answer.
type key struct {
	method Method
	code   Code
}

// answer is one row of a profile, ready to be sent but for the user's name.
type answer struct {
	status int
	text   string
	wrap   func(status int, text string) []byte
	body   []byte // nil if text holds userPlaceholder
}

// table is a profile: answers made once, found by method and code.
type table struct {
	answers map[key]answer

	// scoped answers AccessDenied when a scope was missing; nil where that makes no difference.
	scoped *answer

	// free wraps the text of an Error that brings its own, in the shape of its method.
	free func(e *Error) func(status int, text string) []byte

	// describe repeats the text in Bearer challenges.
	describe bool
}

// Render implements Renderer.
func (t *table) Render(e *Error) Response {
	a, ok := t.answers[key{e.Method, e.Code}]
	if !ok {
		a, ok = t.answers[key{MethodAny, e.Code}]
	}
	switch {
	case ok && e.Code == AccessDenied && e.Scope != "" && t.scoped != nil:
		a = *t.scoped
	case !ok && e.Text != "" && e.Status >= 400 && e.Status <= 599:
		// An application's own code.
	case !ok:
		a = t.answers[key{e.Method, InternalError}]
		if a.body == nil {
			a = t.answers[key{MethodAny, InternalError}]
		}
		return t.response(a.status, a.text, a.body)
	}

	if e.Status == 0 && e.Text == "" && a.body != nil {
		return t.response(a.status, a.text, a.body)
	}
	status, text, wrap := a.status, a.text, a.wrap
	if e.Status != 0 {
		status = e.Status
	}
	if e.Text != "" {
		text = e.Text
	} else {
		text = strings.Replace(text, userPlaceholder, nameOf(e), 1)
	}
	if wrap == nil {
		wrap = t.free(e)
	}
	return t.response(status, text, wrap(status, text))
}

func (t *table) response(status int, text string, body []byte) Response {
	r := Response{Status: status, Body: body}
	if t.describe {
		r.Description = text
	}
	return r
}

// nameOf returns the name that a text shows.
func nameOf(e *Error) string {
	if e.User == "" {
		return "anonymous"
	}
	return e.User
}

// add prepares an answer.
func (t *table) add(k key, status int, text string, wrap func(int, string) []byte) {
	t.answers[k] = prepare(status, text, wrap)
}

func prepare(status int, text string, wrap func(int, string) []byte) answer {
	a := answer{status: status, text: text, wrap: wrap}
	if !strings.Contains(text, userPlaceholder) {
		a.body = wrap(status, text)
	}
	return a
}

// forEach calls f with every code of every method: the method's own row where there is one, and otherwise a row made of
// the common text in the method's shape.
func forEach(f func(row)) {
	own := make(map[key]bool, len(documented))
	for _, r := range documented {
		own[key{r.method, r.code}] = true
		f(r)
	}
	for m, shape := range shapes {
		for c, r := range common {
			if !own[key{m, c}] {
				f(row{m, c, r.status, shape, description, r.text})
			}
		}
	}
}

// The tables are made at their first use and never change.
var (
	table2025   = sync.OnceValue(func() *table { return documentedTable(true, nil) })
	tableLegacy = sync.OnceValue(func() *table { return documentedTable(false, legacyTexts) })

	tableRFC = sync.OnceValue(func() *table {
		t := &table{answers: make(map[key]answer), describe: true}
		t.free = func(e *Error) func(int, string) []byte { return rfcBody(strings.ToLower(string(e.Code))) }
		forEach(func(r row) {
			out, found := rfc[r.code]
			if r.method == MethodOAuth {
				if own, ok := rfcTokenEndpoint[r.code]; ok {
					out, found = own, true
				}
			}
			if !found {
				out.error = strings.ToLower(string(r.code))
			}
			if out.status == 0 {
				out.status = r.status
			}
			if out.text == "" {
				out.text = r.text
			}
			t.add(key{r.method, r.code}, out.status, out.text, rfcBody(out.error))
		})
		scoped := prepare(http.StatusForbidden, common[AccessDenied].text, rfcBody("insufficient_scope"))
		t.scoped = &scoped
		return t
	})

	tableServices = sync.OnceValue(func() *table {
		t := &table{answers: make(map[key]answer)}
		t.free = func(*Error) func(int, string) []byte { return servicesBody }
		forEach(func(r row) {
			if text, ok := servicesTexts[r.code]; ok {
				r.text = text
			}
			if r.code == InvalidAuthorizationHeaderTokenType {
				r.status = http.StatusUnauthorized // to this system it is a request without credentials
			}
			t.add(key{r.method, r.code}, r.status, r.text, servicesBody)
		})
		return t
	})
)

// documentedTable makes a table of JSON objects with status, http_code (where the method shows it), error and text.
func documentedTable(withHTTPCode bool, texts map[key]string) *table {
	t := &table{answers: make(map[key]answer)}
	t.free = func(e *Error) func(int, string) []byte {
		h := shapes[e.Method]
		if !withHTTPCode {
			h = noHTTPCode
		}
		return objectBody(e.Code, h, description)
	}
	forEach(func(r row) {
		k := key{r.method, r.code}
		if text, ok := texts[k]; ok {
			r.text = text
		}
		if !withHTTPCode {
			r.httpCode = noHTTPCode
		}
		t.add(k, r.status, r.text, objectBody(r.code, r.httpCode, r.member))
	})
	return t
}

// objectBody returns a function that writes a body of the documented form; the order of the members is part of it.
func objectBody(code Code, h httpCode, member string) func(int, string) []byte {
	return func(status int, text string) []byte {
		b := make([]byte, 0, 80+len(code)+len(text))
		b = append(b, `{"status":"error"`...)
		switch h {
		case httpCodeString:
			b = append(append(append(b, `,"http_code":"`...), threeDigits(status)...), '"')
		case httpCodeInt:
			b = append(append(b, `,"http_code":`...), threeDigits(status)...)
		}
		b = appendString(append(b, `,"error":`...), string(code))
		b = append(append(append(b, `,"`...), member...), `":`...)
		return append(appendString(b, text), '}')
	}
}

// rfcBody returns a function that writes the body of RFC 6749 section 5.2.
func rfcBody(code string) func(int, string) []byte {
	return func(_ int, text string) []byte {
		b := make([]byte, 0, 40+len(code)+len(text))
		b = appendString(append(b, `{"error":`...), code)
		b = append(b, `,"error_description":`...)
		return append(appendString(b, text), '}')
	}
}

// servicesBody writes the array of one string that Services Token sends.
func servicesBody(_ int, text string) []byte {
	b := make([]byte, 0, len(text)+4)
	return append(appendString(append(b, '['), text), ']')
}

func threeDigits(status int) []byte {
	return []byte{byte('0' + status/100%10), byte('0' + status/10%10), byte('0' + status%10)}
}

// appendString appends s as a JSON string. Names come from the application's store and may hold anything.
func appendString(b []byte, s string) []byte {
	quoted, err := json.Marshal(s)
	if err != nil { // cannot happen for a string
		quoted = []byte(`""`)
	}
	return append(b, quoted...)
}
