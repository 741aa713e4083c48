package auth

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"runtime"
	"unicode/utf8"

	"github.com/apiauth-go/apiauth/auth/password"
	autherr "github.com/apiauth-go/apiauth/errors"
	"github.com/apiauth-go/apiauth/store"
)

// LoginConfig configures [NewLogin].
type LoginConfig struct {
	// Users are the accounts. Required. If the store is a store.PasswordVerifier, it checks the passwords; if it is a
	// store.PasswordRehasher, old hashes are brought up to date at a successful login.
	Users store.UserStore

	// Hasher checks and makes hashes. Nil means password.New with its defaults.
	Hasher *password.Hasher

	// Transport decides which requests may carry a password. Nil is the strict default: TLS or loopback only.
	Transport *Transport

	// Slots is how many passwords are hashed at the same time. Zero means max(1, GOMAXPROCS-1), which leaves a core for
	// everything else. Each slot takes the hash's memory (19 MiB by default), and until it is collected once more.
	Slots int

	// Waiting is how many requests wait for a slot; beyond it they are refused at once with 503. Zero means 64 × Slots. NoWaiting
	// means that none waits.
	Waiting int

	// OnRehashError is told when a password was right but its new hash could not be kept. The login succeeds all the
	// same. It may be called concurrently. Nil means that nobody is told.
	OnRehashError func(ctx context.Context, userID string, err error)
}

// NoWaiting is the value of LoginConfig.Waiting with which no request waits for a slot.
const NoWaiting = -1

// waitingPerSlot is the default length of the line for each slot: at 20 ms a hash, its end waits a little more than a second.
const waitingPerSlot = 64

// Login is the one door for passwords: Basic, the endpoint for JSON Web Tokens, the password grant, the services token
// fallback and revocation all check passwords through it. An application makes one and gives it to all of them.
//
// Every attempt costs exactly one hash computation and gets the same answer, whether the user is unknown, has no
// password, gave a wrong one, or is blocked and gave a wrong one; nothing about a user is told to a caller who does not know his
// password. Attempts with input that no password can have cost none. The number of hashes at the same time is bounded, and so is the line.
type Login struct {
	users     store.UserStore
	verifier  store.PasswordVerifier
	rehasher  store.PasswordRehasher
	hasher    *password.Hasher
	transport *Transport
	slots     *slots
	onRehash  func(ctx context.Context, userID string, err error)
}

// NewLogin returns a Login.
func NewLogin(cfg LoginConfig) (*Login, error) {
	if isNil(cfg.Users) {
		return nil, errors.New("auth: NewLogin: Users is missing")
	}
	if cfg.Slots < 0 {
		return nil, errors.New("auth: NewLogin: Slots is negative")
	}
	if cfg.Waiting < NoWaiting {
		return nil, errors.New("auth: NewLogin: Waiting is negative")
	}
	l := &Login{users: cfg.Users, hasher: cfg.Hasher, transport: cfg.Transport, onRehash: cfg.OnRehashError}
	if l.hasher == nil {
		h, err := password.New(password.Config{})
		if err != nil {
			return nil, fmt.Errorf("auth: NewLogin: %w", err)
		}
		l.hasher = h
	}
	if _, err := l.hasher.Verify("", ""); errors.Is(err, password.ErrNotConfigured) {
		return nil, fmt.Errorf("auth: NewLogin: Hasher: %w", err)
	}
	l.verifier, _ = cfg.Users.(store.PasswordVerifier)
	l.rehasher, _ = cfg.Users.(store.PasswordRehasher)

	n := cfg.Slots
	if n == 0 {
		n = max(1, runtime.GOMAXPROCS(0)-1)
	}
	line := cfg.Waiting
	switch line {
	case 0:
		line = waitingPerSlot * n
	case NoWaiting:
		line = 0
	}
	l.slots = newSlots(n, line)
	return l, nil
}

// Attempt is one try to log in.
type Attempt struct {
	// Method is in whose words a refusal is told.
	Method autherr.Method

	// Name and Password as the client sent them.
	Name, Password string

	// RevealBlocked tells a blocked user who gave the right password that he is blocked (USER_BLOCKED, 403). Otherwise the answer
	// is INVALID_CREDENTIALS, as for a wrong password.
	RevealBlocked bool
}

// MaxName is the longest user name in bytes that is looked up.
const MaxName = 1024

// Check returns the user whose name and password these are, as he is on record now, a rehash included.
//
// Errors are *autherr.Error: INSECURE_TRANSPORT, INVALID_CREDENTIALS, USER_BLOCKED, and SERVICE_UNAVAILABLE when the store is
// out of order, when hashing capacity is used up ([ErrBusy]) or when r's context ends first.
func (l *Login) Check(r *http.Request, a Attempt) (store.User, error) {
	if l == nil || l.slots == nil {
		return store.User{}, errUnconfigured
	}
	if err := l.transport.Check(a.Method, r); err != nil {
		return store.User{}, err
	}
	if !isName(a.Name) || password.CheckInput(a.Password) != nil {
		return store.User{}, autherr.New(a.Method, autherr.InvalidCredentials, nil)
	}

	// Flood control belongs at three places: here, before a request that is to be refused takes a place in the line; again below once it
	// holds a slot, for others may have failed meanwhile; and after the comparison, where a failure is recorded. Its answer
	// is TOO_MANY_REQUESTS with RetryAfter, whatever the password.

	ctx := r.Context()
	if err := l.slots.take(ctx); err != nil {
		return store.User{}, autherr.Unavailable(a.Method, err)
	}
	defer l.slots.release()

	user, err := l.compare(ctx, a)
	switch {
	case errors.Is(err, errMismatch):
		return store.User{}, autherr.New(a.Method, autherr.InvalidCredentials, err)
	case err != nil:
		return store.User{}, autherr.Unavailable(a.Method, err)
	case user.ID == "":
		return store.User{}, autherr.Internal(a.Method, errNoID)
	case !user.Active && a.RevealBlocked:
		return store.User{}, &autherr.Error{Code: autherr.UserBlocked, Method: a.Method, User: user.Name, Cause: errBlocked}
	case !user.Active:
		return store.User{}, autherr.New(a.Method, autherr.InvalidCredentials, errBlocked)
	}
	return l.rehash(ctx, user, a)
}

// isName reports whether a user can have this name. What no store can look up is no outage of the store.
func isName(s string) bool {
	return s != "" && len(s) <= MaxName && utf8.ValidString(s) && !hasControl(s)
}

// CheckTransport returns nil if r may carry secrets by the Transport of l, and otherwise INSECURE_TRANSPORT (403) in the words of method.
// Check asks it for passwords; endpoints that take other secrets ask it themselves.
func (l *Login) CheckTransport(method autherr.Method, r *http.Request) error {
	if l == nil || l.slots == nil {
		return errUnconfigured
	}
	return l.transport.Check(method, r)
}

// Causes of refusals, for the log.
var (
	errMismatch = errors.New("password mismatch")
	errBlocked  = errors.New("user is blocked")
	errNoID     = errors.New("store returned a user without an ID")
)

// compare finds the user and computes one hash, of the user's own record if it can be used and of the dummy otherwise.
// It returns an error that wraps errMismatch for everything that is not the right password of a user on record.
func (l *Login) compare(ctx context.Context, a Attempt) (store.User, error) {
	if l.verifier != nil {
		user, err := l.verifier.VerifyPassword(ctx, a.Name, a.Password)
		if errors.Is(err, store.ErrNotFound) || errors.Is(err, store.ErrPasswordMismatch) {
			return store.User{}, fmt.Errorf("%w: %w", errMismatch, err)
		}
		return user, err
	}

	user, err := l.users.UserByName(ctx, a.Name)
	switch {
	case errors.Is(err, store.ErrNotFound):
		l.hasher.VerifyDummy(a.Password)
		return store.User{}, fmt.Errorf("%w: unknown user", errMismatch)
	case err != nil:
		return store.User{}, err
	case user.PasswordHash == "":
		l.hasher.VerifyDummy(a.Password)
		return store.User{}, fmt.Errorf("%w: user has no password", errMismatch)
	}
	ok, err := l.hasher.Verify(user.PasswordHash, a.Password)
	if err != nil { // the record cannot be used, and nothing was computed
		l.hasher.VerifyDummy(a.Password)
		return store.User{}, fmt.Errorf("%w: %w", errMismatch, err)
	}
	if !ok {
		return store.User{}, errMismatch
	}
	return user, nil
}
