package main

import (
	"bytes"
	"net/http"

	"github.com/apiauth-go/apiauth/auth"
	autherr "github.com/apiauth-go/apiauth/errors"
	"github.com/apiauth-go/apiauth/jwt"
	"github.com/apiauth-go/apiauth/oauth"
	"github.com/apiauth-go/apiauth/servicetoken"
)

// doors are the handlers at which a stranger can ask.
type doors struct {
	basic, apiKey, serviceToken http.Handler // protected routes
	idToken, generate           http.Handler
	token, revoke, introspect   http.Handler
}

// newDoors returns all doors, with one Login. Their answers are those of the profile.
func (w *world) newDoors(login *auth.Login, profile autherr.Renderer) (*doors, error) {
	d := new(doors)
	options := &auth.Options{Renderer: profile}
	page := http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusOK) })
	basic, err := auth.NewBasic(auth.BasicConfig{Login: login, Realm: realm})
	if err != nil {
		return nil, err
	}
	d.basic = auth.Require(basic, options)(page)
	keys, err := auth.NewAPIKeyAuthenticator(auth.APIKeyConfig{Keys: w, Users: w, Realm: realm})
	if err != nil {
		return nil, err
	}
	d.apiKey = auth.Require(keys, options)(page)

	signer, err := jwt.GenerateKey(jwt.EdDSA, nil)
	if err != nil {
		return nil, err
	}
	issuer, err := jwt.NewIssuer(jwt.IssuerConfig{Issuer: "https://127.0.0.1", Audience: []string{"https://127.0.0.1"}, Key: signer})
	if err != nil {
		return nil, err
	}
	if d.idToken, err = jwt.NewIDTokenEndpoint(jwt.IDTokenConfig{Issuer: issuer, Login: login, Realm: realm, Renderer: profile}); err != nil {
		return nil, err
	}

	server, err := oauth.NewServer(oauth.ServerConfig{
		Application: application, Clients: w, Tokens: w, Users: w, Login: login, Realm: realm, Renderer: profile,
	})
	if err != nil {
		return nil, err
	}
	d.token, d.revoke, d.introspect = server.TokenEndpoint(), server.RevokeEndpoint(), server.IntrospectionEndpoint()

	service, err := servicetoken.New(servicetoken.Config{Users: w, Keys: []servicetoken.Key{bytes.Repeat([]byte{1}, 32)}, Realm: realm})
	if err != nil {
		return nil, err
	}
	d.serviceToken = auth.Require(service, options)(page)
	d.generate, err = service.GenerateEndpoint(servicetoken.EndpointConfig{Login: login, Renderer: profile})
	return d, err
}
