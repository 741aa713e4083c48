package errors

import (
	"net/http"
	"strings"
)

// bearerErrors maps codes to the error parameter of a Bearer challenge. A code that is missing here says nothing about a
// bearer token: none was sent, and RFC 6750 section 3.1 wants no error parameter then.
var bearerErrors = map[Code]string{
	InvalidAccessToken:      "invalid_token",
	InvalidSignature:        "invalid_token",
	InvalidToken:            "invalid_token",
	TokenExpired:            "invalid_token",
	UserInformationNotFound: "invalid_token",
	InvalidRequest:          "invalid_request",
}

// bearerError returns the error parameter for e, the refusal of r.
func bearerError(r *http.Request, e *Error) string {
	switch {
	case e.Method != MethodJWT && e.Method != MethodOAuth:
		return ""
	case e.Code == AccessDenied && e.Scope != "":
		return "insufficient_scope"
	case e.Code == InvalidRequest && !sentBearer(r):
		return "" // a form, or credentials of two kinds, neither of them a bearer token
	}
	return bearerErrors[e.Code]
}

// sentBearer reports whether r offers a bearer token, well-formed or not.
func sentBearer(r *http.Request) bool {
	for _, v := range r.Header["Authorization"] {
		scheme, _, _ := strings.Cut(v, " ")
		// EqualFold knows of no other letters that fold to those of this scheme.
		if strings.EqualFold(scheme, schemeBearer) {
			return true
		}
	}
	return false
}

// bearerOnly returns the Bearer challenges of a response other than 401 that concerns a bearer token.
func bearerOnly(r *http.Request, e *Error, resp Response, challenges []Challenge) []string {
	code := bearerError(r, e)
	if code == "" {
		return nil
	}
	var fields []string
	for _, c := range challenges {
		if c.scheme == schemeBearer {
			fields = append(fields, c.with(code, resp.Description, e.Scope))
		}
	}
	return fields
}
