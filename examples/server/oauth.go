package main

import (
	"fmt"
	"net/url"
	"strings"

	"github.com/apiauth-go/apiauth/auth"
	"github.com/apiauth-go/apiauth/jwt"
	"github.com/apiauth-go/apiauth/oauth"
)

// The routes of endpoints. The first two are those of the documented system; its revocation is for users.
const (
	routeToken      = "/rest_api/access_token"
	routeUserRevoke = "/rest_api/revoke"
	routeRevoke     = "/oauth/revoke"     // RFC 7009
	routeIntrospect = "/oauth/introspect" // RFC 7662
	routeMetadata   = "/.well-known/oauth-authorization-server"
	routeJWKS       = "/.well-known/jwks.json"
	routeIDToken    = "/rest_api/id_token"
	routeGenerate   = "/api/services_token/generate"
)

// metadataPath returns where the metadata of our issuer is looked for: the path of an issuer that has one comes last (RFC 8414 section 3.1).
func (a *app) metadataPath() string {
	u, err := url.Parse(a.cfg.issuer)
	if err != nil {
		return routeMetadata
	}
	return routeMetadata + strings.TrimSuffix(u.EscapedPath(), "/")
}

// oauthParts makes the endpoints for OAuth clients, the description of them by which clients find the others, and the verifier of access
// tokens of both forms.
func (a *app) oauthParts(login *auth.Login, failures *auth.ForgedCounter) (auth.Authenticator, error) {
	server, err := oauth.NewServer(oauth.ServerConfig{
		Application:    appOAuth,
		Issuer:         a.cfg.issuer,
		Clients:        a.store,
		Tokens:         a.tokens,
		Users:          a.store,
		Login:          login,
		ClientFailures: failures,
		JWTIssuer:      a.jwts.issuer,
		JWTVerifier:    a.jwts.access,
		JWTRevoker:     jwt.Revokers{a.jwts.identity, a.jwts.access},
		Realm:          realm,
		TokenLifetime:  a.cfg.tokenTTL,
		Renderer:       a.cfg.profile,
		Events:         a.events,
	})
	if err != nil {
		return nil, err
	}
	a.accessToken, a.userRevoke = server.TokenEndpoint(), server.RevokeEndpoint()
	a.introspect, a.revoke = server.IntrospectionEndpoint(), server.RevocationEndpoint()

	base := strings.TrimSuffix(a.cfg.issuer, "/")
	jwks := base + routeJWKS
	if strings.HasPrefix(string(a.cfg.algorithm), "HS") { // a shared secret is not published
		jwks = ""
	}
	a.metadata, err = server.MetadataHandler(oauth.MetadataConfig{
		TokenEndpoint:         base + routeToken,
		RevocationEndpoint:    base + routeRevoke,
		IntrospectionEndpoint: base + routeIntrospect,
		JWKSURI:               jwks,
		ScopesSupported:       []string{scopeProfile, scopeRoles},
		InsecureAllowHTTP:     a.cfg.issuerIsAddress, // where somebody chose to listen without TLS
	})
	if err != nil {
		return nil, fmt.Errorf("-issuer: %w", err)
	}
	return oauth.NewVerifier(oauth.VerifierConfig{
		Application: appOAuth,
		Clients:     a.store,
		Tokens:      a.tokens,
		Users:       a.store,
		JWTVerifier: a.jwts.access,
		Realm:       realm,
	})
}
