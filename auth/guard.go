package auth

import (
	"fmt"
	"net/http"
	"runtime/debug"

	autherr "github.com/apiauth-go/apiauth/errors"
)

// guard turns a panic of an application's part, such as its store, into an internal error, so that the client gets the
// documented 500 and the log the stack. Use it with defer.
func guard(method autherr.Method, err *error) {
	switch v := recover(); v {
	case nil:
	case http.ErrAbortHandler:
		panic(v)
	default:
		*err = autherr.Internal(method, fmt.Errorf("panic: %v\n%s", v, debug.Stack()))
	}
}
