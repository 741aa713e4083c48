package main

import (
	"context"
	"fmt"
	"os"
	"strings"

	"github.com/apiauth-go/apiauth/auth"
	"github.com/apiauth-go/apiauth/jwt"
)

// ownJWTs are the issuer of our JSON Web Tokens and the verifiers of its two kinds: identity tokens, with which users say who they are, and
// access tokens, which clients are given (package oauth). Neither is accepted in place of the other.
type ownJWTs struct {
	issuer           *jwt.Issuer
	identity, access *jwt.Verifier
	revocations      *jwt.Revocations // of both
}

// jwtParts makes the endpoint that gives out JSON Web Tokens, the key set with which others verify them, and the verifier of
// our own and of the foreign issuer's identity tokens.
func (a *app) jwtParts(login *auth.Login) (auth.Authenticator, error) {
	key, err := a.signingKey()
	if err != nil {
		return nil, err
	}
	a.jwts.issuer, err = jwt.NewIssuer(jwt.IssuerConfig{
		Issuer:   a.cfg.issuer,
		Audience: []string{a.cfg.issuer},
		Key:      key,
		Lifetime: a.cfg.tokenTTL,
	})
	if err != nil {
		return nil, err
	}
	a.idToken, err = jwt.NewIDTokenEndpoint(jwt.IDTokenConfig{
		Issuer:   a.jwts.issuer,
		Login:    login,
		Realm:    realm,
		Renderer: a.cfg.profile,
		Events:   a.events,
	})
	if err != nil {
		return nil, err
	}
	if a.jwks, err = jwt.NewJWKSHandler(a.jwts.issuer, nil); err != nil {
		return nil, err
	}
	a.jwts.revocations, err = jwt.NewRevocations(jwt.RevocationsConfig{
		Tokens: a.tokens, Issuer: a.cfg.issuer, MaxLifetime: max(a.cfg.tokenTTL, maxClientTTL),
	})
	if err != nil {
		return nil, err
	}
	own := jwt.VerifierConfig{
		Keys:        a.jwts.issuer,
		Algorithms:  []jwt.Algorithm{a.cfg.algorithm},
		Issuer:      a.cfg.issuer,
		Audience:    []string{a.cfg.issuer},
		Users:       a.store,
		Realm:       realm,
		Revocations: a.jwts.revocations,
	}
	if a.jwts.identity, err = jwt.NewVerifier(own); err != nil {
		return nil, err
	}
	own.Type, own.Application = jwt.AccessToken, appOAuth
	if a.jwts.access, err = jwt.NewVerifier(own); err != nil {
		return nil, err
	}
	if a.cfg.foreign.source == "" {
		return a.jwts.identity, nil
	}
	foreign, err := a.foreignVerifier()
	if err != nil {
		return nil, fmt.Errorf("-jwks: %w", err)
	}
	return jwt.ByIssuer(a.jwts.identity, foreign)
}

// signingKey reads or makes the key of our tokens.
func (a *app) signingKey() (*jwt.SigningKey, error) {
	if strings.HasPrefix(string(a.cfg.algorithm), "HS") {
		secret, err := secretFile(a.cfg.jwtKeyFile, a.madeKey)
		if err != nil {
			return nil, err
		}
		return jwt.NewSigningSecret(a.cfg.algorithm, secret, nil)
	}
	pem, err := keyFile(a.cfg.jwtKeyFile, func() ([]byte, error) {
		key, err := jwt.GenerateKey(a.cfg.algorithm, nil)
		if err != nil {
			return nil, err
		}
		return key.MarshalPEM()
	}, a.madeKey)
	if err != nil {
		return nil, err
	}
	return jwt.ParseSigningKey(a.cfg.algorithm, pem, nil)
}

// foreignAlgorithms are those that another issuer may sign with. A key set holds public keys, so HMAC is not among them.
var foreignAlgorithms = []jwt.Algorithm{jwt.RS256, jwt.RS384, jwt.RS512, jwt.PS256, jwt.PS384, jwt.PS512, jwt.ES256, jwt.ES384, jwt.ES512, jwt.EdDSA}

// foreignVerifier accepts the tokens of another issuer, whose users are those of the same name here.
func (a *app) foreignVerifier() (*jwt.Verifier, error) {
	f := a.cfg.foreign
	keys, err := a.foreignKeys()
	if err != nil {
		return nil, err
	}
	return jwt.NewVerifier(jwt.VerifierConfig{
		Keys:          keys,
		Algorithms:    foreignAlgorithms,
		Issuer:        f.issuer,
		Audience:      []string{f.audience},
		Users:         a.store,
		UsernameClaim: f.usernameClaim,
		Realm:         realm,
	})
}

// foreignKeys reads the key set of another issuer, or keeps fetching it until the server ends.
func (a *app) foreignKeys() (jwt.KeySource, error) {
	source := a.cfg.foreign.source
	if !a.cfg.foreign.remote() {
		data, err := os.ReadFile(source)
		if err != nil {
			return nil, err
		}
		set, err := jwt.ParseKeySet(data, foreignAlgorithms...)
		if err != nil {
			return nil, err
		}
		a.logKeySet(set, nil)
		return set, nil
	}
	set, err := jwt.NewRemoteKeySet(jwt.RemoteConfig{URL: source, Algorithms: foreignAlgorithms, OnFetch: a.logKeySet})
	if err != nil {
		return nil, err
	}
	a.closers = append(a.closers, set)
	// The other server may come up after this one, so its keys are not waited for. But what is wrong is in the log at once.
	go func() { _ = set.Refresh(context.Background()) }()
	return set, nil
}

// logKeySet logs what is wrong with a foreign key set.
func (a *app) logKeySet(set *jwt.KeySet, err error) {
	if err != nil {
		a.log.Warn("the key set of -jwks is not to be had", "reason", err)
	}
	if skipped := set.Skipped(); len(skipped) > 0 { // one line a fetch, however many there are
		a.log.Warn("keys of -jwks were left out", "count", len(skipped), "first", logText(skipped[0].Error()))
	}
}
