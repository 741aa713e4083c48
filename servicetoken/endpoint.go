package servicetoken

import (
	"cmp"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"time"

	"github.com/apiauth-go/apiauth/auth"
	autherr "github.com/apiauth-go/apiauth/errors"
	"github.com/apiauth-go/apiauth/store"
)

// DefaultPermission is what a user needs to generate tokens.
const DefaultPermission = "generate services token"

// expiresLayout is the form of the member "expires".
const expiresLayout = "2006-01-02T15:04:05-0700"

// EndpointConfig configures [Service.GenerateEndpoint]. The zero value answers holders of a valid token only.
type EndpointConfig struct {
	// Login, if set, switches the password fallback on: the endpoint then takes a user name and a password too, which is how a
	// client gets its first token. Its store of users must be that of the Service.
	Login *auth.Login

	// Permission is what a user needs. Empty means DefaultPermission.
	Permission string

	// Status is that of a success: 200 or 201, which newer releases of the documented system send. Zero means 200.
	Status int

	// Location is the time zone in which "expires" is told. Nil means UTC; the documented system used that of its site.
	Location *time.Location

	// Renderer writes refusals. Nil means autherr.Profile2025(nil).
	Renderer autherr.Renderer

	// OnError is called with every refusal before it is sent, as auth.Options.OnError is.
	OnError func(*http.Request, *autherr.Error)

	// Events is told of every request, see auth.EndpointConfig. Nil means that nobody is told.
	Events auth.EventSink
}

// GenerateEndpoint returns the endpoint that gives out tokens: mount it at /api/services_token/generate. It answers POST, and refuses
// other methods itself, so the pattern needs none. A success is
//
//	{"expires":"2015-12-07T20:39:47+0100","token":"…"}
//
// Each call makes a token with a new expiry; older ones work until theirs. The request's body and its media type are ignored.
func (s *Service) GenerateEndpoint(cfg EndpointConfig) (http.Handler, error) {
	if s == nil || s.users == nil {
		return nil, errors.New("servicetoken: GenerateEndpoint: the Service was not made by New")
	}
	e := &generate{
		service:    s,
		permission: cmp.Or(cfg.Permission, DefaultPermission),
		status:     cmp.Or(cfg.Status, http.StatusOK),
		location:   cmp.Or(cfg.Location, time.UTC),
	}
	if e.status != http.StatusOK && e.status != http.StatusCreated {
		return nil, fmt.Errorf("servicetoken: GenerateEndpoint: Status is %d: want 200 or 201", cfg.Status)
	}
	if cfg.Events != nil && auth.IsNil(cfg.Events) {
		return nil, errors.New("servicetoken: GenerateEndpoint: Events is missing")
	}
	if cfg.Login != nil {
		var err error
		if e.password, err = auth.NewBasic(auth.BasicConfig{Login: cfg.Login, Realm: s.realm, Method: method}); err != nil {
			return nil, fmt.Errorf("servicetoken: GenerateEndpoint: %w", err)
		}
	}
	return auth.NewEndpoint(auth.EndpointConfig{
		Method: method, Renderer: cfg.Renderer, Challenges: s.Challenges(), OnError: cfg.OnError,
		Events: cfg.Events, Kind: auth.EventTokenGenerate, Transport: s.transport,
	}, e.serve), nil
}

// generate is the state of the endpoint.
type generate struct {
	service    *Service
	password   *auth.Basic // nil while the fallback is off
	permission string
	status     int
	location   *time.Location
}

// generated is the body of a success. The order of its members is part of the wire format.
type generated struct {
	Expires string `json:"expires"`
	Token   string `json:"token"`
}

func (e *generate) serve(r *http.Request) (*auth.Reply, error) {
	user, err := e.user(r)
	if err != nil {
		return nil, err
	}
	auth.NoteUser(r.Context(), user)
	if !slices.Contains(user.Permissions, e.permission) {
		return nil, denied(user, fmt.Errorf("no permission %q", e.permission))
	}
	token, expires, err := e.service.mint(r.Context(), user)
	if err != nil {
		return nil, err
	}
	return &auth.Reply{Status: e.status, Body: generated{expires.In(e.location).Format(expiresLayout), token}}, nil
}

// user returns the record with which a token is signed: as it is now, a rehash at this login included. That is why the two ways in are tried here and
// not by auth.Chain, which tells of a user only what an Identity shows.
func (e *generate) user(r *http.Request) (store.User, error) {
	user, _, err := e.service.authenticate(r)
	if e.password != nil && errors.Is(err, auth.ErrNoCredentials) {
		return e.password.User(r)
	}
	return user, err
}
