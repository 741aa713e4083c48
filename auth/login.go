package auth

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"runtime"
	"time"

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

	// Flood limits failed logins. The zero value is the defaults.
	Flood FloodLimits

	// Counters is where failures are counted. Servers that share it count together, by the IDs of users: share it only with those that have the same
	// Users and the same Flood, or one man's success clears the failures of another. Nil means the memory of this process (see [NewCounters]).
	Counters store.CounterStore

	// FloodKey is the same for all servers that share Counters, so that a wrong password that a client repeats counts once and not once for each of
	// them. Nil means a random key of this process.
	FloodKey FloodKey

	// SkipFloodControl lets everybody guess passwords as fast as they are hashed: for tests, and where a gateway in front counts.
	SkipFloodControl bool

	// CacheVerified is for how long a right password is remembered, at most 5 minutes, so that a client that sends it with every request does not cost a
	// hash each time. What is remembered is a digest, under a key of this process, and at most 10,000 of them. The user is looked up for
	// each request all the same: a changed password or status counts at once, and so do the limits of failed logins. Wrong passwords
	// are not remembered. Zero remembers nothing, and is the choice for those who fear that the memory of the process be read: a digest can
	// be tried against passwords much faster than a hash. A store that is a store.PasswordVerifier cannot be combined with it: only the store
	// itself can tell when a password has changed.
	CacheVerified time.Duration

	// OnRehashError is told when a password was right but its new hash could not be kept. The login succeeds all the
	// same. It may be called concurrently. Nil means that nobody is told.
	OnRehashError func(ctx context.Context, userID string, err error)

	// Events is told of every check of a password, as EventLogin: for an application's own forms. Requests to protected routes and to endpoints are
	// told to those of [Options] and [EndpointConfig] already, whoever checks their passwords. Nil means that nobody is told.
	Events EventSink
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
	flood     *flood         // nil if it is switched off
	verified  *verifiedCache // nil if it is switched off
	onRehash  func(ctx context.Context, userID string, err error)
	reporter  reporter
}

// NewLogin returns a Login, or an error that names the field that is missing or wrong.
func NewLogin(cfg LoginConfig) (*Login, error) {
	if isNil(cfg.Users) {
		return nil, errors.New("auth: NewLogin: Users is missing")
	}
	if cfg.Events != nil && isNil(cfg.Events) {
		return nil, errors.New("auth: NewLogin: Events is missing")
	}
	if cfg.Slots < 0 {
		return nil, errors.New("auth: NewLogin: Slots is negative")
	}
	if cfg.Waiting < NoWaiting {
		return nil, errors.New("auth: NewLogin: Waiting is negative")
	}
	l := &Login{users: cfg.Users, hasher: cfg.Hasher, transport: cfg.Transport, onRehash: cfg.OnRehashError}
	l.reporter = newReporter("NewLogin", nil, nil, cfg.Events, cfg.Transport)
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
	if err := l.limit(cfg); err != nil {
		return nil, fmt.Errorf("auth: NewLogin: %w", err)
	}
	var err error
	if l.verified, err = newVerifiedCache(cfg.CacheVerified); err != nil {
		return nil, fmt.Errorf("auth: NewLogin: %w", err)
	}
	l.verifier, _ = cfg.Users.(store.PasswordVerifier)
	if l.verified != nil && l.verifier != nil {
		return nil, errors.New("auth: NewLogin: CacheVerified: Users is a store.PasswordVerifier, which must be asked each time")
	}
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

// limit sets up flood control.
func (l *Login) limit(cfg LoginConfig) error {
	limits, err := cfg.Flood.withDefaults()
	if err == nil {
		err = cfg.FloodKey.check()
	}
	switch {
	case err != nil:
		return err
	case cfg.SkipFloodControl && (cfg.Counters != nil || cfg.FloodKey != nil || cfg.Flood != FloodLimits{}):
		return errors.New("SkipFloodControl contradicts Counters, FloodKey and Flood")
	case cfg.SkipFloodControl:
		return nil
	case cfg.Counters == nil:
		cfg.Counters = NewCounters(0)
	case isNil(cfg.Counters):
		return errors.New("Counters is missing")
	}
	l.flood = newFlood(cfg.Counters, limits, l.transport, cfg.FloodKey)
	return nil
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

// check is Check without its events.
func (l *Login) check(r *http.Request, a Attempt) (store.User, error) {
	if l == nil || l.slots == nil {
		return store.User{}, errUnconfigured
	}
	if err := l.transport.Check(a.Method, r); err != nil {
		return store.User{}, err
	}
	if !IsName(a.Name) || password.CheckInput(a.Password) != nil {
		return store.User{}, autherr.New(a.Method, autherr.InvalidCredentials, nil)
	}

	// Whoever is to be refused takes no place in the line.
	ctx := r.Context()
	try := l.flood.begin(r, a)
	user, err := l.find(ctx, a, try)
	if err != nil {
		return store.User{}, err
	}
	if !l.verified.holds(user, a.Password) {
		if user, err = l.checkInSlot(ctx, a, user, try); err != nil {
			return store.User{}, err
		}
	}
	// The slot is given back by now: counters that hang must not keep others from it. Whoever fails between is forgiven as well, but no more than can
	// fail before the limit: from one success to the next, no more passwords are looked at than the limit and the slots.
	try.succeeded(ctx)
	return user, nil
}

// checkInSlot is check once it is known whose password it would be. When it is his turn, the store and the counters are asked again: others may have
// failed meanwhile, and what fails is counted before the slot is given back, so that no more passwords are looked at than the limit and the slots.
// Where nobody had to wait and nobody failed, what is known is as good as new.
func (l *Login) checkInSlot(ctx context.Context, a Attempt, user store.User, try *try) (store.User, error) {
	waited, err := l.slots.take(ctx)
	if err != nil {
		return store.User{}, autherr.Unavailable(a.Method, err)
	}
	defer l.slots.release()
	if waited || try.stale() {
		if user, err = l.find(ctx, a, try); err != nil {
			return store.User{}, err
		}
		if l.verified.holds(user, a.Password) { // by now: many requests of one client arrive together
			return user, nil
		}
	}

	user, err = l.compare(ctx, a, user)
	if wrong, ok := err.(*mismatch); ok {
		return refuse(ctx, try, a.Method, wrong)
	}
	switch {
	case err == errNoID:
		return store.User{}, autherr.Internal(a.Method, err)
	case err != nil:
		return store.User{}, autherr.Unavailable(a.Method, err)
	case try.by(user): // whom a store.PasswordVerifier knows by this password only
		if err := try.check(ctx); err != nil {
			return store.User{}, err
		}
	}
	if !user.Active {
		return l.blocked(ctx, try, a, user)
	}
	l.verified.add(user, a.Password)
	return l.rehash(ctx, user, a)
}

// blocked counts the right password of a user who may not log in like a wrong one, for who guesses must not find out by counting.
func (l *Login) blocked(ctx context.Context, try *try, a Attempt, user store.User) (store.User, error) {
	_, err := refuse(ctx, try, a.Method, errBlocked)
	if a.RevealBlocked && errors.Is(err, autherr.InvalidCredentials) {
		err = &autherr.Error{Code: autherr.UserBlocked, Method: a.Method, User: user.Name, Cause: errBlocked}
	}
	return store.User{}, err
}

// refuse counts a failure and returns what is told about all of them. If it cannot be counted, nothing is told: an attacker must not
// guess for free while the counters are out of order.
func refuse(ctx context.Context, try *try, method autherr.Method, cause error) (store.User, error) {
	if err := try.failed(ctx); err != nil {
		return store.User{}, err
	}
	return store.User{}, autherr.New(method, autherr.InvalidCredentials, cause)
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
	errOther      = errors.New("password mismatch")
	errUnknown    = errors.New("unknown user")
	errNoPassword = errors.New("user has no password")
	errBlocked    = errors.New("user is blocked")
	errNoID       = errors.New("store returned a user without an ID")
)

// mismatch is the error for a password that is wrong, whatever the reason: one form for all of them, so that none is told by the time that it
// takes to make it and to look at it. It becomes text in the log.
type mismatch struct{ reason error } // errOther if the user has another password

func (m *mismatch) Error() string {
	if m.reason == errOther {
		return m.reason.Error()
	}
	return "password mismatch: " + m.reason.Error()
}

func (m *mismatch) Unwrap() error { return m.reason }

// find returns the user of the attempt, or a zero User if there is none, and an error if he has failed too often.
func (l *Login) find(ctx context.Context, a Attempt, try *try) (store.User, error) {
	user, err := l.users.UserByName(ctx, a.Name)
	switch {
	case errors.Is(err, store.ErrNotFound):
		user = store.User{}
	case err != nil:
		return store.User{}, autherr.Unavailable(a.Method, err)
	case user.ID == "" && l.verifier == nil: // an empty record in place of an answer: no user is refused for that
		return store.User{}, autherr.Internal(a.Method, errNoID)
	}
	try.by(user)
	return user, try.check(ctx)
}

// compare computes one hash, of the user's own record if it can be used and of the dummy otherwise. It returns the user if the password is
// right, and a *mismatch if it is not.
func (l *Login) compare(ctx context.Context, a Attempt, user store.User) (store.User, error) {
	if l.verifier != nil {
		user, err := l.verifier.VerifyPassword(ctx, a.Name, a.Password)
		if errors.Is(err, store.ErrNotFound) || errors.Is(err, store.ErrPasswordMismatch) {
			return store.User{}, &mismatch{err}
		}
		if err == nil && user.ID == "" {
			err = errNoID
		}
		return user, err
	}
	hash := user.PasswordHash // empty for nobody
	ok, err := l.hasher.VerifyOrDummy(hash, a.Password)
	if ok {
		return user, nil
	}
	switch {
	case user.ID == "":
		err = errUnknown
	case hash == "":
		err = errNoPassword
	case err == nil:
		err = errOther
	}
	return store.User{}, &mismatch{err}
}
