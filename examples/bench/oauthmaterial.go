package main

import (
	"math/rand/v2"
	"net/url"
	"time"

	"github.com/apiauth-go/apiauth/oauth"
	"golang.org/x/crypto/bcrypt"
)

const (
	clientID = "4f1d2c86-7a0b-4c55-9d0f-1e6b8a3c9e21"

	// issuedLifetime is short, because go-oauth2's store cannot be closed: what it holds goes when it expires.
	issuedLifetime = time.Minute
)

// authMaterial is what all contenders get: a client with a secret, and users each of whom has one token.
type authMaterial struct {
	secret string // 192 random bits
	bcrypt []byte // its hash
	users  int
}

func newAuthMaterial(users, bcryptCost int) (*authMaterial, error) {
	secret, _ := oauth.NewClientSecret()
	hash, err := bcrypt.GenerateFromPassword([]byte(secret), bcryptCost)
	return &authMaterial{secret: secret, bcrypt: hash, users: users}, err
}

// serve returns a server of the contender and a good token for each user, in the store of the server.
func (m *authMaterial) serve(c authContender) (*authServer, []string, error) {
	server, err := c.serve(m)
	if err != nil {
		return nil, nil, err
	}
	tokens := make([]string, m.users)
	expires := time.Now().Add(12 * time.Hour)
	for i := range tokens {
		if tokens[i], err = server.give(i, expires); err != nil {
			return nil, nil, err
		}
	}
	return server, tokens, nil
}

// form returns the body of a request for a token.
func (m *authMaterial) form(secret string) string {
	return url.Values{"grant_type": {"client_credentials"}, "client_id": {clientID}, "client_secret": {secret}}.Encode()
}

// shuffled returns the tokens in an order in which neighbours are not neighbours in the store: the same order for all.
func shuffled(tokens []string) []string {
	res := make([]string, len(tokens))
	for i, k := range rand.New(rand.NewPCG(1, 2)).Perm(len(tokens)) {
		res[i] = tokens[k]
	}
	return res
}
