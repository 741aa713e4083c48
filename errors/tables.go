package errors

import (
	"net/http"
	"strings"
	"sync"
)

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
		h, ok := shapes[e.Method]
		if !ok { // an application's own method
			h = shapes[MethodAny]
		}
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
