package oauth

import (
	"errors"
	"fmt"
	"net/http"
	"slices"
	"time"

	"github.com/apiauth-go/apiauth/auth"
	autherr "github.com/apiauth-go/apiauth/errors"
	"github.com/apiauth-go/apiauth/store"
)

// DefaultTokenLifetime is how long an access token is valid unless its client or the server says otherwise.
const DefaultTokenLifetime = time.Hour

// ServerConfig configures [NewServer].
type ServerConfig struct {
	// Application is the id of the application whose clients and tokens these are. Clients of other applications are unknown
	// here. Required.
	Application string

	// Clients, Tokens and Users are the stores. Required.
	Clients store.ClientStore
	Tokens  store.TokenStore
	Users   store.UserStore

	// Login checks the users' passwords. Its Transport decides which requests may carry client secrets, too. Required; it must
	// look users up where Users does.
	Login *auth.Login

	// Realm is shown in the challenges of both endpoints. Required.
	Realm string

	// JWTs ends JSON Web Tokens, at the revocation endpoint. Nil means that those are not revocable: the endpoint refuses them with
	// UNSUPPORTED_TOKEN_TYPE.
	JWTs SelfContainedRevoker

	// TokenLifetime of access tokens, for clients that have none of their own. Zero means DefaultTokenLifetime; at least a second.
	TokenLifetime time.Duration

	// Renderer writes refusals. Nil means autherr.Profile2025.
	Renderer autherr.Renderer

	// OnError is called with every refusal before it is sent, for the log: the private cause is in there. It may be called
	// concurrently and must not block. Nil means that nobody is told.
	OnError func(*http.Request, *autherr.Error)
}

// Server gives out access tokens and takes them back. It is safe for concurrent use.
type Server struct {
	application string
	clients     store.ClientStore
	tokens      store.TokenStore
	login       *auth.Login
	basic       *auth.Basic // of the revocation endpoint
	jwts        SelfContainedRevoker
	challenge   autherr.Challenge
	lifetime    time.Duration
	renderer    autherr.Renderer
	onError     func(*http.Request, *autherr.Error)
	grants      []grant
	params      []string // of the token endpoint
}

// NewServer returns a Server, or an error that names the field that is missing or wrong.
func NewServer(cfg ServerConfig) (*Server, error) {
	fail := func(err error) (*Server, error) { return nil, fmt.Errorf("oauth: NewServer: %w", err) }
	missing := func(field string) (*Server, error) { return fail(errors.New(field + " is missing")) }
	switch {
	case cfg.Application == "":
		return missing("Application")
	case auth.IsNil(cfg.Clients):
		return missing("Clients")
	case auth.IsNil(cfg.Tokens):
		return missing("Tokens")
	case auth.IsNil(cfg.Users):
		return missing("Users")
	case cfg.Login == nil:
		return missing("Login")
	case cfg.JWTs != nil && auth.IsNil(cfg.JWTs):
		return missing("JWTs")
	case cfg.TokenLifetime != 0 && cfg.TokenLifetime < time.Second:
		return fail(fmt.Errorf("negative or too short TokenLifetime %v: want at least a second", cfg.TokenLifetime))
	}
	challenge, err := auth.NewRealm(cfg.Realm, autherr.BasicChallenge)
	if err != nil {
		return fail(err)
	}
	basic, err := auth.NewBasic(auth.BasicConfig{Login: cfg.Login, Realm: cfg.Realm, Method: autherr.MethodRevoke})
	if err != nil {
		return fail(err)
	}
	s := &Server{
		application: cfg.Application,
		clients:     cfg.Clients,
		tokens:      cfg.Tokens,
		login:       cfg.Login,
		basic:       basic,
		jwts:        cfg.JWTs,
		challenge:   challenge,
		lifetime:    cfg.TokenLifetime,
		renderer:    cfg.Renderer,
		onError:     cfg.OnError,
		grants:      []grant{passwordGrant(cfg.Login), clientCredentialsGrant(cfg.Users)},
		params:      []string{paramGrantType, paramClientID, paramClientSecret, paramScope},
	}
	if s.lifetime == 0 {
		s.lifetime = DefaultTokenLifetime
	}
	for _, g := range s.grants {
		for _, p := range g.required {
			if !slices.Contains(s.params, p.param) {
				s.params = append(s.params, p.param)
			}
		}
	}
	return s, nil
}
