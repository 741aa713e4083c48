package oauth

import (
	"context"
	"crypto/sha256"
	"errors"
	"slices"
	"strings"
	"time"

	"github.com/apiauth-go/apiauth/auth"
	autherr "github.com/apiauth-go/apiauth/errors"
	"github.com/apiauth-go/apiauth/store"
)

// TokenID returns the ID under which the record of a token is stored: its SHA-256. Applications need it to find the record of
// a token that they were handed, such as one that has leaked.
func TokenID(token string) store.TokenID {
	var buf [64]byte // a token of ours fits, so that nothing is allocated for each request
	return sha256.Sum256(append(buf[:0], token...))
}

// errOtherToken is the cause of a 500 about a store that does not answer what it was asked.
var errOtherToken = errors.New("store returned another token's record")

// tokenResponse is the successful answer of the token endpoint (RFC 6749 section 5.1).
type tokenResponse struct {
	AccessToken  string `json:"access_token"`
	TokenType    string `json:"token_type"`
	ExpiresIn    int64  `json:"expires_in"` // seconds, rounded down
	RefreshToken string `json:"refresh_token,omitempty"`
	Scope        string `json:"scope,omitempty"`
}

// issue makes the tokens of a decision, stores their records, all or none, and returns the answer. No token leaves before its record is in
// the store, and the used refresh token is spent by the same stroke.
func (s *Server) issue(ctx context.Context, q tokenRequest, g *grant, d decision) (*auth.Reply, error) {
	if err := checkDecision(q, d); err != nil {
		return nil, autherr.Internal(autherr.MethodOAuth, err)
	}
	now := time.Now().UTC().Truncate(time.Microsecond) // what every store can keep
	if d.used != nil && familyEnds(*d.used, q.client, now) {
		return nil, errRefreshExpired // in the meantime
	}
	access := store.Token{
		Kind:        store.AccessToken,
		UserID:      d.user.ID,
		ClientID:    q.client.ID,
		Application: s.application,
		Scopes:      d.scopes,
		Stamp:       d.user.Stamp,
		IssuedAt:    now,
		ExpiresAt:   s.expiry(now, q.client),
	}
	var answer tokenResponse
	var records []store.Token
	if g.refreshable && q.mayRefresh() {
		refresh := s.nextRefreshToken(access, q.client, d.used)
		// Nothing of a family outlives it.
		if access.Family = refresh.Family; access.ExpiresAt.After(refresh.ExpiresAt) {
			access.ExpiresAt = wholeSeconds(refresh.ExpiresAt, q.client)
		}
		answer.RefreshToken = auth.NewRandom(auth.PrefixRefreshToken)
		refresh.ID = TokenID(answer.RefreshToken)
		records = append(records, refresh)
	}
	if q.client.JWTAccessTokens {
		var err error
		if answer.AccessToken, err = s.sign(ctx, d.user, access); err != nil {
			return nil, err
		}
	} else {
		answer.AccessToken = auth.NewRandom(auth.PrefixAccessToken)
		access.ID = TokenID(answer.AccessToken)
		records = append(records, access)
	}
	if err := s.keep(ctx, d.used, records); err != nil {
		return nil, err
	}
	answer.TokenType = "Bearer"
	answer.ExpiresIn = int64(access.ExpiresAt.Sub(now) / time.Second)
	answer.Scope = strings.Join(d.scopes, " ")
	return &auth.Reply{Body: answer}, nil
}

// expiry returns when the client's access tokens of now end. A JSON Web Token has its times in whole seconds: it ends less than a second later than
// others, so that expires_in is true, but not later than its verifier accepts it, counted from the beginning of the second that it names.
func (s *Server) expiry(now time.Time, c store.Client) time.Time {
	end := now.Add(orDefault(c.TokenLifetime, s.lifetime))
	if !c.JWTAccessTokens {
		return end
	}
	end = wholeSeconds(end.Add(time.Second-1), c)
	if last := wholeSeconds(wholeSeconds(now, c).Add(s.longestJWT), c); s.longestJWT > 0 && end.After(last) {
		return last
	}
	return end
}

// wholeSeconds returns the time as the client's access tokens can say it.
func wholeSeconds(t time.Time, c store.Client) time.Time {
	if !c.JWTAccessTokens {
		return t
	}
	return time.Unix(t.Unix(), 0).UTC()
}

// checkDecision finds what a client record must not say and a grant must not decide.
func checkDecision(q tokenRequest, d decision) error {
	switch {
	case tooShort(q.client.TokenLifetime):
		return errors.New("oauth: TokenLifetime of the client is negative or less than a second")
	case tooShort(q.client.RefreshTokenLifetime):
		return errors.New("oauth: RefreshTokenLifetime of the client is negative or less than a second")
	case d.user.ID == "" || !d.user.Active:
		return errors.New("oauth: a grant let a user pass who is not active")
	case !areScopes(d.scopes, q.client.Scopes):
		return errors.New("oauth: a grant gave scopes that the client has not")
	}
	return auth.CheckStamp(d.user)
}

// mayRefresh reports whether the client gets a refresh token. One that has not shown its secret gets none: it could not use it.
func (q *tokenRequest) mayRefresh() bool {
	return q.proven && slices.Contains(q.client.Grants, GrantRefreshToken)
}

// nextRefreshToken returns the record of the refresh token that comes with access, still without its ID. The first of a family sets its
// end, which refreshing does not move; and the scopes of the grant stay those of the family, however few of them an access token gets
// (RFC 6749 section 6).
func (s *Server) nextRefreshToken(access store.Token, c store.Client, used *store.Token) store.Token {
	refresh := access
	refresh.Kind = store.RefreshToken
	if used != nil {
		refresh.Family, refresh.Scopes, refresh.ExpiresAt = used.Family, used.Scopes, used.ExpiresAt
		return refresh
	}
	refresh.Family = auth.NewRandom("")
	refresh.ExpiresAt = access.IssuedAt.Add(orDefault(c.RefreshTokenLifetime, s.refreshLifetime))
	if familyEnds(refresh, c, access.IssuedAt) { // before there is a whole second for a JSON Web Token
		refresh.ExpiresAt = wholeSeconds(refresh.ExpiresAt.Add(time.Second), c)
	}
	return refresh
}

// sign returns a JSON Web Token in place of an opaque one.
func (s *Server) sign(ctx context.Context, user store.User, access store.Token) (string, error) {
	if s.jwtIssuer == nil {
		return "", autherr.Internal(autherr.MethodOAuth, errors.New("oauth: JWTAccessTokens of the client is set, and ServerConfig.JWTIssuer is not"))
	}
	token, err := s.jwtIssuer.IssueAccessToken(ctx, user, access)
	switch {
	case err != nil:
		var known *autherr.Error
		if errors.As(err, &known) && known != nil {
			return "", known.WithMethod(autherr.MethodOAuth)
		}
		return "", autherr.Unavailable(autherr.MethodOAuth, err)
	case !auth.IsJWT(token):
		return "", autherr.Internal(autherr.MethodOAuth, errors.New("oauth: JWTIssuer returned no token"))
	}
	return token, nil
}

// keep stores the records. If a refresh token is used up by the request, exactly one of those who use it at the same time gets here without an
// error; the others have used a token that is spent.
func (s *Server) keep(ctx context.Context, used *store.Token, records []store.Token) error {
	var err error
	switch {
	case used != nil:
		var was store.Token
		was, err = s.tokens.RotateToken(ctx, used.ID, records...)
		switch {
		case errors.Is(err, store.ErrSpent):
			if was.ID != used.ID || was.Family != used.Family || was.SpentAt.IsZero() {
				return errRecord
			}
			return s.reused(ctx, was)
		case errors.Is(err, store.ErrNotFound):
			return errRefreshUnknown
		case err == nil && was.ID != used.ID:
			return errRecord
		}
	case len(records) > 0:
		err = s.tokens.CreateTokens(ctx, records...)
	}
	switch {
	case errors.Is(err, store.ErrExists):
		return autherr.Internal(autherr.MethodOAuth, err)
	case err != nil:
		return autherr.Unavailable(autherr.MethodOAuth, err)
	}
	return nil
}

// minLifetime is the shortest life of a token. With less, expires_in would be 0, which many clients take for no end at all, and a JSON Web Token,
// which has whole seconds, could not be issued.
const minLifetime = time.Second

// tooShort reports whether a lifetime is less than that. Zero stands for the default.
func tooShort(lifetime time.Duration) bool { return lifetime != 0 && lifetime < minLifetime }

// orDefault returns d, or def if d is zero.
func orDefault(d, def time.Duration) time.Duration {
	if d == 0 {
		return def
	}
	return d
}
