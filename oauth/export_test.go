package oauth

import autherr "github.com/apiauth-go/apiauth/errors"

// For the fuzz tests.
var ParseRevokeJSON = parseRevokeJSON

// ParseForm parses a body of the token endpoint.
func ParseForm(body string) (map[string]string, error) {
	return parseForm(body, autherr.MethodOAuth, []string{
		paramGrantType, paramClientID, paramClientSecret, paramScope, paramUsername, paramPassword,
	})
}

// ReadClient returns the readings of a request's client credential as pairs of ID and secret.
var ReadClient = readClient

// Pair returns the parts of a reading.
func (c clientCredential) Pair() (id, secret string) { return c.id, c.secret }

// ReadClaimed returns for which user and client a JSON Web Token says that it is.
func ReadClaimed(token string) (userID, clientID string, ok bool) {
	c, ok := readClaimed(token)
	return c.userID, c.clientID, ok
}
