package servicetoken

import (
	"bytes"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"sync"
	"time"

	"github.com/apiauth-go/apiauth/auth"
	autherr "github.com/apiauth-go/apiauth/errors"
	"github.com/apiauth-go/apiauth/store"
)

// DefaultLifetime is how long a token works if nothing else is configured.
const DefaultLifetime = 30 * 24 * time.Hour

// Config configures [New].
type Config struct {
	// Users are the accounts. Required.
	Users store.UserStore

	// Keys sign the tokens: one, or two while a key is being replaced. The first signs, both are accepted. Put the new key
	// first, and take the old one away when its last tokens have expired. Required.
	Keys []Key

	// Realm is shown in the challenge and signed into every token. The documented system uses the name of the site
	// followed by " API". Required.
	Realm string

	// Lifetime of tokens, in whole seconds; a fraction is dropped. Zero means DefaultLifetime. Less than a second is an
	// error.
	Lifetime time.Duration

	// Properties returns members to be signed in addition to the default ones, or in place of them where the names are the
	// same. It is called at each use of a token, with the user as he is now, and may be called concurrently; tokens end as soon as it returns
	// something else than at their making. A list keeps its order: sort what your store returns in no particular one.
	//
	// An error means that the properties are not known, and is answered with 503. An *autherr.Error that is no outage refuses the
	// user: the generate endpoint answers it as what it is, and a request with a token gets INVALID_CREDENTIALS, because without the
	// properties nobody can tell whether the token is genuine. Nil means the default set only.
	Properties func(ctx context.Context, u store.User) (Properties, error)

	// SkipDefaultProperties leaves the default members out, so that the result of Properties is the whole set. A changed name,
	// password or realm then no longer ends a token unless a member of yours says so. An empty set is refused.
	SkipDefaultProperties bool

	// Transport decides which requests may carry a token. Nil is the strict default: TLS or loopback only.
	Transport *auth.Transport
}

// Service makes and checks tokens. Make one with [New]. All methods are safe for concurrent use.
//
// As an [auth.Authenticator] it claims Basic credentials whose user name has the shape of a token and whose password is
// empty. It declines names with passwords: they are accepted by the generate endpoint only, and only if it is told to.
type Service struct {
	users       store.UserStore
	lifetime    int64 // seconds
	extend      func(context.Context, store.User) (Properties, error)
	skipDefault bool
	realm       string
	transport   *auth.Transport
	challenge   autherr.Challenge
	decoy       store.User
	signers     sync.Pool // of *signer
}

var (
	_ auth.Authenticator = (*Service)(nil)
	_ auth.Challenger    = (*Service)(nil)
)

// New returns a Service. It copies the keys.
func New(cfg Config) (*Service, error) {
	if auth.IsNil(cfg.Users) {
		return nil, errors.New("servicetoken: New: Users is missing")
	}
	if n := len(cfg.Keys); n == 0 || n > 2 {
		return nil, fmt.Errorf("servicetoken: New: Keys has %d keys: want one, or two during a rotation", n)
	}
	keys := make([][]byte, len(cfg.Keys))
	for i, k := range cfg.Keys {
		if len(k) < MinKey {
			return nil, fmt.Errorf("servicetoken: New: Keys[%d] has %d bytes: want at least %d", i, len(k), MinKey)
		}
		if bytes.Count(k, []byte{0}) == len(k) {
			return nil, fmt.Errorf("servicetoken: New: Keys[%d] has only zero bytes: it was never filled", i)
		}
		keys[i] = append([]byte(nil), k...)
	}
	challenge, err := auth.NewRealm(cfg.Realm, autherr.BasicTokenChallenge)
	if err != nil {
		return nil, fmt.Errorf("servicetoken: New: %w", err)
	}
	switch {
	case cfg.Lifetime == 0:
		cfg.Lifetime = DefaultLifetime
	case cfg.Lifetime < time.Second:
		return nil, fmt.Errorf("servicetoken: New: Lifetime is %v: want at least a second", cfg.Lifetime)
	}
	if cfg.SkipDefaultProperties && cfg.Properties == nil {
		return nil, errors.New("servicetoken: New: SkipDefaultProperties without Properties leaves nothing that ends a token")
	}
	s := &Service{
		users:       cfg.Users,
		lifetime:    int64(cfg.Lifetime / time.Second),
		extend:      cfg.Properties,
		skipDefault: cfg.SkipDefaultProperties,
		realm:       cfg.Realm,
		transport:   cfg.Transport,
		challenge:   challenge,
		decoy:       store.User{Name: rand.Text(), PasswordHash: rand.Text() + rand.Text() + rand.Text() + rand.Text()},
	}
	s.signers.New = func() any { return newSigner(keys) }
	return s, nil
}

// String returns a fixed text: a Service in a log line must not spill its keys.
func (*Service) String() string { return "servicetoken.Service" }

// Format prints String for every verb.
func (s *Service) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, s.String()) }
