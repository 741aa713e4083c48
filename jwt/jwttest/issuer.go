package jwttest

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"slices"
	"strconv"
	"sync"
	"testing"

	"github.com/apiauth-go/apiauth/auth/authtest"
	"github.com/apiauth-go/apiauth/jwt"
	"github.com/apiauth-go/apiauth/store"
)

// Options adjusts [NewIssuer].
type Options struct {
	// Algorithm is [jwt.ES256], [jwt.RS256] or [jwt.EdDSA]. Empty means ES256, whose keys are made at once.
	Algorithm jwt.Algorithm

	// Audience is the aud of the tokens. Empty means "https://api.example".
	Audience []string

	// Type is the kind of tokens. Empty means [jwt.IdentityToken].
	Type jwt.TokenType
}

// UsernameClaim is the claim of a token that names the user for a verifier of [Issuer.VerifierConfig].
const UsernameClaim = "preferred_username"

// Issuer signs tokens for tests. Make one with [NewIssuer]. It is safe for concurrent use.
type Issuer struct {
	t        testing.TB
	alg      jwt.Algorithm
	audience []string
	typ      jwt.TokenType
	server   *httptest.Server

	mu   sync.Mutex
	kids int
	key  *key
	sets []*jwt.RemoteKeySet // of the verifiers
}

// NewIssuer starts an issuer, which ends with the test. o may be nil.
func NewIssuer(t testing.TB, o *Options) *Issuer {
	authtest.OnlyInTests(t, "jwttest")
	if o == nil {
		o = new(Options)
	}
	i := &Issuer{t: t, alg: o.Algorithm, audience: slices.Clone(o.Audience), typ: o.Type}
	if i.alg == "" {
		i.alg = jwt.ES256
	}
	if len(i.audience) == 0 {
		i.audience = []string{"https://api.example"}
	}
	if i.typ == "" {
		i.typ = jwt.IdentityToken
	}
	i.key = i.nextKey()
	mux := http.NewServeMux()
	mux.HandleFunc("GET "+keySetPath, i.serveKeys)
	mux.HandleFunc("GET "+metadataPath, i.serveMetadata)
	i.server = httptest.NewServer(mux)
	t.Cleanup(i.close)
	return i
}

const (
	keySetPath   = "/jwks.json"
	metadataPath = "/.well-known/openid-configuration"
)

// Name is the iss of the tokens: the address of the issuer on its loopback port. Its metadata is there too, as OpenID Connect Discovery has it.
func (i *Issuer) Name() string { return i.server.URL }

// Audience is the aud of the tokens.
func (i *Issuer) Audience() []string { return slices.Clone(i.audience) }

// Algorithm is that of the keys.
func (i *Issuer) Algorithm() jwt.Algorithm { return i.alg }

// KeySetURL is the address of the key set (jwks_uri), which names one key: that which signs.
func (i *Issuer) KeySetURL() string { return i.server.URL + keySetPath }

// Rotate makes a new key, which signs from now on. The old one is published no more: its tokens are refused by all who have fetched the key set since.
// The verifiers that this Issuer has set up fetch it before Rotate returns.
func (i *Issuer) Rotate() {
	i.t.Helper()
	next := i.nextKey()
	i.mu.Lock()
	i.key = next
	sets := slices.Clone(i.sets)
	i.mu.Unlock()
	for _, s := range sets {
		if err := s.Refresh(i.t.Context()); err != nil {
			i.t.Fatal("jwttest:", err)
		}
	}
}

// VerifierConfig returns the settings of a verifier that fetches the keys of this issuer and trusts them. The user is the one of users whose name is in
// the claim [UsernameClaim]. The test may change what it likes before [jwt.NewVerifier].
func (i *Issuer) VerifierConfig(users store.UserStore) jwt.VerifierConfig {
	i.t.Helper()
	keys, err := jwt.NewRemoteKeySet(jwt.RemoteConfig{URL: i.KeySetURL(), Algorithms: []jwt.Algorithm{i.alg}})
	if err != nil {
		i.t.Fatal("jwttest:", err)
	}
	i.mu.Lock()
	defer i.mu.Unlock()
	i.sets = append(i.sets, keys)
	return jwt.VerifierConfig{
		Keys: keys, Algorithms: []jwt.Algorithm{i.alg}, Issuer: i.Name(), Audience: i.Audience(), Type: i.typ,
		Users: users, UsernameClaim: UsernameClaim, Realm: "jwttest",
	}
}

// Verifier returns a verifier with the settings of [Issuer.VerifierConfig].
func (i *Issuer) Verifier(users store.UserStore) *jwt.Verifier {
	i.t.Helper()
	v, err := jwt.NewVerifier(i.VerifierConfig(users))
	if err != nil {
		i.t.Fatal("jwttest:", err)
	}
	return v
}

func (i *Issuer) close() {
	i.mu.Lock()
	sets := slices.Clone(i.sets)
	i.mu.Unlock()
	for _, s := range sets {
		_ = s.Close() // which has no connection left to complain of
	}
	i.server.Close()
}

// current returns the key that signs.
func (i *Issuer) current() *key {
	i.mu.Lock()
	defer i.mu.Unlock()
	return i.key
}

// nextKey makes a key with an ID of its own.
func (i *Issuer) nextKey() *key {
	i.t.Helper()
	i.mu.Lock()
	i.kids++
	kid := "key-" + strconv.Itoa(i.kids)
	i.mu.Unlock()
	k, err := newKey(i.alg, kid)
	if err != nil {
		i.t.Fatal("jwttest:", err)
	}
	return k
}

func (i *Issuer) serveKeys(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Content-Type", "application/jwk-set+json")
	w.Header().Set("Cache-Control", "no-store")
	_ = json.NewEncoder(w).Encode(i.current().set)
}

func (i *Issuer) serveMetadata(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Content-Type", "application/json")
	_ = json.NewEncoder(w).Encode(map[string]any{
		"issuer": i.Name(), "jwks_uri": i.KeySetURL(), "id_token_signing_alg_values_supported": []jwt.Algorithm{i.alg},
	})
}
