package oauth

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"time"

	"github.com/apiauth-go/apiauth/auth"
)

// DefaultMetadataMaxAge is the default of MetadataConfig.MaxAge.
const DefaultMetadataMaxAge = 10 * time.Minute

// maxMetadataMaxAge is the longest that an address may be believed after it has changed.
const maxMetadataMaxAge = 24 * time.Hour

// MetadataConfig configures [Server.MetadataHandler]: where the server's endpoints are mounted. Each is an absolute https URL without user
// information, query or fragment. All but TokenEndpoint are optional and left out of the metadata when they are empty.
type MetadataConfig struct {
	// TokenEndpoint is the URL of Server.TokenEndpoint. Required.
	TokenEndpoint string

	// RevocationEndpoint is the URL of Server.RevocationEndpoint; that of the documented RevokeEndpoint, which is for users, is not meant.
	RevocationEndpoint string

	// IntrospectionEndpoint is the URL of Server.IntrospectionEndpoint.
	IntrospectionEndpoint string

	// JWKSURI is the URL of the key set with which access tokens in the form of JSON Web Tokens are verified, as jwt.NewJWKSHandler serves it.
	JWKSURI string

	// ScopesSupported are the scopes that are worth knowing. Not every client need get them.
	ScopesSupported []string

	// ServiceDocumentation is the URL of a page for developers.
	ServiceDocumentation string

	// MaxAge is how long others may cache the metadata, in whole seconds: from a second to 24 hours. Zero means DefaultMetadataMaxAge.
	MaxAge time.Duration

	// InsecureAllowHTTP allows http to other hosts than this machine, in these URLs and in ServerConfig.Issuer: whoever is on the way can then
	// send clients and their secrets elsewhere.
	InsecureAllowHTTP bool
}

// metadata is the document (RFC 8414 section 2).
type metadata struct {
	Issuer                string   `json:"issuer"`
	TokenEndpoint         string   `json:"token_endpoint"`
	TokenAuth             []string `json:"token_endpoint_auth_methods_supported"`
	GrantTypes            []string `json:"grant_types_supported"`
	ResponseTypes         []string `json:"response_types_supported"`
	Scopes                []string `json:"scopes_supported,omitempty"`
	RevocationEndpoint    string   `json:"revocation_endpoint,omitempty"`
	RevocationAuth        []string `json:"revocation_endpoint_auth_methods_supported,omitempty"`
	IntrospectionEndpoint string   `json:"introspection_endpoint,omitempty"`
	IntrospectionAuth     []string `json:"introspection_endpoint_auth_methods_supported,omitempty"`
	JWKSURI               string   `json:"jwks_uri,omitempty"`
	ServiceDocumentation  string   `json:"service_documentation,omitempty"`
}

// clientAuthMethods are the ways in which a client can authenticate (RFC 7591 section 2).
var clientAuthMethods = []string{"client_secret_basic", "client_secret_post"}

// MetadataHandler returns the handler for GET /.well-known/oauth-authorization-server, with which clients find the endpoints (RFC 8414), or an
// error that names the field that is missing or wrong. ServerConfig.Issuer is required and sent exactly as it is written there. If it has a
// path, that path stands behind the well-known one (section 3): for the issuer https://api.example.com/v1, mount the handler at
// /.well-known/oauth-authorization-server/v1.
//
// The metadata lists what the server does and nothing else. There is no authorization endpoint, so response_types_supported, which section 2
// requires, is the empty list, although section 3.2 leaves out empty lists: a reader that wants the member finds it, and one that looks for a type
// finds none.
func (s *Server) MetadataHandler(cfg MetadataConfig) (http.Handler, error) {
	fail := func(err error) (http.Handler, error) { return nil, fmt.Errorf("oauth: MetadataHandler: %w", err) }
	switch {
	case s == nil || s.issuer == "":
		return fail(errors.New("ServerConfig.Issuer is missing"))
	case cfg.TokenEndpoint == "":
		return fail(errors.New("TokenEndpoint is missing"))
	}
	for _, u := range [...]struct{ field, url string }{
		{"ServerConfig.Issuer", s.issuer}, {"TokenEndpoint", cfg.TokenEndpoint}, {"RevocationEndpoint", cfg.RevocationEndpoint},
		{"IntrospectionEndpoint", cfg.IntrospectionEndpoint}, {"JWKSURI", cfg.JWKSURI}, {"ServiceDocumentation", cfg.ServiceDocumentation},
	} {
		if u.url == "" {
			continue
		}
		if err := checkURL(u.field, u.url, cfg.InsecureAllowHTTP); err != nil {
			return fail(err)
		}
	}
	for _, scope := range cfg.ScopesSupported {
		if !auth.IsScope(scope) {
			return fail(fmt.Errorf("ScopesSupported: %q is not a scope", scope))
		}
	}
	maxAge := orDefault(cfg.MaxAge, DefaultMetadataMaxAge)
	if maxAge < time.Second || maxAge > maxMetadataMaxAge {
		return fail(fmt.Errorf("MaxAge is below a second or over %s", maxMetadataMaxAge))
	}
	body, err := json.Marshal(s.metadata(cfg))
	if err != nil {
		return fail(err)
	}
	sum := sha256.Sum256(body)
	return &metadataHandler{body, "public, max-age=" + strconv.Itoa(int(maxAge/time.Second)), `"` + hex.EncodeToString(sum[:16]) + `"`}, nil
}

func (s *Server) metadata(cfg MetadataConfig) metadata {
	m := metadata{
		Issuer: s.issuer, TokenEndpoint: cfg.TokenEndpoint, TokenAuth: clientAuthMethods, ResponseTypes: []string{}, Scopes: slices.Clone(cfg.ScopesSupported),
		RevocationEndpoint: cfg.RevocationEndpoint, IntrospectionEndpoint: cfg.IntrospectionEndpoint,
		JWKSURI: cfg.JWKSURI, ServiceDocumentation: cfg.ServiceDocumentation,
	}
	for _, g := range s.grants {
		m.GrantTypes = append(m.GrantTypes, g.name)
	}
	if cfg.RevocationEndpoint != "" {
		m.RevocationAuth = clientAuthMethods
	}
	if cfg.IntrospectionEndpoint != "" {
		m.IntrospectionAuth = clientAuthMethods
	}
	return m
}

// metadataHandler serves a document that was made once.
type metadataHandler struct {
	body               []byte
	cacheControl, etag string
}

// ServeHTTP implements http.Handler.
func (m *metadataHandler) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	h := w.Header()
	if r.Method != http.MethodGet && r.Method != http.MethodHead {
		h.Set("Allow", "GET, HEAD")
		h.Set("Cache-Control", "no-store") // as every refusal
		http.Error(w, http.StatusText(http.StatusMethodNotAllowed), http.StatusMethodNotAllowed)
		return
	}
	h.Set("Content-Type", mediaJSON)
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Cache-Control", m.cacheControl)
	h.Set("Etag", m.etag)
	http.ServeContent(w, r, "", time.Time{}, bytes.NewReader(m.body))
}
