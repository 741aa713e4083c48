package jwt

import (
	"slices"

	"github.com/apiauth-go/apiauth/auth"
	autherr "github.com/apiauth-go/apiauth/errors"
)

// What makes a VerifierConfig wrong. Each of these checks some fields and sets what follows from them.

func (v *Verifier) checkKeys(cfg *VerifierConfig) (err error) {
	if auth.IsNil(cfg.Keys) {
		return wrong("Keys", "is missing")
	}
	if v.algorithms, err = allowList(cfg.Algorithms); err != nil {
		return err
	}
	known, ok := cfg.Keys.(interface{ algorithms() []Algorithm })
	if ok && !slices.ContainsFunc(known.algorithms(), func(a Algorithm) bool { return slices.Contains(v.algorithms, a) }) {
		return wrong("Keys", "holds no key of the Algorithms")
	}
	return nil
}

func (v *Verifier) checkNames(cfg *VerifierConfig) error {
	switch {
	case cfg.Issuer == "" && !cfg.SkipIssuer:
		return wrong("Issuer", "is missing")
	case cfg.Issuer != "" && cfg.SkipIssuer:
		return wrong("Issuer", "and SkipIssuer contradict each other")
	case len(cfg.Audience) == 0 && !cfg.SkipAudience:
		return wrong("Audience", "is missing")
	case len(cfg.Audience) > 0 && cfg.SkipAudience:
		return wrong("Audience", "and SkipAudience contradict each other")
	case slices.Contains(cfg.Audience, ""):
		return wrong("Audience", "has an empty name")
	}
	switch cfg.Type {
	case "":
		v.typ = IdentityToken
	case IdentityToken, AccessToken:
	default:
		return wrongf("Type", "%q is unknown", cfg.Type)
	}
	return nil
}

func (v *Verifier) checkUsers(cfg *VerifierConfig) error {
	foreign := cfg.UsernameClaim != "" || cfg.MapUser != nil
	switch {
	case auth.IsNil(cfg.Users) && !cfg.SkipUserLookup:
		return wrong("Users", "is missing")
	case !auth.IsNil(cfg.Users) && cfg.SkipUserLookup:
		return wrong("Users", "and SkipUserLookup contradict each other")
	case cfg.UsernameClaim != "" && cfg.MapUser != nil:
		return wrong("UsernameClaim", "and MapUser contradict each other")
	case cfg.MaxLifetime < 0:
		return wrong("MaxLifetime", "is negative")
	case cfg.SkipUserLookup && cfg.MaxLifetime == 0:
		return wrong("MaxLifetime", "is missing, which SkipUserLookup needs")
	case cfg.SkipUserLookup && cfg.MaxLifetime > maxBlindLifetime:
		return wrongf("MaxLifetime", "is over %s, too long for SkipUserLookup", maxBlindLifetime)
	case cfg.SkipUserLookup && cfg.SkipIssuer && foreign:
		return wrong("SkipIssuer", "leaves SkipUserLookup without a name for users of other issuers")
	}
	return nil
}

func (v *Verifier) checkAccess(cfg *VerifierConfig) error {
	notScope := func(s string) bool { return !auth.IsScope(s) }
	switch {
	case cfg.Application != "" && (v.typ != AccessToken || !v.own()):
		return wrong("Application", "is for our own access tokens only")
	case len(cfg.TrustScopes) > 0 && v.own():
		return wrong("TrustScopes", "are for tokens of other issuers only")
	case slices.ContainsFunc(cfg.TrustScopes, notScope):
		return wrong("TrustScopes", "has a text that is no scope")
	case cfg.InsecureOptionalExpiry && v.typ == AccessToken:
		return wrong("InsecureOptionalExpiry", "is not for access tokens")
	}
	return nil
}

func (v *Verifier) checkTimes(cfg *VerifierConfig) error {
	switch {
	case cfg.Leeway == 0:
		v.leeway = DefaultLeeway
	case cfg.Leeway == NoLeeway:
		v.leeway = 0
	case cfg.Leeway < 0 || cfg.Leeway > MaxLeeway:
		return wrongf("Leeway", "is negative or over %s", MaxLeeway)
	}
	if cfg.ExpiryLeeway < 0 || cfg.ExpiryLeeway > MaxLeeway {
		return wrongf("ExpiryLeeway", "is negative or over %s", MaxLeeway)
	}
	return nil
}

func (v *Verifier) checkRevocations(cfg *VerifierConfig) error {
	r := cfg.Revocations
	switch {
	case r == nil:
		return nil
	case r.tokens == nil:
		return wrong("Revocations", "were not made by NewRevocations")
	case r.issuer != cfg.Issuer:
		return wrong("Revocations", "are of another issuer")
	case v.maxLifetime == 0 || v.maxLifetime > r.lifetime:
		v.maxLifetime = r.lifetime
	}
	return nil
}

func (v *Verifier) checkCarrier(cfg *VerifierConfig) (err error) {
	switch {
	case cfg.MaxToken == 0:
		v.maxToken = DefaultMaxToken
	case cfg.MaxToken < 0 || cfg.MaxToken > maxTokenLimit:
		return wrongf("MaxToken", "is negative or over %d", maxTokenLimit)
	}
	if cfg.CacheTokens < 0 || cfg.CacheTokens > maxKnownTokens {
		return wrongf("CacheTokens", "is negative or over %d", maxKnownTokens)
	}
	v.cache = newTokenCache(cfg.CacheTokens)
	if err = auth.CheckFallback(cfg.Header); err != nil {
		return err
	}
	v.challenge, err = auth.NewRealm(cfg.Realm, autherr.BearerChallenge)
	return err
}
