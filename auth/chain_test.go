package auth_test

import (
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/apiauth-go/apiauth/auth"
	autherr "github.com/apiauth-go/apiauth/errors"
)

func TestDecline(t *testing.T) {
	answer := autherr.New(autherr.MethodJWT, autherr.InvalidSignature, nil)
	err := auth.Decline(auth.OtherShape, answer)
	require.ErrorIs(t, err, auth.ErrNoCredentials)
	require.ErrorIs(t, err, autherr.InvalidSignature)
	require.Same(t, answer, autherr.From(err), "the answer is what the client is told")
	require.Equal(t, answer.Error(), err.Error())

	require.Equal(t, autherr.InternalError, autherr.From(auth.Decline(auth.Absent, nil)).Code)
}

func TestChainAnswersWithTheMostSpecificDecline(t *testing.T) {
	absent, absent2 := decline(auth.Absent, "ABSENT"), decline(auth.Absent, "ABSENT_2")
	scheme, scheme2 := decline(auth.OtherScheme, "SCHEME"), decline(auth.OtherScheme, "SCHEME_2")
	shape, shape2 := decline(auth.OtherShape, "SHAPE"), decline(auth.OtherShape, "SHAPE_2")
	unknown := decline(0, "ODD")
	for _, tt := range []struct {
		parts []error
		want  autherr.Code
	}{
		{[]error{absent}, "ABSENT"},
		{[]error{absent, absent2}, "ABSENT"},
		{[]error{absent, scheme}, "SCHEME"},
		{[]error{scheme, absent}, "SCHEME"},
		{[]error{scheme, scheme2}, "SCHEME"},
		{[]error{scheme, shape, absent}, "SHAPE"},
		{[]error{absent, shape2, shape, scheme}, "SHAPE_2"},
		{[]error{absent, unknown, scheme}, "ODD"},
		{[]error{fmt.Errorf("wrapped: %w", shape), scheme}, "SHAPE"},
		{[]error{absent, auth.ErrNoCredentials}, autherr.InvalidAuthorizationHeaderTokenType},
		{[]error{auth.ErrNoCredentials, scheme}, autherr.InvalidAuthorizationHeaderTokenType},
		{[]error{auth.ErrNoCredentials, shape}, "SHAPE"},
		{[]error{absent, fmt.Errorf("%w: %w", autherr.New(autherr.MethodAny, "OWN", nil), auth.ErrNoCredentials)}, "OWN"},
	} {
		var parts []auth.Authenticator
		for _, err := range tt.parts {
			parts = append(parts, fails(err))
		}
		id, err := auth.Chain(parts...).Authenticate(request())
		require.Nil(t, id)
		require.Equal(t, tt.want, autherr.From(err).Code, "%v", tt.parts)
		require.ErrorIs(t, err, auth.ErrNoCredentials, "a Chain that declines can stand in a Chain")
	}
}

func TestTheFirstPartThatClaimsDecides(t *testing.T) {
	no := fails(decline(auth.OtherShape, "SHAPE"))
	id, err := auth.Chain(no, accepts("a"), accepts("b")).Authenticate(request())
	require.NoError(t, err)
	require.Equal(t, "a", id.Name)

	// Bad credentials are final, whoever would take them next.
	for name, bad := range map[string]error{
		"ours":      autherr.New(autherr.MethodJWT, autherr.InvalidSignature, nil),
		"a code":    autherr.TokenExpired,
		"outage":    autherr.Unavailable(autherr.MethodJWT, errors.New("down")),
		"any other": errors.New("any"),
	} {
		called := false
		after := authFunc(func(*http.Request) (*auth.Identity, error) { called = true; return &auth.Identity{}, nil })
		id, err := auth.Chain(no, fails(bad), after).Authenticate(request())
		require.Nil(t, id, name)
		require.Equal(t, bad, err, name)
		require.False(t, called, name)
	}
}

func TestAPartThatReturnsNothingEndsTheChain(t *testing.T) {
	w := serve(auth.Require(auth.Chain(fails(nil), accepts("a")), nil), request())
	require.Equal(t, 500, w.Code)
}

func TestAPartThatReturnsBothEndsTheChain(t *testing.T) {
	both := authFunc(func(*http.Request) (*auth.Identity, error) {
		return &auth.Identity{Name: "both"}, decline(auth.OtherShape, autherr.InvalidToken)
	})
	w := serve(auth.Require(auth.Chain(both, accepts("a")), nil), request())
	require.Equal(t, 401, w.Code, "an answer that contradicts itself lets nobody in")
}

func TestAnEmptyChainRefusesEverything(t *testing.T) {
	for _, o := range []*auth.Options{nil, {AllowAnonymous: true}} {
		for _, r := range []*http.Request{request(), basicRequest("my_username:topsecret")} {
			w := serve(auth.Require(auth.Chain(), o), r)
			require.Equal(t, 500, w.Code)
			require.NotContains(t, w.Body.String(), "anonymous")
		}
	}
}

func TestChainIsNotChangedAfterwards(t *testing.T) {
	parts := []auth.Authenticator{accepts("a")}
	c := auth.Chain(parts...)
	parts[0] = accepts("b")
	id, err := c.Authenticate(request())
	require.NoError(t, err)
	require.Equal(t, "a", id.Name)
}

func TestChainMergesChallengesAndHeaders(t *testing.T) {
	basic, _ := newBasic(t, "")
	_, key := newAPIKey(t, false)
	c := auth.Chain(basic, key, accepts("no Challenger"), basic)
	var got []string
	for _, ch := range c.(auth.Challenger).Challenges() {
		got = append(got, ch.String())
	}
	require.Equal(t, []string{`Basic realm="Example API", charset="UTF-8"`, `ApiKey realm="Example API"`}, got)
	require.Equal(t, []string{"Authorization", "API-KEY"}, c.(auth.HeaderReader).CredentialHeaders())
}

func TestAChainInAChainDecidesAsOne(t *testing.T) {
	inner := auth.Chain(fails(decline(auth.OtherScheme, "INNER")))
	_, err := auth.Chain(fails(decline(auth.Absent, "OUTER")), inner).Authenticate(request())
	require.ErrorIs(t, err, autherr.Code("INNER"))
	id, err := auth.Chain(inner, accepts("a")).Authenticate(request())
	require.NoError(t, err)
	require.Equal(t, "a", id.Name)
}

// A field that stands in for Authorization and API-KEY are two ways to say who one is.
func TestChainRefusesCredentialsInTwoFields(t *testing.T) {
	part := func(fields ...string) auth.Authenticator {
		return fieldReader{fields}
	}
	selector, err := auth.ByHeader(auth.ByHeaderConfig{Default: &auth.Application{Authenticator: part("Authorization", "X-Auth")}})
	require.NoError(t, err)
	for _, parts := range [][]auth.Authenticator{
		{part("Authorization", "X-Auth"), part("API-KEY")},
		{part("API-KEY"), part("Authorization", "x-auth")},
		{auth.Chain(part("Authorization", "X-Auth")), part("API-KEY")},
		{selector, part("API-KEY")},
		{part("Authorization", "X-Auth"), part("Authorization", "X-Other"), part("API-KEY")},
	} {
		c := auth.Chain(parts...)
		try := func(fields ...string) error {
			r := httptest.NewRequest("GET", "/", nil)
			for _, f := range fields {
				r.Header.Set(f, "x")
			}
			_, err := c.Authenticate(r)
			return err
		}
		require.ErrorIs(t, try("X-Auth", "API-KEY"), autherr.InvalidRequest)
		for _, fine := range [][]string{{}, {"X-Auth"}, {"API-KEY"}, {"Authorization"}, {"Authorization", "X-Auth"}, {"X-Auth", "AUTH-METHOD"}, {"API-KEY", "AUTH-METHOD"}, {"X-Unknown", "API-KEY"}} {
			require.NotErrorIs(t, try(fine...), autherr.InvalidRequest, "%q", fine)
		}
	}
}

// fieldReader declines everything and says which fields it reads.
type fieldReader struct{ fields []string }

func (f fieldReader) Authenticate(*http.Request) (*auth.Identity, error) {
	return nil, auth.ErrNoCredentials
}

func (f fieldReader) CredentialHeaders() []string { return f.fields }
