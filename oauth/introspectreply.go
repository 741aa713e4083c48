package oauth

import (
	"encoding/json"
	"errors"
	"fmt"
	"math"

	"github.com/apiauth-go/apiauth/auth"
	autherr "github.com/apiauth-go/apiauth/errors"
)

// introspectionReply is what is told of a token (RFC 7662 section 2.2). The zero value is that of an inactive one, of which nothing is told.
type introspectionReply struct {
	Active    bool            `json:"active"`
	Scope     string          `json:"scope,omitempty"`
	ClientID  string          `json:"client_id,omitempty"`
	Username  string          `json:"username,omitempty"`
	TokenType string          `json:"token_type,omitempty"`
	ExpiresAt int64           `json:"exp,omitempty"`
	IssuedAt  int64           `json:"iat,omitempty"`
	NotBefore int64           `json:"nbf,omitempty"`
	Subject   string          `json:"sub,omitempty"`
	Audience  json.RawMessage `json:"aud,omitempty"` // a name or a list of names, as the token has it
	Issuer    string          `json:"iss,omitempty"`
	ID        string          `json:"jti,omitempty"`
	Use       string          `json:"token_use,omitempty"` // not of the RFC, which leaves room for such members
}

// useRefresh is the token_use of a refresh token. Access tokens, the ordinary case, have none.
const useRefresh = "refresh_token"

// addClaims adds what a JSON Web Token says of itself, if its verifier shows it. Claims that cannot be read are an error: a resource server that is
// told no audience may believe that there is none.
func (i *introspectionReply) addClaims(identity *auth.Identity) error {
	if auth.IsNil(identity.Claims) {
		return nil
	}
	claims := map[string]json.RawMessage{} // and not a struct, whose members would take names in any case
	if err := identity.DecodeClaims(&claims); err != nil {
		return errClaims(err)
	}
	for _, c := range [...]struct {
		name string
		read func(json.RawMessage) error
	}{
		{"iss", intoText(&i.Issuer)},
		{"jti", intoText(&i.ID)},
		{"iat", intoSeconds(&i.IssuedAt)},
		{"nbf", intoSeconds(&i.NotBefore)},
		{"aud", func(value json.RawMessage) error { i.Audience = value; return nil }},
	} {
		value, ok := claims[c.name]
		if !ok {
			continue
		}
		if err := c.read(value); err != nil {
			return errClaims(fmt.Errorf("%s: %w", c.name, err))
		}
	}
	return nil
}

func errClaims(err error) error {
	return autherr.Internal(autherr.MethodOAuth, fmt.Errorf("oauth: the claims of an accepted token: %w", err))
}

func intoText(to *string) func(json.RawMessage) error {
	return func(value json.RawMessage) error { return json.Unmarshal(value, to) }
}

// intoSeconds reads a NumericDate, which may have fractions; the answer has whole seconds.
func intoSeconds(to *int64) func(json.RawMessage) error {
	return func(value json.RawMessage) error {
		var n float64
		if err := json.Unmarshal(value, &n); err != nil {
			return err
		}
		if math.Abs(n) > 1<<53 {
			return errors.New("it is out of range")
		}
		*to = int64(math.Floor(n))
		return nil
	}
}
