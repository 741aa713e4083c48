package auth

import (
	"crypto/sha256"
	"errors"
	"fmt"
	"net/http"
	"time"

	autherr "github.com/apiauth-go/apiauth/errors"
	"github.com/apiauth-go/apiauth/store"
)

// NewAPIKey returns a new API key to give to its user, and the ID under which its record is stored. The key itself is stored
// nowhere. It starts with [PrefixAPIKey].
func NewAPIKey() (key string, id store.KeyID) {
	key = NewRandom(PrefixAPIKey)
	return key, KeyID(key)
}

// KeyID returns the ID under which the record of an API key is stored: its SHA-256. Use it to bring over keys that were
// made elsewhere; they must be random, for a digest protects only what cannot be guessed.
func KeyID(key string) store.KeyID { return sha256.Sum256([]byte(key)) }

// APIKeyConfig configures [NewAPIKeyAuthenticator].
type APIKeyConfig struct {
	// Keys and Users are the stores. Required.
	Keys  store.APIKeyStore
	Users store.UserStore

	// Realm is shown in the challenge. Required.
	Realm string

	// Basic selects where the key is sent. False: API-KEY: base64(user:api-key). True: Authorization: Basic base64(user:api-key).
	Basic bool
}

// APIKey authenticates by user name and API key.
//
// In its own header it claims every request that has the header. In the Basic form it claims, on its own, every Basic credential, and inside a [Chain]
// those whose key has our prefix; keys brought over from elsewhere look like passwords and work only alone.
type APIKey struct {
	keys      store.APIKeyStore
	users     store.UserStore
	words     apiKeyWords
	challenge autherr.Challenge
	basic     bool
	prefix    bool
}

// apiKeyWords are the answers of one form.
type apiKeyWords struct {
	method    autherr.Method
	malformed autherr.Code
	absent    error
	scheme    error
	shape     error
}

// Each form has its own words; both decline with answers that are made once.
var (
	apiKeyHeaderWords = apiKeyWords{
		method:    autherr.MethodAPIKey,
		malformed: autherr.InvalidAPIKeyFormat,
		absent:    Decline(Absent, autherr.New(autherr.MethodAPIKey, autherr.MissingAPIKeyHeader, nil)),
	}
	apiKeyBasicWords = apiKeyWords{
		method:    autherr.MethodAPIKeyBasic,
		malformed: autherr.InvalidAuthorizationHeader,
		absent:    Decline(Absent, autherr.New(autherr.MethodAPIKeyBasic, autherr.MissingAuthorizationHeader, nil)),
		scheme:    Decline(OtherScheme, autherr.New(autherr.MethodAPIKeyBasic, autherr.InvalidAuthorizationHeaderType, nil)),
		shape:     Decline(OtherShape, autherr.New(autherr.MethodAPIKeyBasic, autherr.InvalidAPIKey, nil)),
	}
)

// NewAPIKeyAuthenticator returns an authenticator by API key, or an error that names the field that is missing or wrong.
func NewAPIKeyAuthenticator(cfg APIKeyConfig) (*APIKey, error) {
	if isNil(cfg.Keys) {
		return nil, errors.New("auth: NewAPIKeyAuthenticator: Keys is missing")
	}
	if isNil(cfg.Users) {
		return nil, errors.New("auth: NewAPIKeyAuthenticator: Users is missing")
	}
	k := &APIKey{keys: cfg.Keys, users: cfg.Users, basic: cfg.Basic, words: apiKeyHeaderWords}
	challenge := autherr.APIKeyChallenge
	if cfg.Basic {
		k.words, challenge = apiKeyBasicWords, autherr.BasicChallenge
	}
	var err error
	if k.challenge, err = NewRealm(cfg.Realm, challenge); err != nil {
		return nil, fmt.Errorf("auth: NewAPIKeyAuthenticator: %w", err)
	}
	return k, nil
}

// prefixed returns k as it works inside a Chain.
func (k *APIKey) prefixed() *APIKey {
	c := *k
	c.prefix = true
	return &c
}

// Authenticate implements Authenticator.
func (k *APIKey) Authenticate(r *http.Request) (*Identity, error) {
	if k == nil || k.keys == nil {
		return nil, errUnconfigured
	}
	name, key, err := k.read(r)
	if err != nil {
		return nil, err
	}
	return k.verify(r, name, key)
}

// read returns the claimed user name and key, or the answer if there are none.
func (k *APIKey) read(r *http.Request) (name, key string, err error) {
	var value string
	if k.basic {
		c, err := ReadCredentials(r, "")
		switch {
		case err != nil:
			return "", "", autherr.From(err).WithMethod(k.words.method)
		case !c.Present():
			return "", "", k.words.absent
		case !c.Is("Basic"):
			return "", "", k.words.scheme
		}
		value = c.Value
	} else {
		v, present, err := readAPIKeyHeader(r)
		switch {
		case err != nil:
			return "", "", autherr.From(err).WithMethod(k.words.method)
		case !present:
			return "", "", k.words.absent
		}
		value = v
	}
	name, key, ok := splitBasic(value)
	if k.basic && (k.prefix || ok && IsServiceToken(name, key)) && !(ok && IsRandom(PrefixAPIKey, key)) {
		return "", "", k.words.shape
	}
	if !ok || name == "" || key == "" {
		return "", "", autherr.New(k.words.method, k.words.malformed, nil)
	}
	return name, key, nil
}

var errUnknownKey = Forged(errors.New("unknown key"))

// verify decides. An unknown user, a key that does not exist or has expired, and another user's key get the same answer.
func (k *APIKey) verify(r *http.Request, name, key string) (*Identity, error) {
	ctx, method := r.Context(), k.words.method
	id := KeyID(key)
	rec, err := k.keys.APIKeyByID(ctx, id)
	switch {
	case errors.Is(err, store.ErrNotFound):
		return nil, autherr.New(method, autherr.InvalidAPIKey, errUnknownKey)
	case err != nil:
		return nil, autherr.Unavailable(method, err)
	case rec.ID != id:
		return nil, autherr.Internal(method, errors.New("store returned another key's record"))
	case !rec.ExpiresAt.IsZero() && !time.Now().Before(rec.ExpiresAt):
		return nil, autherr.New(method, autherr.InvalidAPIKey, Expired(errors.New("expired key")))
	}
	user, err := ActiveUser(ctx, k.users, method, rec.UserID)
	if user.ID != "" && user.Name != name {
		// Stores may find names without regard to case, so the store has the last word.
		named, err := k.users.UserByName(ctx, name)
		switch {
		case err != nil && !errors.Is(err, store.ErrNotFound):
			return nil, autherr.Unavailable(method, err)
		case err == nil && named.ID == "":
			return nil, autherr.Internal(method, errNoID)
		case err != nil || named.ID != user.ID:
			return nil, autherr.New(method, autherr.InvalidAPIKey, errors.New("another user's key"))
		}
	}
	switch {
	case err == ErrNoUser && user.ID != "":
		return nil, &autherr.Error{Code: autherr.UserBlocked, Method: method, User: user.Name, Cause: err}
	case err == ErrNoUser:
		return nil, autherr.New(method, autherr.InvalidAPIKey, err)
	case err != nil:
		return nil, err
	}
	identity := NewIdentity(user, method)
	identity.ExpiresAt = rec.ExpiresAt
	return identity, nil
}

// Challenges implements Challenger.
func (k *APIKey) Challenges() []autherr.Challenge {
	if k == nil {
		return nil
	}
	return []autherr.Challenge{k.challenge}
}

// CredentialHeaders implements HeaderReader.
func (k *APIKey) CredentialHeaders() []string {
	if k == nil || k.basic {
		return []string{headerAuthorization}
	}
	return []string{"API-KEY"}
}
