package jwt

import (
	"errors"
	"fmt"
	"net/http"
	"time"

	"github.com/apiauth-go/apiauth/auth"
	autherr "github.com/apiauth-go/apiauth/errors"
)

// IDTokenConfig configures [NewIDTokenEndpoint]. The endpoint tells the Lifetime of its Issuer as expires_in; a Verifier with a shorter MaxLifetime, its own
// or that of its Revocations, ends the token before.
type IDTokenConfig struct {
	// Issuer makes the tokens. Required.
	Issuer *Issuer

	// Login checks the passwords. Required.
	Login *auth.Login

	// Realm is shown in the challenge. Required.
	Realm string

	// Header is read when Authorization is absent, as in auth.BasicConfig. Empty means none.
	Header string

	// Renderer writes refusals. Nil means autherr.Profile2025(nil).
	Renderer autherr.Renderer

	// OnError is called with every refusal before it is sent, as in auth.Options.
	OnError func(*http.Request, *autherr.Error)

	// Events is told of every request, see auth.EndpointConfig. Nil means that nobody is told.
	Events auth.EventSink
}

// idToken is the reply of the endpoint. The order of the members is part of it.
type idToken struct {
	TokenType string `json:"token_type"`
	IssuedAt  int64  `json:"iat"`
	ExpiresIn int64  `json:"expires_in"`
	Token     string `json:"jwt_token"`
}

// NewIDTokenEndpoint returns the handler for POST /rest_api/id_token: user name and password, as a Basic credential, for a JSON Web Token.
// The body of the request and its media type are of no account. The reply has token_type (always "Bearer"), iat (seconds since 1970),
// expires_in (seconds) and jwt_token.
func NewIDTokenEndpoint(cfg IDTokenConfig) (*auth.Endpoint, error) {
	if cfg.Issuer == nil || cfg.Issuer.KeySet() == nil {
		return nil, errors.New("jwt: NewIDTokenEndpoint: Issuer is missing")
	}
	basic, err := auth.NewBasic(auth.BasicConfig{Login: cfg.Login, Realm: cfg.Realm, Header: cfg.Header, Method: autherr.MethodIDToken})
	if err != nil {
		return nil, fmt.Errorf("jwt: NewIDTokenEndpoint: %w", err)
	}
	if cfg.Events != nil && auth.IsNil(cfg.Events) {
		return nil, errors.New("jwt: NewIDTokenEndpoint: Events is missing")
	}
	issuer := cfg.Issuer
	return auth.NewEndpoint(auth.EndpointConfig{
		Method: autherr.MethodIDToken, Renderer: cfg.Renderer, Challenges: basic.Challenges(), OnError: cfg.OnError,
		Events: cfg.Events, Kind: auth.EventTokenIssue, Transport: cfg.Login.Transport(),
	}, func(r *http.Request) (*auth.Reply, error) {
		user, err := basic.User(r)
		if err != nil {
			return nil, err
		}
		t, err := issuer.Issue(r.Context(), user)
		if err != nil {
			return nil, err
		}
		return &auth.Reply{Body: idToken{
			TokenType: "Bearer",
			IssuedAt:  t.IssuedAt.Unix(),
			ExpiresIn: int64(t.ExpiresAt.Sub(t.IssuedAt) / time.Second),
			Token:     t.Compact,
		}}, nil
	}), nil
}
