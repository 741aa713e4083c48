// Package console is a small web console for those who run a service that is built with apiauth: applications, clients, users, the audit log,
// and a form for every documented request. It is an example of how the library's API is used, and no part of it.
//
// Start with [New]; mount the result at [Path]. There is no build step and no dependency: templates, style sheet and scripts are embedded. All but
// the try-it page works without scripts.
package console

import (
	"context"
	"embed"
	"errors"
	"io/fs"
	"net/http"
	"strings"
	"sync"
	"time"

	"github.com/apiauth-go/apiauth/auth"
	autherr "github.com/apiauth-go/apiauth/errors"
	"github.com/apiauth-go/apiauth/oauth"
	"github.com/apiauth-go/apiauth/store"
)

// Path is where the console is mounted, with everything below it.
const Path = "/console/"

// Users are the accounts, as far as the console deals with them.
type Users interface {
	store.UserStore

	// ListUsers returns up to limit users by id, those whose ids come after the given one. Every id comes after the empty one.
	ListUsers(ctx context.Context, after string, limit int) ([]store.User, error)

	// SetActive unblocks or blocks the user, or returns store.ErrNotFound.
	SetActive(ctx context.Context, id string, active bool) error
}

// Clients are the OAuth clients.
type Clients interface {
	store.ClientStore

	// ListClients returns up to limit clients likewise.
	ListClients(ctx context.Context, after string, limit int) ([]store.Client, error)

	// PutClient creates the client or replaces the one with its ID.
	PutClient(ctx context.Context, c store.Client) error
}

// Application is what the console shows of an application.
type Application struct {
	// ID is what clients send as AUTH-METHOD, Name and Method say what it is to people.
	ID, Name, Method string

	// Enabled tells whether it can be chosen.
	Enabled bool

	// TokenLifetime is that of its tokens, zero if it has none or they end elsewhere.
	TokenLifetime time.Duration
}

// Config is what the console needs. All fields but Scopes, Examples and OnError are required.
type Config struct {
	// Authenticator says who is there, and Role is the role that he must have.
	Authenticator auth.Authenticator
	Role          string

	// Options are those of the protected routes. Their Events are told of every page and every action, the page of the audit log among them, but
	// not of each time that its script looks for new records.
	Options auth.Options

	// Users, Clients, Tokens and Audit are what is shown and changed.
	Users   Users
	Clients Clients
	Tokens  *oauth.Admin
	Audit   store.AuditLister

	// Applications are shown; ClientApplication is the id of the one to which new clients belong, and Scopes are those they can be given.
	Applications      []Application
	ClientApplication string
	Scopes            []string

	// DefaultTokenLifetime is that of access tokens whose client has none of its own, and MaxTokenLifetime the longest that a client can be given.
	DefaultTokenLifetime, MaxTokenLifetime time.Duration

	// Examples are the requests of the try-it page.
	Examples []Example

	// OnError is told why something could not be done. It must not block. Nil means that nobody is told.
	OnError func(*http.Request, error)
}

// check returns an error that names the field that is missing.
func (c *Config) check() error {
	for _, field := range []struct {
		name    string
		missing bool
	}{
		{"Authenticator", auth.IsNil(c.Authenticator)},
		{"Role", c.Role == ""},
		{"Options.Events", auth.IsNil(c.Options.Events)},
		{"Users", auth.IsNil(c.Users)},
		{"Clients", auth.IsNil(c.Clients)},
		{"Tokens", c.Tokens == nil},
		{"Audit", auth.IsNil(c.Audit)},
		{"Applications", len(c.Applications) == 0},
		{"ClientApplication", c.ClientApplication == ""},
		{"DefaultTokenLifetime", c.DefaultTokenLifetime <= 0},
		{"MaxTokenLifetime", c.MaxTokenLifetime < time.Minute},
	} {
		if field.missing {
			return errors.New("console: " + field.name + " is missing")
		}
	}
	if c.Options.AllowAnonymous {
		return errors.New("console: Options.AllowAnonymous would let everybody in")
	}
	return nil
}

// console is the console.
type console struct {
	cfg     Config
	changes sync.Mutex // held while a record is read, changed and written
}

//go:embed assets
var assets embed.FS

// New returns the console, or an error that names the field that is missing or wrong.
func New(cfg Config) (http.Handler, error) {
	if err := cfg.check(); err != nil {
		return nil, err
	}
	c := &console{cfg: cfg}
	pages := http.NewServeMux()
	for pattern, serve := range map[string]http.HandlerFunc{
		"GET " + Path + "{$}":                   c.applications,
		"GET " + Path + "clients":               c.clients,
		"POST " + Path + "clients":              c.newClient,
		"POST " + Path + "clients/{id}/enable":  c.setClient("enabled", func(r *store.Client) { r.Active = true }),
		"POST " + Path + "clients/{id}/disable": c.setClient("disabled", func(r *store.Client) { r.Active = false }),
		"POST " + Path + "clients/{id}/expiry":  c.setExpiry,
		"GET " + Path + "clients/{id}/secret":   c.askNewSecret,
		"POST " + Path + "clients/{id}/secret":  c.newSecret,
		"GET " + Path + "users":                 c.users,
		"POST " + Path + "users/{id}/block":     c.setActive("blocked", false),
		"POST " + Path + "users/{id}/unblock":   c.setActive("unblocked", true),
		"POST " + Path + "users/{id}/revoke":    c.revokeUser,
		"GET " + Path + "audit":                 c.audit,
		"GET " + Path + "try":                   c.try,
	} {
		pages.HandleFunc(pattern, serve)
	}
	pages.HandleFunc(Path, func(w http.ResponseWriter, r *http.Request) {
		c.sorry(w, r, http.StatusNotFound, "There is no such page, or it takes another method.")
	})

	files, err := fs.Sub(assets, "assets")
	if err != nil {
		return nil, err
	}
	repeated := cfg.Options
	repeated.Events = failuresOnly{cfg.Options.Events}
	mux := http.NewServeMux()
	mux.Handle(Path, c.protect(cfg.Options)(pages))
	mux.Handle("GET "+Path+"audit/rows", c.protect(repeated)(http.HandlerFunc(c.auditRows)))
	mux.HandleFunc("GET "+Path+"assets/{name}", func(w http.ResponseWriter, r *http.Request) { // which are no secret
		http.ServeFileFS(w, r, files, r.PathValue("name"))
	})
	return withHeaders(mux), nil
}

// protect lets those pass who have the role, and refuses what a page of somebody else makes their browser send.
func (c *console) protect(o auth.Options) func(http.Handler) http.Handler {
	sameOrigin := http.NewCrossOriginProtection()
	sameOrigin.SetDenyHandler(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { refuseForeign(w, r, o) }))
	require, role := auth.Require(c.cfg.Authenticator, &o), auth.RequireRole(c.cfg.Role)
	return func(next http.Handler) http.Handler {
		return sameOrigin.Handler(require(role(next)))
	}
}

// errForeign is why a form is refused that the browser was made to send.
var errForeign = errors.New("sent by a page of another origin")

func refuseForeign(w http.ResponseWriter, r *http.Request, o auth.Options) {
	cut := func(s string) string { return strings.ToValidUTF8(s[:min(len(s), 256)], "?") }
	e := auth.Event{
		Time: time.Now().UTC().Truncate(time.Microsecond), Kind: auth.EventAccess, Outcome: auth.OutcomeAccessDenied, User: auth.Anonymous,
		HTTPMethod: r.Method, Path: cut(r.URL.Path), Status: http.StatusForbidden, Code: autherr.AccessDenied, UserAgent: cut(r.UserAgent()), Cause: errForeign,
	}
	e.Address, _ = o.Transport.ClientAddr(r)
	_ = o.Events.Record(context.WithoutCancel(r.Context()), e) // sinks say themselves what they lose
	autherr.Respond(w, r, o.Renderer, autherr.New(autherr.MethodAny, autherr.AccessDenied, errForeign))
}

// policy allows what the pages need: their own style sheet, scripts and forms, and requests to this server.
const policy = "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'; img-src 'self'"

// withHeaders sets what every answer carries, refusals included.
func withHeaders(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		h.Set("Content-Security-Policy", policy)
		h.Set("Cache-Control", "no-store")
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("Referrer-Policy", "no-referrer")
		h.Set("Cross-Origin-Opener-Policy", "same-origin")
		h.Set("Cross-Origin-Resource-Policy", "same-origin")
		next.ServeHTTP(w, r)
	})
}

// failuresOnly is a sink for requests that repeat themselves.
type failuresOnly struct{ next auth.EventSink }

// Record implements auth.EventSink.
func (s failuresOnly) Record(ctx context.Context, e auth.Event) error {
	if e.Outcome == auth.OutcomeSuccess {
		return nil
	}
	return s.next.Record(ctx, e)
}
