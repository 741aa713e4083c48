package main

import (
	"context"
	"net/http"

	"github.com/apiauth-go/apiauth/auth"
	"github.com/apiauth-go/apiauth/jwt"
	"github.com/apiauth-go/apiauth/store"
	"github.com/apiauth-go/apiauth/store/memstore"
)

func protectByApiauth(m *material) (func(http.Handler) http.Handler, error) {
	return protectByVerifier(m, false)
}

func protectByApiauthCached(m *material) (func(http.Handler) http.Handler, error) {
	return protectByVerifier(m, true)
}

// protectByVerifier is more than the others do: it looks up each token's user.
func protectByVerifier(m *material, cached bool) (func(http.Handler) http.Handler, error) {
	alg := jwt.Algorithm(m.alg)
	var key *jwt.VerificationKey
	var err error
	if secret, ok := m.verifyKey.([]byte); ok {
		key, err = jwt.NewVerificationSecret(alg, secret, nil)
	} else {
		key, err = jwt.NewVerificationKey(alg, m.verifyKey, nil)
	}
	if err != nil {
		return nil, err
	}
	keys, err := jwt.NewKeySet(key)
	if err != nil {
		return nil, err
	}
	accounts, err := newAccounts(users)
	if err != nil {
		return nil, err
	}
	cfg := jwt.VerifierConfig{
		Keys: keys, Algorithms: []jwt.Algorithm{alg}, Issuer: issuer, Audience: []string{audience},
		Users: accounts, UsernameClaim: "name", Realm: "bench",
	}
	if cached {
		cfg.CacheTokens = 1024
	}
	verifier, err := jwt.NewVerifier(cfg)
	if err != nil {
		return nil, err
	}
	return auth.Require(verifier, nil), nil
}

// userStamp is the stamp of all users.
const userStamp = "1"

// newAccounts returns a store with that many users.
func newAccounts(users int) (*memstore.Store, error) {
	accounts, err := memstore.New(nil)
	if err != nil {
		return nil, err
	}
	for i := range users {
		user := store.User{ID: userID(i), Name: userName(i), Active: true, Roles: []string{userRole}, Stamp: userStamp}
		if err := accounts.PutUser(context.Background(), user); err != nil {
			return nil, err
		}
	}
	return accounts, nil
}

func whoOfApiauth(r *http.Request) (string, []string) {
	id, ok := auth.FromContext(r.Context())
	if !ok {
		return "", nil
	}
	return id.Name, id.Roles
}
