package errors_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	autherr "github.com/apiauth-go/apiauth/errors"
)

func TestIsAndAs(t *testing.T) {
	cause := fmt.Errorf("select: %w", io.ErrUnexpectedEOF)
	err := error(autherr.New(autherr.MethodJWT, autherr.TokenExpired, cause))
	wrapped := fmt.Errorf("handler: %w", err)
	for _, e := range []error{err, wrapped} {
		require.ErrorIs(t, e, autherr.TokenExpired)
		require.NotErrorIs(t, e, autherr.InvalidToken)
		require.ErrorIs(t, e, io.ErrUnexpectedEOF, "the cause is reachable")
		require.NotErrorIs(t, e, context.Canceled)
		var as *autherr.Error
		require.ErrorAs(t, e, &as)
		require.Equal(t, autherr.MethodJWT, as.Method)
	}
	require.ErrorIs(t, autherr.TokenExpired, autherr.TokenExpired)
	require.Equal(t, "TOKEN_EXPIRED", autherr.TokenExpired.Error())
	require.NotErrorIs(t, err, autherr.New(autherr.MethodJWT, autherr.TokenExpired, cause), "two Errors are two errors")
}

func TestFrom(t *testing.T) {
	own := autherr.New(autherr.MethodBasic, autherr.InvalidCredentials, nil)
	require.Same(t, own, autherr.From(own))
	require.Same(t, own, autherr.From(fmt.Errorf("a: %w", fmt.Errorf("b: %w", own))))
	require.Same(t, own, autherr.From(errors.Join(io.EOF, own)))

	bare := autherr.From(fmt.Errorf("custom: %w", autherr.AccessDenied))
	require.Equal(t, autherr.AccessDenied, bare.Code)
	require.Equal(t, autherr.MethodAny, bare.Method)
	require.ErrorContains(t, bare.Cause, "custom")

	for name, err := range map[string]error{
		"nil": nil, "another": io.EOF, "a typed nil": (*autherr.Error)(nil),
		"a wrapped typed nil": fmt.Errorf("x: %w", (*autherr.Error)(nil)),
	} {
		e := autherr.From(err)
		require.NotNil(t, e, name)
		require.Equal(t, autherr.InternalError, e.Code, name)
		require.Equal(t, err, e.Cause, name)
	}
}

func TestErrorTextIsForTheLog(t *testing.T) {
	for _, tt := range []struct {
		err  *autherr.Error
		want string
	}{
		{autherr.New(autherr.MethodJWT, autherr.TokenExpired, io.EOF), "jwt: TOKEN_EXPIRED: EOF"},
		{autherr.New(autherr.MethodAny, autherr.MissingHeader, nil), "MISSING_HEADER"},
		{nil, "INTERNAL_ERROR"},
	} {
		require.Equal(t, tt.want, tt.err.Error())
	}
	require.NoError(t, (*autherr.Error)(nil).Unwrap())
	require.NotErrorIs(t, (*autherr.Error)(nil), autherr.InternalError)
}

func TestConstructors(t *testing.T) {
	u := autherr.Unavailable(autherr.MethodOAuth, io.EOF)
	require.Equal(t, &autherr.Error{Code: autherr.ServiceUnavailable, Method: autherr.MethodOAuth, RetryAfter: time.Second, Cause: io.EOF}, u)
	i := autherr.Internal(autherr.MethodOAuth, io.EOF)
	require.Equal(t, &autherr.Error{Code: autherr.InternalError, Method: autherr.MethodOAuth, Cause: io.EOF}, i)
}

func TestWithMethodLeavesASharedErrorAlone(t *testing.T) {
	shared := autherr.New(autherr.MethodAny, autherr.InvalidRequest, io.EOF)
	told := shared.WithMethod(autherr.MethodBasic)
	require.NotSame(t, shared, told)
	require.Equal(t, autherr.MethodAny, shared.Method)
	require.Equal(t, autherr.MethodBasic, told.Method)
	require.ErrorIs(t, told, io.EOF)
	require.Same(t, shared, shared.WithMethod(autherr.MethodAny))
}
