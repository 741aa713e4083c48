package auth

import (
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"time"

	autherr "github.com/apiauth-go/apiauth/errors"
	"github.com/apiauth-go/apiauth/store"
)

// ErrForged says that a token or a key is nobody's: it was not issued, or its signature is not ours. Refusals say so by their private
// causes, see [Forged].
var ErrForged = errors.New("auth: forged")

// Forged returns cause as an error that is [ErrForged] too, with the same text. Authenticators of an application's own use it in the cause of
// refusals that [LimitForged] is to count. What has merely expired is not forged. A token of a user is forged whether there is such a user or not, or
// counting would tell who is.
func Forged(cause error) error { return &forgery{cause} }

type forgery struct{ cause error }

func (f *forgery) Error() string   { return f.cause.Error() }
func (f *forgery) Unwrap() []error { return []error{f.cause, ErrForged} }

// ForgedLimit configures [LimitForged] and [NewForgedCounter].
type ForgedLimit struct {
	// Rate is how many forged credentials are refused as such to one address. Default: 50 in an hour.
	Rate Rate

	// Counters is where they are counted. All that have the same Counters and Rate count together. Nil means the memory of this process.
	// [Counters] have a bounded size: those of a Login are for that alone, or what is forged takes the room of failed passwords.
	Counters store.CounterStore

	// FloodKey is the same for all servers that share Counters, as in LoginConfig. Nil means a random key of this process.
	FloodKey FloodKey

	// Transport knows the trusted proxies, behind which the addresses of clients are to be found. Nil trusts none.
	Transport *Transport
}

// forgedRate is the default rate.
var forgedRate = Rate{50, time.Hour}

// ForgedCounter counts forged credentials by the address that sends them. [LimitForged] has one around an Authenticator; endpoints that check
// credentials of their own, such as those of OAuth clients, ask one. It is safe for concurrent use; make one with [NewForgedCounter]. Nil counts
// nothing; the zero value would not either, and is refused by what takes one.
type ForgedCounter struct {
	rate     Rate
	rates    string // tells it from others over the same store that have another rate: a counter has one
	counters store.CounterStore
	proxies  *Transport
	key      []byte // of the digests of what was sent
}

// NewForgedCounter returns a ForgedCounter, or an error that names the field that is missing or wrong.
func NewForgedCounter(cfg ForgedLimit) (*ForgedCounter, error) {
	c, err := newForgedCounter(cfg)
	if err != nil {
		return nil, fmt.Errorf("auth: NewForgedCounter: %w", err)
	}
	return c, nil
}

func newForgedCounter(cfg ForgedLimit) (*ForgedCounter, error) {
	rate, err := cfg.Rate.withDefault(forgedRate)
	if err != nil {
		return nil, fmt.Errorf("Rate: %w", err)
	}
	if err := cfg.FloodKey.check(); err != nil {
		return nil, err
	}
	switch {
	case cfg.Counters == nil:
		cfg.Counters = NewCounters(0)
	case isNil(cfg.Counters):
		return nil, errors.New("Counters is missing")
	}
	return &ForgedCounter{rate, fmt.Sprint(rate.Max, rate.Window), cfg.Counters, cfg.Transport, cfg.FloodKey.digests("forged credentials")}, nil
}

// String returns a fixed text: a ForgedCounter holds a key.
func (c ForgedCounter) String() string { return "auth.ForgedCounter" }

// Format prints String for every verb.
func (c ForgedCounter) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, c.String()) }

// LogValue is String.
func (c ForgedCounter) LogValue() slog.Value { return slog.StringValue(c.String()) }

// Refuse counts the forged credential with which r was sent, and returns the refusal, which is an *autherr.Error. Once the address of r has sent more than the limit it returns
// TOO_MANY_REQUESTS (429) with Retry-After and the cause of the refusal in its place, and counts no more. The parts of the credential tell it from others: the same
// one counts once, however often it is sent. If the counters are out of order the refusal stands, and says so to the log.
func (c *ForgedCounter) Refuse(r *http.Request, refusal error, credential ...string) error {
	if c == nil || c.counters == nil {
		return refusal
	}
	e := autherr.From(refusal)
	now := time.Now()
	limit := limit(c.rate, "forged", c.rates, c.proxies.network(r))
	until, failure := c.counters.LimitedUntil(r.Context(), now, limit)
	switch {
	case failure == nil && until.After(now):
		return &autherr.Error{Code: autherr.TooManyRequests, Method: e.Method, RetryAfter: until.Sub(now), Cause: e.Cause}
	case failure == nil:
		failure = c.counters.CountEvent(r.Context(), now, eventOf(c.key, credential...), limit)
	}
	if failure != nil { // it is forged all the same
		uncounted := *e
		uncounted.Cause = errors.Join(e.Cause, fmt.Errorf("counters: %w", failure))
		return &uncounted
	}
	return refusal
}

// LimitForged returns an Authenticator that works like a, and refuses forged tokens and keys of an address with TOO_MANY_REQUESTS (429) and
// Retry-After once it has sent more than the limit. It counts those that a refuses with a cause that is [ErrForged], each once, however often it
// is sent: never requests without credentials or with those of somebody else, nor what has expired, nor JSON Web Tokens whose key is not known,
// for it may be new or withdrawn, nor tokens of other servers that are asked about them, for these do not say why. It never refuses what a accepts,
// whatever else the same address has sent: every credential is checked. So it makes nothing safer, for what can be forged by trying is no token; it
// tells tools that try to stop, and those who watch that they do.
//
// If counters are out of order, forged credentials are refused as without a limit.
func LimitForged(a Authenticator, cfg ForgedLimit) (Authenticator, error) {
	if isNil(a) {
		return nil, errors.New("auth: LimitForged: nil Authenticator")
	}
	counter, err := newForgedCounter(cfg)
	if err != nil {
		return nil, fmt.Errorf("auth: LimitForged: %w", err)
	}
	return &forgedLimit{a: a, counter: counter, headers: headersOf(a)}, nil
}

// forgedLimit is the Authenticator that LimitForged returns.
type forgedLimit struct {
	a       Authenticator
	counter *ForgedCounter
	headers []string
}

// around returns l as it works around another.
func (l *forgedLimit) around(a Authenticator) *forgedLimit {
	c := *l
	c.a = a
	return &c
}

// Authenticate implements Authenticator.
func (l *forgedLimit) Authenticate(r *http.Request) (*Identity, error) {
	id, err := l.a.Authenticate(r)
	if err == nil || !errors.Is(err, ErrForged) || asDecline(err) != nil {
		return id, err
	}
	var sent []string
	for _, name := range l.headers {
		sent = append(sent, r.Header.Values(name)...)
	}
	return nil, l.counter.Refuse(r, err, sent...)
}

// Challenges implements Challenger.
func (l *forgedLimit) Challenges() []autherr.Challenge { return challengesOf(l.a) }

// CredentialHeaders implements HeaderReader.
func (l *forgedLimit) CredentialHeaders() []string { return l.headers }
