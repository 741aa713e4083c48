package errors

import (
	"net/http"
	"strconv"
	"time"
)

// Respond answers r with err: it is the one place where a refusal becomes a response. A nil rd means [Profile2025].
//
// It sets the body of rd with Content-Type application/json and Cache-Control: no-store, and besides
//
//   - with 401, a WWW-Authenticate field for each challenge: what the route accepts;
//   - with 400 and 403 that concern a bearer token, the Bearer challenge with its error (RFC 6750 section 3.1);
//   - with 405, Allow: POST for a wrong HTTP method, and the request's own method where the manuals answer a wrong
//     scheme with 405 (a 405 needs the field);
//   - with 429 and 503, Retry-After.
//
// Everything that was set for the body of a success is removed. An err that is nil or not one of ours is answered with
// the fixed body of [InternalError], and so is a status outside of 400 to 599, whatever rd makes of it.
func Respond(w http.ResponseWriter, r *http.Request, rd Renderer, err error, challenges ...Challenge) {
	if rd == nil {
		rd = Profile2025(nil)
	}
	e := From(err)
	resp := rd.Render(e)
	if !isRefusal(resp.Status) {
		e = Internal(e.Method, e)
		resp = table2025().Render(e)
	}

	h := w.Header()
	for _, name := range [...]string{"Content-Encoding", "Etag", "Last-Modified", "Content-Range", "Expires"} {
		h.Del(name)
	}
	h.Set("Content-Type", "application/json")
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Cache-Control", "no-store")
	h.Set("Content-Length", strconv.Itoa(len(resp.Body)))

	switch resp.Status {
	case http.StatusUnauthorized:
		h["Www-Authenticate"] = unauthorized(r, e, resp, challenges)
	case http.StatusBadRequest, http.StatusForbidden:
		if fields := bearerOnly(r, e, resp, challenges); fields != nil {
			h["Www-Authenticate"] = fields
		}
	case http.StatusMethodNotAllowed:
		if e.Code == InvalidHTTPMethod {
			h.Set("Allow", http.MethodPost)
		} else {
			h.Set("Allow", r.Method)
		}
	case http.StatusTooManyRequests, http.StatusServiceUnavailable:
		h.Set("Retry-After", strconv.FormatInt(retrySeconds(e.RetryAfter), 10))
	}
	w.WriteHeader(resp.Status)
	_, _ = w.Write(resp.Body) // the client is gone: nobody is left to tell
}

// unauthorized returns the challenges of a 401, which must have at least one.
func unauthorized(r *http.Request, e *Error, resp Response, challenges []Challenge) []string {
	fields := make([]string, 0, max(1, len(challenges)))
	for _, c := range challenges {
		switch {
		case c.IsZero():
		case c.scheme == schemeBearer:
			fields = append(fields, c.with(bearerError(r, e), resp.Description, ""))
		default:
			fields = append(fields, c.field)
		}
	}
	if len(fields) == 0 {
		fields = append(fields, `Bearer realm="API"`)
	}
	return fields
}

// retrySeconds rounds up, so that a client that obeys is not refused again.
func retrySeconds(d time.Duration) int64 {
	seconds := int64(d / time.Second)
	if d%time.Second > 0 {
		seconds++
	}
	return max(1, seconds)
}
