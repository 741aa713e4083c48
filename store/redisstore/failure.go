package redisstore

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"strings"

	"github.com/redis/go-redis/v9"

	"github.com/apiauth-go/apiauth/store"
)

// failure is an outage: whether anything was done is not known. It can be asked with errors.Is for its cause and does not show it,
// because servers and the client quote in their errors what they were sent or have received, which is digests and records of tokens.
type failure struct {
	text  string
	cause error
	full  bool
}

func newFailure(op string, cause error) error {
	f := &failure{cause: cause}
	what, code := describe(cause)
	f.text = fmt.Sprintf("redisstore: %s: %s", op, what)
	f.full = code == "OOM"
	return f
}

func (f *failure) Error() string { return f.text }

// Is reports what the error is: store.ErrFull if the server is out of memory, and whatever the client says. An answer of the store it
// never is.
func (f *failure) Is(target error) bool {
	switch target {
	case store.ErrFull:
		return f.full
	case store.ErrNotFound, store.ErrExists, store.ErrSpent, store.ErrConflict, store.ErrInvalid:
		return false
	}
	return errors.Is(f.cause, target)
}

// describe says what is wrong in words that hold nothing of what was sent or received, and the code of an error of the server.
func describe(err error) (what, code string) {
	var (
		refused redis.Error
		network *net.OpError
	)
	switch {
	case errors.Is(err, errRecord), errors.Is(err, errMixed), errors.Is(err, errGone):
		return strings.TrimPrefix(err.Error(), "redisstore: "), ""
	case errors.Is(err, redis.ErrClosed), errors.Is(err, redis.ErrPoolTimeout), errors.Is(err, redis.ErrPoolExhausted):
		return "no connection: the client is closed or all its connections are in use", ""
	case errors.As(err, &refused):
		code, _, _ := strings.Cut(refused.Error(), " ")
		if len(code) > 20 || strings.Trim(code, "ABCDEFGHIJKLMNOPQRSTUVWXYZ_") != "" || code == "" {
			code = "ERR"
		}
		return "the server answers " + code, code
	case errors.As(err, &network):
		return network.Error(), ""
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
		return "the connection was closed", ""
	case errors.Is(err, context.DeadlineExceeded), errors.Is(err, context.Canceled):
		return "the client gave up", ""
	}
	return fmt.Sprintf("the client failed with a %T", err), ""
}
