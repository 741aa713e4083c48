package errors

import "strings"

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
	case e.Status != 0 && !isRefusal(e.Status):
		return t.internal(e.Method) // a refusal must not look like a success
	case !ok && (e.Text == "" || e.Status == 0):
		return t.internal(e.Method) // an application's own code brings both
	case e.Code == AccessDenied && e.Scope != "" && t.scoped != nil:
		a = *t.scoped
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

// internal returns the answer of InternalError.
func (t *table) internal(m Method) Response {
	a, ok := t.answers[key{m, InternalError}]
	if !ok {
		a = t.answers[key{MethodAny, InternalError}]
	}
	return t.response(a.status, a.text, a.body)
}

func (t *table) response(status int, text string, body []byte) Response {
	r := Response{Status: status, Body: body}
	if t.describe {
		r.Description = text
	}
	return r
}

// isRefusal reports whether status can be that of an error.
func isRefusal(status int) bool { return status >= 400 && status <= 599 }

// nameOf returns the name that a text shows.
func nameOf(e *Error) string {
	if e.User == "" {
		return "anonymous"
	}
	return e.User
}
