package oauth

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"time"

	"github.com/apiauth-go/apiauth/auth"
	"github.com/apiauth-go/apiauth/auth/outbound"
	autherr "github.com/apiauth-go/apiauth/errors"
	"github.com/apiauth-go/apiauth/store"
)

// Bounds of an [IntrospectionConfig] and a [UserInfoConfig].
const (
	// DefaultMaxExternalToken is the default of MaxToken, in bytes.
	DefaultMaxExternalToken = 8 << 10

	// DefaultMaxCalls is the default of MaxCalls.
	DefaultMaxCalls = 32

	// MaxCacheTTL is the longest CacheTTL, and DefaultCacheTokens the default of CacheTokens.
	MaxCacheTTL        = 5 * time.Minute
	DefaultCacheTokens = 8192

	maxMaxToken = 64 << 10 // with everything else, a request of this size is more than most servers take
	maxMaxCalls = 1024
)

// externalConfig is what an IntrospectionConfig and a UserInfoConfig have in common.
type externalConfig struct {
	server outbound.Config

	users    store.UserStore
	naming   string // the name of the field that names the member with the name of the user
	member   string // its value
	mapUser  func(ctx context.Context, answer *ExternalAnswer) (userID string, err error)
	realm    string
	header   string
	app      string
	jwts     bool
	ownShape bool

	maxToken, maxCalls, cacheTokens int
	cacheTTL                        time.Duration
}

// newExternal checks what both have in common. The caller sets ask and read.
func newExternal(cfg externalConfig) (*external, error) {
	switch {
	case auth.IsNil(cfg.users):
		return nil, wrongSetting("Users", "is missing")
	case cfg.member == "" && cfg.mapUser == nil:
		return nil, wrongSetting(cfg.naming, "is missing, and MapUser too: one of them tells who the user is")
	case cfg.member != "" && cfg.mapUser != nil:
		return nil, wrongSetting(cfg.naming, "and MapUser contradict each other")
	case cfg.cacheTTL < 0 || cfg.cacheTTL > MaxCacheTTL:
		return nil, wrongSetting("CacheTTL", "is negative or over "+MaxCacheTTL.String())
	case cfg.cacheTTL == 0 && cfg.cacheTokens != 0:
		return nil, wrongSetting("CacheTokens", "needs a CacheTTL")
	}
	for _, n := range [...]struct {
		field        string
		value        *int
		zero, atMost int
	}{
		{"MaxToken", &cfg.maxToken, DefaultMaxExternalToken, maxMaxToken},
		{"MaxCalls", &cfg.maxCalls, DefaultMaxCalls, maxMaxCalls},
		{"CacheTokens", &cfg.cacheTokens, DefaultCacheTokens, maxKnownTokens},
	} {
		if *n.value < 0 || *n.value > n.atMost {
			return nil, wrongSetting(n.field, fmt.Sprintf("is negative or over %d", n.atMost))
		}
		if *n.value == 0 {
			*n.value = n.zero
		}
	}
	challenge, err := auth.NewRealm(cfg.realm, autherr.BearerChallenge)
	if err != nil {
		return nil, err
	}
	if err := auth.CheckFallback(cfg.header); err != nil {
		return nil, err
	}
	cfg.server.MaxBody, cfg.server.Idle = maxAnswer, cfg.maxCalls
	client, err := outbound.New(cfg.server)
	if err != nil {
		return nil, err
	}
	x := &external{
		client: client, users: cfg.users, mapUser: cfg.mapUser, maxToken: cfg.maxToken, jwts: cfg.jwts, ownShape: cfg.ownShape,
		application: cfg.app, header: cfg.header, challenge: challenge, cacheTTL: cfg.cacheTTL,
		calls: calls{max: cfg.maxCalls, running: make(map[store.TokenID]*call)},
	}
	if cfg.cacheTTL > 0 {
		x.cache = newKnownTokens(cfg.cacheTokens)
	}
	return x, nil
}

// wrongSetting returns the error for a setting: what is wrong with the field.
func wrongSetting(field, what string) error { return errors.New(field + " " + what) }

// named puts into k who the user is: his name, which is the member of a, or the answer for MapUser.
func (k *known) named(a *ExternalAnswer, member string) error {
	if member == "" {
		k.answer = a
		return nil
	}
	name, err := a.members.text(member)
	if err != nil || !auth.IsName(name) || strings.ContainsRune(name, '\uFFFD') { // which stands for what was not UTF-8
		return errExternalUnnamed
	}
	k.name = strings.Clone(name)
	return nil
}

var errExternalUnnamed = refusal(autherr.InvalidAccessToken, "the answer does not name a user: the member is missing, empty, or not the name of anybody")

// headerWith returns the header of a question.
func headerWith(authorization string) http.Header {
	return http.Header{"Accept": {mediaJSON}, "Authorization": {authorization}}
}
