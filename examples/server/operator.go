package main

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"net"

	"github.com/apiauth-go/apiauth/auth/password"
	"github.com/apiauth-go/apiauth/store"
)

// minOperatorPassword is the least length of -operator-password in bytes.
const minOperatorPassword = 12

// operatorConfig is the password of the operator, who may do everything in the console.
type operatorConfig struct {
	password  string
	wellKnown bool // it is the one of the demo, which everybody can read here
}

// choose settles the password for a server that listens on an address: the well-known one only where nobody but this machine gets to it, which
// is on loopback and not behind a proxy. Elsewhere it is the one of the flag, or a new one for each start.
func (o *operatorConfig) choose(listen net.Addr, proxied bool) error {
	tcp, ok := listen.(*net.TCPAddr)
	local := ok && tcp.IP.IsLoopback() && !proxied
	switch {
	case o.password == demoOperator.password && !local:
		return errors.New("-operator-password: this one is well known, and the server can be reached from elsewhere")
	case o.password != "":
	case local:
		o.password, o.wellKnown = demoOperator.password, true
	default:
		o.password = rand.Text()
	}
	return nil
}

// seedOperator gives the operator his password, if he has another. The well-known one never takes the place of another: a server that is
// reached from elsewhere may have the same database. It returns the password to show, or "" if it is not known.
func seedOperator(ctx context.Context, s storage, hasher *password.Hasher, o operatorConfig) (string, error) {
	u, err := s.UserByID(ctx, demoOperator.id)
	if errors.Is(err, store.ErrNotFound) || err == nil && u.Name != demoOperator.name {
		return "", nil // somebody else has his name or his ID
	}
	if err != nil {
		return "", err
	}
	same, err := hasher.Verify(u.PasswordHash, o.password)
	switch {
	case err != nil:
		return "", fmt.Errorf("the operator's password: %w", err)
	case same:
		return o.password, nil
	case o.wellKnown:
		return "", nil
	}
	hash, err := hasher.Hash(o.password)
	if err != nil {
		return "", err
	}
	return o.password, s.SetPasswordHash(ctx, u.ID, hash)
}
