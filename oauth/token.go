package oauth

import (
	"context"
	"crypto/sha256"
	"errors"
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
	AccessToken string `json:"access_token"`
	TokenType   string `json:"token_type"`
	ExpiresIn   int64  `json:"expires_in"` // seconds, rounded down
	Scope       string `json:"scope,omitempty"`
}

// issue makes an access token, stores its record and returns the answer. No token leaves before its record is in the store.
func (s *Server) issue(ctx context.Context, client store.Client, user store.User, scopes []string) (*auth.Reply, error) {
	lifetime := client.TokenLifetime
	if lifetime == 0 {
		lifetime = s.lifetime
	}
	switch {
	case lifetime < 0:
		return nil, autherr.Internal(autherr.MethodOAuth, errors.New("oauth: TokenLifetime of the client is negative"))
	case user.ID == "" || !user.Active:
		return nil, autherr.Internal(autherr.MethodOAuth, errors.New("oauth: a grant let a user pass who is not active"))
	}
	if err := auth.CheckStamp(user); err != nil {
		return nil, autherr.Internal(autherr.MethodOAuth, err)
	}
	token := auth.NewRandom(auth.PrefixAccessToken)
	now := time.Now().UTC().Truncate(time.Microsecond) // what every store can keep
	err := s.tokens.CreateToken(ctx, store.Token{
		ID:          TokenID(token),
		Kind:        store.AccessToken,
		UserID:      user.ID,
		ClientID:    client.ID,
		Application: s.application,
		Scopes:      scopes,
		Stamp:       user.Stamp,
		IssuedAt:    now,
		ExpiresAt:   now.Add(lifetime),
	})
	switch {
	case errors.Is(err, store.ErrExists):
		return nil, autherr.Internal(autherr.MethodOAuth, err)
	case err != nil:
		return nil, autherr.Unavailable(autherr.MethodOAuth, err)
	}
	return &auth.Reply{Body: tokenResponse{
		AccessToken: token,
		TokenType:   "Bearer",
		ExpiresIn:   int64(lifetime / time.Second),
		Scope:       strings.Join(scopes, " "),
	}}, nil
}
