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

// The lifetimes of tokens, unless their client or the server says otherwise.
const (
	DefaultTokenLifetime        = time.Hour           // of an access token
	DefaultRefreshTokenLifetime = 30 * 24 * time.Hour // of a family of refresh tokens
)

// MaxRefreshGrace is the greatest ServerConfig.RefreshGrace.
const MaxRefreshGrace = time.Minute

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

	// Issuer is the server's name among authorization servers (RFC 8414 section 2): an https URL without query and fragment. MetadataHandler
	// needs it, and introspection tells it of tokens that do not name their issuer themselves. Empty means that the server has none.
	Issuer string

	// JWTIssuer signs access tokens for clients with JWTAccessTokens, and JWTVerifier knows them again: at the endpoints for introspection
	// and revocation. Both or neither. Without them such a client is answered with 500. No such token is issued for longer than a
	// *jwt.Verifier accepts it (its MaxLifetime), whatever TokenLifetime says.
	JWTIssuer   AccessTokenIssuer
	JWTVerifier AccessTokenVerifier

	// JWTRevoker ends JSON Web Tokens, at the revocation endpoints. Nil means that those are not revocable: the endpoints refuse them with
	// UNSUPPORTED_TOKEN_TYPE.
	JWTRevoker SelfContainedRevoker

	// TokenLifetime of access tokens, for clients that have none of their own. Zero means DefaultTokenLifetime; at least a second.
	TokenLifetime time.Duration

	// RefreshTokenLifetime is how long after a grant its refresh tokens can be used, for clients that have no such time of their own. Zero
	// means DefaultRefreshTokenLifetime; at least a second. Refreshing does not extend it.
	RefreshTokenLifetime time.Duration

	// RefreshGrace is how long after its use a refresh token can be sent again without all that descends from its grant being
	// revoked: for clients whose threads do not wait for each other, or that repeat a request whose answer got lost. The repeat is refused all
	// the same. Zero means that every second use is taken for theft; at most MaxRefreshGrace.
	RefreshGrace time.Duration

	// Timeout is how long a request to an endpoint may wait for the stores. Zero means auth.DefaultEndpointTimeout.
	Timeout time.Duration

	// ClientFailures counts, by the address of the request, unknown clients and wrong client secrets at all endpoints, each once, however often it is sent.
	// Beyond its limit they are refused with TOO_MANY_REQUESTS (429) and Retry-After; a client with its secret never is. A random secret cannot be guessed, so
	// that makes nothing safer: it tells tools that try to stop, and those who watch that they do. A request that names no client and has no secret is not counted.
	// Behind a proxy, give it the Transport of Login. Nil means that nothing is counted.
	ClientFailures *auth.ForgedCounter

	// Renderer writes refusals. Nil means autherr.Profile2025(nil).
	Renderer autherr.Renderer

	// OnError is called with every refusal before it is sent, for the log: the private cause is in there. It may be called
	// concurrently and must not block. Nil means that nobody is told.
	OnError func(*http.Request, *autherr.Error)

	// Events is told of every request to the endpoints, see auth.EndpointConfig. Nil means that nobody is told.
	Events auth.EventSink
}

// Server gives out access tokens and takes them back. It is safe for concurrent use.
type Server struct {
	application string
	issuer      string
	clients     store.ClientStore
	tokens      store.TokenStore
	users       store.UserStore
	login       *auth.Login
	basic       *auth.Basic // of the users' revocation endpoint
	verifier    *Verifier   // of the tokens that the server gives out
	failures    *auth.ForgedCounter
	challenge   autherr.Challenge
	renderer    autherr.Renderer
	onError     func(*http.Request, *autherr.Error)
	events      auth.EventSink
	timeout     time.Duration

	jwtIssuer  AccessTokenIssuer
	jwtRevoker SelfContainedRevoker

	lifetime, refreshLifetime time.Duration
	longestJWT                time.Duration // zero: no limit
	grace                     time.Duration

	grants []grant
	params []string // of the token endpoint
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
	case cfg.Events != nil && auth.IsNil(cfg.Events):
		return missing("Events")
	case cfg.ClientFailures != nil && auth.IsNil(cfg.ClientFailures):
		return fail(errors.New("ClientFailures was not made by auth.NewForgedCounter"))
	case cfg.JWTRevoker != nil && auth.IsNil(cfg.JWTRevoker):
		return missing("JWTRevoker")
	case auth.IsNil(cfg.JWTIssuer) && (cfg.JWTIssuer != nil || cfg.JWTVerifier != nil):
		return missing("JWTIssuer")
	case auth.IsNil(cfg.JWTVerifier) && cfg.JWTIssuer != nil:
		return missing("JWTVerifier")
	case tooShort(cfg.TokenLifetime):
		return fail(fmt.Errorf("negative or too short TokenLifetime %v: want at least a second", cfg.TokenLifetime))
	case longestOf(cfg.JWTVerifier) != 0 && longestOf(cfg.JWTVerifier) < 2*minLifetime: // counted from the beginning of the second of its issue
		return fail(errors.New("JWTVerifier accepts no token for a whole second"))
	case tooShort(cfg.RefreshTokenLifetime):
		return fail(fmt.Errorf("negative or too short RefreshTokenLifetime %v: want at least a second", cfg.RefreshTokenLifetime))
	case cfg.RefreshGrace < 0 || cfg.RefreshGrace > MaxRefreshGrace:
		return fail(fmt.Errorf("RefreshGrace %v is negative or over %v", cfg.RefreshGrace, MaxRefreshGrace))
	case cfg.Timeout < 0:
		return fail(fmt.Errorf("negative Timeout %v", cfg.Timeout))
	case cfg.Issuer != "":
		if err := checkURL("Issuer", cfg.Issuer, true); err != nil {
			return fail(err)
		}
	}
	challenge, err := auth.NewRealm(cfg.Realm, autherr.BasicChallenge)
	if err != nil {
		return fail(err)
	}
	basic, err := auth.NewBasic(auth.BasicConfig{Login: cfg.Login, Realm: cfg.Realm, Method: autherr.MethodRevoke})
	if err != nil {
		return fail(err)
	}
	verifier, err := NewVerifier(VerifierConfig{
		Application: cfg.Application, Tokens: cfg.Tokens, Users: cfg.Users, Clients: cfg.Clients, Realm: cfg.Realm, JWTVerifier: cfg.JWTVerifier,
	})
	if err != nil {
		return fail(err)
	}
	s := &Server{
		application:     cfg.Application,
		issuer:          cfg.Issuer,
		clients:         cfg.Clients,
		tokens:          cfg.Tokens,
		users:           cfg.Users,
		login:           cfg.Login,
		basic:           basic,
		verifier:        verifier,
		failures:        cfg.ClientFailures,
		challenge:       challenge,
		renderer:        cfg.Renderer,
		onError:         cfg.OnError,
		events:          cfg.Events,
		timeout:         cfg.Timeout,
		jwtIssuer:       cfg.JWTIssuer,
		jwtRevoker:      cfg.JWTRevoker,
		lifetime:        orDefault(cfg.TokenLifetime, DefaultTokenLifetime),
		refreshLifetime: orDefault(cfg.RefreshTokenLifetime, DefaultRefreshTokenLifetime),
		longestJWT:      longestOf(cfg.JWTVerifier),
		grace:           cfg.RefreshGrace,
		params:          append([]string{paramGrantType, paramScope}, clientParams...),
	}
	s.grants = []grant{passwordGrant(cfg.Login), clientCredentialsGrant(cfg.Users), s.refreshGrant()}
	for _, g := range s.grants {
		for _, p := range g.required {
			if !slices.Contains(s.params, p.param) {
				s.params = append(s.params, p.param)
			}
		}
	}
	return s, nil
}

// endpoint returns an endpoint of the server for clients.
func (s *Server) endpoint(kind auth.EventKind, serve func(*http.Request) (*auth.Reply, error)) *auth.Endpoint {
	return s.endpointOf(autherr.MethodOAuth, kind, []autherr.Challenge{s.challenge}, serve)
}

// endpointOf returns an endpoint of the server that answers in the words of method.
func (s *Server) endpointOf(method autherr.Method, kind auth.EventKind, challenges []autherr.Challenge, serve func(*http.Request) (*auth.Reply, error)) *auth.Endpoint {
	return auth.NewEndpoint(auth.EndpointConfig{
		Method:      method,
		Renderer:    s.renderer,
		Challenges:  challenges,
		Timeout:     s.timeout,
		OnError:     s.onError,
		Events:      s.events,
		Kind:        kind,
		Application: s.application,
		Transport:   s.login.Transport(),
	}, serve)
}
