package jwt

import (
	"bytes"
	"crypto/sha256"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"time"
)

// JWKSOptions adjusts [NewJWKSHandler].
type JWKSOptions struct {
	// MaxAge is how long others may cache the key set, in whole seconds. Zero means DefaultKeySetMaxAge. Before a new
	// key signs, it must have been published for as long.
	MaxAge time.Duration
}

// DefaultKeySetMaxAge is the default of JWKSOptions.MaxAge.
const DefaultKeySetMaxAge = 10 * time.Minute

// maxKeySetMaxAge is the longest that a removed key may be believed.
const maxKeySetMaxAge = 24 * time.Hour

// jwksHandler publishes the keys of an issuer.
type jwksHandler struct {
	issuer       *Issuer
	cacheControl string
}

// NewJWKSHandler returns the handler for GET /.well-known/jwks.json: the issuer's public keys as a JWK set (RFC 7517), those of the
// last rotation. The media type is application/jwk-set+json. Shared secrets are never published: an issuer that signs with one has an empty set. opts may be nil.
func NewJWKSHandler(issuer *Issuer, opts *JWKSOptions) (http.Handler, error) {
	if issuer == nil || issuer.KeySet() == nil {
		return nil, errors.New("jwt: NewJWKSHandler: Issuer is missing")
	}
	maxAge := DefaultKeySetMaxAge
	if opts != nil && opts.MaxAge != 0 {
		maxAge = opts.MaxAge
	}
	if maxAge < time.Second || maxAge > maxKeySetMaxAge {
		return nil, fmt.Errorf("jwt: NewJWKSHandler: MaxAge is below a second or over %s", maxKeySetMaxAge)
	}
	return &jwksHandler{issuer, "public, max-age=" + strconv.Itoa(int(maxAge/time.Second))}, nil
}

// ServeHTTP implements http.Handler.
func (j *jwksHandler) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	h := w.Header()
	if r.Method != http.MethodGet && r.Method != http.MethodHead {
		h.Set("Allow", "GET, HEAD")
		h.Set("Cache-Control", "no-store") // as every refusal
		http.Error(w, http.StatusText(http.StatusMethodNotAllowed), http.StatusMethodNotAllowed)
		return
	}
	body := j.issuer.KeySet().public
	sum := sha256.Sum256(body)
	h.Set("Content-Type", "application/jwk-set+json")
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Cache-Control", j.cacheControl)
	h.Set("Etag", `"`+encodeSegment(sum[:16])+`"`)
	http.ServeContent(w, r, "", time.Time{}, bytes.NewReader(body))
}
