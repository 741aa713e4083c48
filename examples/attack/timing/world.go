package main

import (
	"cmp"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	mathrand "math/rand/v2"

	"github.com/apiauth-go/apiauth/auth"
	"github.com/apiauth-go/apiauth/auth/password"
	"github.com/apiauth-go/apiauth/oauth"
	"github.com/apiauth-go/apiauth/store"
	"github.com/apiauth-go/apiauth/store/memstore"
)

const (
	realm       = "Example API"
	application = "oauth001"
)

// perKind is how many accounts there are of each kind: a few, so that no one record decides, and no more, so that they stay in the caches of the processor.
// Who asks about one name over and over, as one must who listens to the clock, finds it there, too.
const perKind = 16

// The kinds of accounts. Their names begin with the kind and are all of one length; those of the first two kinds are nobody's.
const (
	nobody       = "none"
	nobodyElse   = "else"
	ordinary     = "user"
	blocked      = "lock"
	passwordless = "bare" // no hash on the record
	unusable     = "text" // a record that is no hash
	halfCost     = "half" // argon2id with half the memory
	sameCost     = "same" // argon2id with half the memory and twice the passes
	bcrypted     = "bcry" // bcrypt of the least cost
	drupal       = "drup" // Drupal 7 to 10.0
)

// ownClient needs no secret for the password grant.
const ownClient = "client"

// passwordLength is that of all passwords, none of which is right.
const passwordLength = 20

// name returns the name of the n-th account of a kind.
func name(kind string, n int) string { return fmt.Sprintf("%s-%06d", kind, n) }

// someName returns the name of one account of a kind.
func someName(kind string) string {
	if kind == nobody || kind == nobodyElse { // of whom there are many
		return name(kind, mathrand.IntN(1_000_000))
	}
	return oneOfFew(kind)
}

func oneOfFew(kind string) string { return name(kind, mathrand.IntN(perKind)) }

// wrongPassword returns a new one each time: what is remembered of the last must not matter.
func wrongPassword() string { return rand.Text()[:passwordLength] }

// The cost of hashes: next to nothing, so that nothing of what is done besides drowns in it.
var (
	cheap     = password.Argon2idParams{Memory: 64, Time: 1, Threads: 1}
	cheapHalf = password.Argon2idParams{Memory: 32, Time: 1, Threads: 1}
	cheapSame = password.Argon2idParams{Memory: 32, Time: 2, Threads: 1}
)

const bcryptCost = 4

func newHasher(params password.Argon2idParams, accept ...password.Format) (*password.Hasher, error) {
	return password.New(password.Config{Argon2id: params, InsecureWeakArgon2id: true, Accept: accept, BcryptCost: bcryptCost})
}

// firstID is the ID of the first user. All have as many digits, decimal and hexadecimal.
const firstID = 100_000

// world is a store with accounts and clients of all kinds.
type world struct {
	evenStore
	users int
}

// newWorld returns a world with more ordinary accounts than perKind if more are asked for.
func newWorld(ctx context.Context, accounts int) (*world, error) {
	db, err := memstore.New(&memstore.Config{MaxUsers: 2_000_000})
	if err != nil {
		return nil, err
	}
	w := &world{evenStore: evenStore{Store: db, accounts: max(perKind, accounts)}}
	add := func(kind string, n int, active bool, hash func() (string, error)) {
		for i := range n {
			h, e := hash()
			if err = cmp.Or(err, e); err != nil {
				return
			}
			id := fmt.Sprint(firstID + w.users)
			w.users++
			err = db.PutUser(ctx, store.User{ID: id, Name: name(kind, i), PasswordHash: h, Active: active, Roles: []string{"editor"}})
		}
	}
	random := func(format string, alphabet string, n int) func() (string, error) { // a record for which nobody knows a password
		return func() (string, error) { return format + randomOf(alphabet, n), nil }
	}
	add(ordinary, w.accounts, true, argon2id(cheap))
	add(blocked, perKind, false, argon2id(cheap))
	add(halfCost, perKind, true, argon2id(cheapHalf))
	add(sameCost, perKind, true, argon2id(cheapSame))
	add(passwordless, perKind, true, func() (string, error) { return "", nil })
	add(unusable, perKind, true, random("", "abcdefghijklmnopqrstuvwxyz", passwordLength))
	add(bcrypted, perKind, true, random(fmt.Sprintf("$2y$%02d$", bcryptCost), phpassDigits, 53))
	add(drupal, perKind, true, random("$S$E", phpassDigits, 51))
	if err != nil {
		return nil, err
	}
	return w, w.addClients(ctx)
}

// argon2id returns a maker of hashes of passwords that nobody knows.
func argon2id(params password.Argon2idParams) func() (string, error) {
	h, err := newHasher(params)
	if err != nil {
		return func() (string, error) { return "", err }
	}
	return func() (string, error) { return h.Hash(rand.Text()) }
}

const phpassDigits = "./0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"

func randomOf(alphabet string, n int) string {
	b := make([]byte, n)
	for i := range b {
		b[i] = alphabet[mathrand.IntN(len(alphabet))]
	}
	return string(b)
}

// addClients adds ordinary clients, some that are switched off, and one that needs no secret for the password grant.
func (w *world) addClients(ctx context.Context) error {
	for i := range perKind {
		for _, kind := range [...]string{ordinary, blocked} {
			c, _, err := oauth.NewClient(store.Client{
				ID: name(kind, i), Application: application, Grants: []string{oauth.GrantClientCredentials}, AnyUser: true, Introspect: true,
			})
			if err != nil {
				return err
			}
			c.Active = kind != blocked
			if err := w.PutClient(ctx, c); err != nil {
				return err
			}
		}
	}
	c, _, err := oauth.NewClient(store.Client{
		ID: ownClient, Application: application, Grants: []string{oauth.GrantPassword}, InsecurePasswordGrantWithoutSecret: true,
	})
	return errors.Join(err, w.PutClient(ctx, c))
}

// login returns a door for passwords. It counts no failures unless cfg says how.
func (w *world) login(cfg auth.LoginConfig, accept ...password.Format) (*auth.Login, error) {
	h, err := newHasher(cheap, accept...)
	if err != nil {
		return nil, err
	}
	cfg.Users, cfg.Hasher = w, h
	cfg.SkipFloodControl = cfg.Counters == nil
	return auth.NewLogin(cfg)
}
