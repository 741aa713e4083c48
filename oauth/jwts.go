package oauth

import (
	"context"
	"errors"
	"time"

	"github.com/apiauth-go/apiauth/auth"
	"github.com/apiauth-go/apiauth/store"
)

// AccessTokenIssuer signs access tokens that need no record (RFC 9068), for clients with JWTAccessTokens. A *jwt.Issuer is one.
type AccessTokenIssuer interface {
	// IssueAccessToken returns a token for user as t describes it: its client, application, scopes, and life, which the token does not
	// outlive. UserID and Stamp are those of user; ID, Kind, Family and SpentAt mean nothing here. It is called concurrently.
	IssueAccessToken(ctx context.Context, user store.User, t store.Token) (string, error)
}

// AccessTokenVerifier verifies such tokens. A *jwt.Verifier of the type jwt.AccessToken is one.
type AccessTokenVerifier interface {
	// Verify returns the identity of a token with the user as he is now. Its errors are those of auth.Authenticator: one that wraps
	// auth.ErrNoCredentials says that the token is none of the issuer's. It is called concurrently.
	Verify(ctx context.Context, token string) (*auth.Identity, error)
}

// errNobody is the cause of a 500 about a verifier that lets a token pass and does not say for whom.
var errNobody = errors.New("oauth: JWTVerifier returned neither an identity of somebody nor an error")

// longestOf returns how long after its issue a verifier accepts a token at most, zero if it does not say: a *jwt.Verifier does.
func longestOf(v AccessTokenVerifier) time.Duration {
	l, ok := v.(interface{ MaxLifetime() time.Duration })
	if !ok {
		return 0
	}
	return l.MaxLifetime()
}

// takesOtherTokens reports whether a verifier says that access tokens are not what it accepts, as a *jwt.Verifier of identity tokens does.
func takesOtherTokens(v AccessTokenVerifier) bool {
	l, ok := v.(interface{ TakesAccessTokens() bool })
	return ok && !l.TakesAccessTokens()
}

// looksNobodyUp reports whether a verifier says that it believes the tokens about their users, as a *jwt.Verifier with SkipUserLookup does. It would
// let blocked users in until their tokens expire.
func looksNobodyUp(v AccessTokenVerifier) bool {
	l, ok := v.(interface{ LooksUsersUp() bool })
	return ok && !l.LooksUsersUp()
}
