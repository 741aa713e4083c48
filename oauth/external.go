package oauth

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/apiauth-go/apiauth/auth"
	"github.com/apiauth-go/apiauth/auth/outbound"
	autherr "github.com/apiauth-go/apiauth/errors"
	"github.com/apiauth-go/apiauth/store"
)

// ErrExternalUnavailable says that the server that knows a token gave no proper answer, or was not asked because too many calls are under way. It is
// an outage (503) and says nothing about the token.
var ErrExternalUnavailable = errors.New("oauth: no answer about the token")

// nbfLeeway is how far the other server's clock may be ahead of ours: it calls a token active from the first moment on.
const nbfLeeway = 30 * time.Second

// external authenticates by tokens that another server knows: an IntrospectionVerifier or a UserInfoVerifier, which are the same but for what they ask and
// how they read the answer.
type external struct {
	client *outbound.Client
	ask    func(token string) outbound.Request
	read   func(*outbound.Answer) (*known, error) // an *autherr.Error refuses the token, any other error is an outage

	users    store.UserStore
	mapUser  func(context.Context, *ExternalAnswer) (string, error) // nil: the answer names the user
	maxToken int
	jwts     bool // JSON Web Tokens are claimed too
	ownShape bool // and tokens in the shape of our own

	application string
	header      string
	challenge   autherr.Challenge

	cacheTTL time.Duration
	cache    *knownTokens // nil without a cacheTTL

	calls
}

// known is what the other server says about a good token. It never changes, but for used.
type known struct {
	name      string // of the user, unless MapUser finds him
	scopes    []string
	notBefore time.Time       // zero if it is not said
	expires   time.Time       // zero if it is not said
	answer    *ExternalAnswer // for MapUser
	place     place
}

// The answers to claimed tokens that are not valid.
var (
	errExternalEnded  = refusal(autherr.TokenExpired, "the token has expired by the time that the other server gave")
	errExternalNotYet = refusal(autherr.InvalidAccessToken, "the token is not valid yet")
	errExternalUser   = error(autherr.New(autherr.MethodOAuth, autherr.InvalidAccessToken, fmt.Errorf("%w: the user of the token is unknown here, gone or blocked", auth.ErrNoUser)))
	errExternalZero   = error(autherr.Internal(autherr.MethodOAuth, errors.New("oauth: verifier was not made by its constructor")))
)

// authenticate is the Authenticate of all that is built on x.
func (x *external) authenticate(r *http.Request) (*auth.Identity, error) {
	if x == nil {
		return nil, errExternalZero
	}
	c, err := auth.ReadCredentials(r, x.header)
	switch {
	case err != nil:
		return nil, autherr.From(err).WithMethod(autherr.MethodOAuth)
	case !c.Present():
		return nil, declineAbsent
	case !c.Is("Bearer"):
		return nil, declineScheme
	case !x.claims(c.Value):
		return nil, declineShape
	}
	k, err := x.find(r.Context(), c.Value)
	if err != nil {
		return nil, err
	}
	switch now := time.Now(); {
	case !k.expires.IsZero() && !now.Before(k.expires):
		return nil, errExternalEnded
	case !k.notBefore.IsZero() && now.Add(nbfLeeway).Before(k.notBefore):
		return nil, errExternalNotYet
	}
	return x.identify(r.Context(), k)
}

// claims reports whether a Bearer value may be a token of the other server: it has the characters of one (RFC 6750 section 2.1) and does not start
// like something of ours, which nobody else must get to see, not even with a slip of the pen in it.
func (x *external) claims(token string) bool {
	return len(token) <= x.maxToken && isB64Token(token) &&
		(x.jwts || !auth.IsJWT(token)) &&
		(!startsLikeOurs(token) || x.ownShape && auth.IsRandom(auth.PrefixAccessToken, token))
}

func startsLikeOurs(token string) bool {
	return strings.HasPrefix(token, auth.PrefixAccessToken) || strings.HasPrefix(token, auth.PrefixRefreshToken) ||
		strings.HasPrefix(token, auth.PrefixAPIKey) || strings.HasPrefix(token, auth.PrefixClientSecret)
}

// isB64Token reports whether s is a b64token of RFC 6750 section 2.1.
func isB64Token(s string) bool {
	s = strings.TrimRight(s, "=")
	for i := range len(s) {
		c := s[i]
		if 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || '0' <= c && c <= '9' || strings.IndexByte("-._~+/", c) >= 0 {
			continue
		}
		return false
	}
	return s != ""
}

// identify returns the user of a good token as he is now.
func (x *external) identify(ctx context.Context, k *known) (*auth.Identity, error) {
	user, err := x.user(ctx, k)
	switch {
	case errors.Is(err, auth.ErrNoUser):
		return nil, errExternalUser
	case err != nil:
		return nil, err
	}
	id := auth.NewIdentity(user, autherr.MethodOAuth)
	id.Scopes = slices.Clone(k.scopes)
	id.Application = x.application
	id.ExpiresAt = k.expires
	return id, nil // without a ClientID: another server's client is no client of ours
}

func (x *external) user(ctx context.Context, k *known) (store.User, error) {
	if x.mapUser == nil {
		return auth.ActiveUserByName(ctx, x.users, autherr.MethodOAuth, k.name)
	}
	id, err := x.mapUser(ctx, k.answer)
	switch {
	case errors.Is(err, store.ErrNotFound):
		return store.User{}, auth.ErrNoUser
	case err != nil:
		return store.User{}, autherr.Unavailable(autherr.MethodOAuth, err)
	}
	return auth.ActiveUser(ctx, x.users, autherr.MethodOAuth, id)
}

// challenges is the Challenges of all that is built on x, and headers its CredentialHeaders.
func (x *external) challenges() []autherr.Challenge {
	if x == nil {
		return nil
	}
	return []autherr.Challenge{x.challenge}
}

func (x *external) headers() []string {
	if x == nil || x.header == "" {
		return []string{"Authorization"}
	}
	return []string{"Authorization", x.header}
}

// describe returns what is printed of a verifier: nothing that is secret.
func (x *external) describe(what string) string {
	if x == nil {
		return fmt.Sprintf("oauth.%s(none)", what)
	}
	return fmt.Sprintf("oauth.%s(%s)", what, x.client.Name())
}
