package auth

import (
	"errors"
	"fmt"
	"net/http"
	"strings"

	autherr "github.com/apiauth-go/apiauth/errors"
)

// DefaultApplicationHeader is the header field with which a client names its application.
const DefaultApplicationHeader = "AUTH-METHOD"

// Application is a named authentication method.
type Application struct {
	// ID is what clients send. It consists of visible ASCII characters without separators, as a header token does.
	// The documented system uses 8 lower-case hex characters.
	ID string

	// Name describes the application to people. Optional.
	Name string

	// Authenticator is the application's method. Required.
	Authenticator Authenticator

	// Disabled switches the application off: it is then answered like one that does not exist.
	Disabled bool
}

// ByHeaderConfig configures [ByHeader].
type ByHeaderConfig struct {
	// Applications that clients can choose. Without any, and without a Default, every request is refused.
	Applications []Application

	// Default handles requests without the header field. Nil refuses them with MISSING_HEADER. Its ID need not be one of
	// the Applications, and may be empty to leave Identity.Application as the authenticator set it.
	Default *Application

	// Header is the name of the field. Empty means AUTH-METHOD.
	Header string
}

// byHeader is the Authenticator that ByHeader returns.
type byHeader struct {
	header       string // canonical
	applications map[string]Application
	fallback     *Application
	order        []Authenticator
}

var (
	errMissingHeader      = autherr.New(autherr.MethodAny, autherr.MissingHeader, nil)
	errInvalidApplication = autherr.New(autherr.MethodAny, autherr.InvalidApplicationID, nil)
)

// ByHeader returns an Authenticator that lets the client choose among applications by a header field. An unknown,
// empty or repeated field, and an application that is switched off, are refused with INVALID_APPLICATION_ID and never fall back to
// the default. What the client chooses is only which proof is demanded of it; the choice itself grants nothing.
func ByHeader(cfg ByHeaderConfig) (Authenticator, error) {
	if cfg.Header == "" {
		cfg.Header = DefaultApplicationHeader
	}
	if !isFieldToken(cfg.Header) {
		return nil, fmt.Errorf("auth: ByHeader: Header %q is not a field name", cfg.Header)
	}
	b := &byHeader{
		header:       http.CanonicalHeaderKey(cfg.Header),
		applications: make(map[string]Application, len(cfg.Applications)),
	}
	if b.header == headerAuthorization || b.header == headerAPIKey {
		return nil, fmt.Errorf("auth: ByHeader: Header %q carries credentials", cfg.Header)
	}
	for _, app := range cfg.Applications {
		if !isFieldToken(app.ID) {
			return nil, fmt.Errorf("auth: ByHeader: application ID %q is empty or has characters that a header token cannot have", app.ID)
		}
		if _, twice := b.applications[app.ID]; twice {
			return nil, fmt.Errorf("auth: ByHeader: application ID %q is used twice", app.ID)
		}
		if isNil(app.Authenticator) {
			return nil, fmt.Errorf("auth: ByHeader: application %q has no Authenticator", app.ID)
		}
		b.applications[app.ID] = app
		if !app.Disabled {
			b.order = append(b.order, app.Authenticator)
		}
	}
	if d := cfg.Default; d != nil {
		if isNil(d.Authenticator) {
			return nil, errors.New("auth: ByHeader: Default has no Authenticator")
		}
		if !d.Disabled {
			app := *d
			b.fallback = &app
			b.order = append(b.order, app.Authenticator)
		}
	}
	return b, nil
}

// Authenticate implements Authenticator.
func (b *byHeader) Authenticate(r *http.Request) (*Identity, error) {
	app, err := b.choose(r)
	if err != nil {
		return nil, err
	}
	id, err := app.Authenticator.Authenticate(r)
	if err == nil && id != nil && app.ID != "" {
		id.Application = app.ID
	}
	return id, err
}

func (b *byHeader) choose(r *http.Request) (Application, error) {
	values := r.Header[b.header]
	switch len(values) {
	case 0:
		if b.fallback == nil {
			return Application{}, errMissingHeader
		}
		return *b.fallback, nil
	case 1:
		app, ok := b.applications[strings.Trim(values[0], " \t")]
		if ok && !app.Disabled {
			return app, nil
		}
	}
	return Application{}, errInvalidApplication
}

// Challenges implements Challenger: those of all applications, for the client has not been told which one it wants.
func (b *byHeader) Challenges() []autherr.Challenge { return (&chain{parts: b.order}).Challenges() }

// CredentialHeaders implements HeaderReader.
func (b *byHeader) CredentialHeaders() []string {
	return mergeHeaders((&chain{parts: b.order}).CredentialHeaders(), b.header)
}
