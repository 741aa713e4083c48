package oauth

import (
	"errors"
	"io"
	"net/http"
	"strings"

	autherr "github.com/apiauth-go/apiauth/errors"
)

// The media types that the endpoints take.
const (
	mediaForm = "application/x-www-form-urlencoded"
	mediaJSON = "application/json"
)

// mediaType returns the media type of the request's body in lower case, without its parameters: clients add a charset to types
// that have none. It is empty if there is no single type or if the body is encoded (RFC 9110 section 8.4), which nobody has agreed on.
func mediaType(r *http.Request) string {
	values := r.Header["Content-Type"]
	if len(values) != 1 || len(r.Header["Content-Encoding"]) > 0 {
		return ""
	}
	t, _, _ := strings.Cut(values[0], ";")
	return strings.ToLower(strings.Trim(t, " \t"))
}

// readBody returns the whole body, which auth.Endpoint has bounded.
func readBody(r *http.Request, method autherr.Method) ([]byte, error) {
	body, err := io.ReadAll(r.Body)
	var tooLong *http.MaxBytesError
	switch {
	case errors.As(err, &tooLong):
		return nil, &autherr.Error{Code: autherr.InvalidRequest, Method: method, Status: http.StatusRequestEntityTooLarge, Cause: err}
	case err != nil:
		return nil, autherr.New(method, autherr.InvalidRequest, err)
	}
	return body, nil
}

var errMediaType = errors.New("the media type of the body is not one that the endpoint takes")

// unsupportedMedia is the answer to a body of a type that the endpoint does not take.
func unsupportedMedia(method autherr.Method) error {
	return &autherr.Error{Code: autherr.InvalidRequest, Method: method, Status: http.StatusUnsupportedMediaType, Cause: errMediaType}
}

// invalid is the answer to a request that is malformed. The reason is a fixed text: nothing of the request goes into the log.
func invalid(method autherr.Method, reason string) error {
	return autherr.New(method, autherr.InvalidRequest, errors.New(reason))
}
