package main

import (
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"mime"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/apiauth-go/apiauth/auth"
	autherr "github.com/apiauth-go/apiauth/errors"
	"github.com/apiauth-go/apiauth/examples/server/console"
	"github.com/apiauth-go/apiauth/store"
)

// routes makes the handler of all routes.
func (a *app) routes() error {
	rules, err := a.byPath()
	if err != nil {
		return err
	}
	protect := func(by auth.Authenticator) func(http.Handler) http.Handler {
		require := auth.Require(by, a.options())
		return func(next http.Handler) http.Handler { return require(rules(next)) }
	}
	anyMethod, serviceToken := protect(a.byHeader), protect(a.serviceTokens)

	mux := http.NewServeMux()
	mux.Handle(routeIDToken, a.idToken)
	mux.Handle(routeToken, a.accessToken)
	mux.Handle(routeUserRevoke, a.userRevoke)
	mux.Handle(routeRevoke, a.revoke)
	mux.Handle(routeIntrospect, a.introspect)
	mux.Handle("GET "+a.metadataPath(), a.metadata)
	mux.Handle("GET "+routeJWKS, a.jwks)
	mux.Handle(routeGenerate, a.generate)
	mux.Handle("GET /api/user/{id}", serviceToken(http.HandlerFunc(a.getUser)))
	mux.Handle("POST /node", anyMethod(auth.RequirePermission(createPage)(http.HandlerFunc(a.createNode))))
	mux.Handle("GET /user/{id}", anyMethod(auth.RequirePermission(viewUsers)(http.HandlerFunc(a.getUser))))
	mux.Handle("GET /profile", anyMethod(auth.RequireScope(scopeProfile)(http.HandlerFunc(a.getProfile))))
	mux.Handle(console.Path, a.console)
	guarded, err := a.door(mux)
	if err != nil {
		return err
	}
	outside := http.NewServeMux() // what asks for our health may come from anywhere
	outside.HandleFunc("GET /healthz", func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write([]byte("ok\n")) })
	outside.Handle("/", guarded)
	a.handler = logRequests(a.log, withDeadline(a.cfg.timeout, outside))
	return nil
}

// options are those of every protected route.
func (a *app) options() *auth.Options {
	return &auth.Options{Renderer: a.cfg.profile, Events: a.events, Transport: a.cfg.access.transport}
}

// getUser answers with a user's name and roles.
func (a *app) getUser(w http.ResponseWriter, r *http.Request) {
	u, err := a.store.UserByID(r.Context(), r.PathValue("id"))
	switch {
	case errors.Is(err, store.ErrNotFound):
		writeJSON(w, http.StatusNotFound, map[string]string{"message": "There is no such user."})
		return
	case err != nil:
		a.fail(w, r, autherr.Unavailable(autherr.MethodAny, err))
		return
	}
	writeJSON(w, http.StatusOK, struct {
		UID   json.RawMessage `json:"uid"`
		Name  string          `json:"name"`
		Roles []string        `json:"roles"`
	}{uid(u.ID), u.Name, list(u.Roles)})
}

// getProfile tells a client for whom its token acts, as far as the scopes of the token allow.
func (a *app) getProfile(w http.ResponseWriter, r *http.Request) {
	id, _ := auth.FromContext(r.Context()) // nobody without one gets here
	profile := struct {
		UID   json.RawMessage `json:"uid"`
		Name  string          `json:"name"`
		Roles []string        `json:"roles,omitzero"`
	}{UID: uid(id.UserID), Name: id.Name}
	if id.HasScope(scopeRoles) {
		profile.Roles = list(id.Roles)
	}
	writeJSON(w, http.StatusOK, profile)
}

// list returns an array for JSON, which has none for nil.
func list(names []string) []string {
	if names == nil {
		return []string{}
	}
	return names
}

// uid writes an id as a number where it is one, as the documented systems do.
func uid(id string) json.RawMessage {
	if n, err := strconv.ParseUint(id, 10, 63); err == nil && strconv.FormatUint(n, 10) == id {
		return json.RawMessage(id)
	}
	text, _ := json.Marshal(id) // a string is never refused
	return text
}

// maxPage is the longest page in bytes that can be created.
const maxPage = 64 << 10

// createNode "creates" a page: it answers with what was sent and the new id. Nothing is kept.
func (a *app) createNode(w http.ResponseWriter, r *http.Request) {
	if media, _, _ := mime.ParseMediaType(r.Header.Get("Content-Type")); media != "application/json" {
		a.fail(w, r, &autherr.Error{Code: autherr.InvalidRequest, Status: http.StatusUnsupportedMediaType})
		return
	}
	var page map[string]json.RawMessage
	err := json.NewDecoder(http.MaxBytesReader(w, r.Body, maxPage)).Decode(&page)
	if tooLong := new(http.MaxBytesError); errors.As(err, &tooLong) {
		a.fail(w, r, &autherr.Error{Code: autherr.InvalidRequest, Status: http.StatusRequestEntityTooLarge, Cause: err})
		return
	}
	if err != nil || page == nil {
		a.fail(w, r, autherr.New(autherr.MethodAny, autherr.InvalidRequest, err))
		return
	}
	page["nid"] = json.RawMessage(strconv.FormatInt(a.nodes.Add(1), 10))
	writeJSON(w, http.StatusCreated, page)
}

func writeJSON(w http.ResponseWriter, status int, body any) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(body) // the client is gone: nobody is left to tell
}

// logRequests logs every request when it is done: never its query or header fields, which may hold secrets.
func logRequests(log *slog.Logger, next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		start := time.Now()
		rec := &statusRecorder{ResponseWriter: w, status: http.StatusOK}
		next.ServeHTTP(rec, r)
		log.Debug("request", "method", logText(r.Method), "path", logText(r.URL.Path), "status", rec.status, "took", time.Since(start), "from", r.RemoteAddr)
	})
}

// withDeadline ends the context of a request after some time: a store that does not answer by then is an outage (503), and must not collect
// requests for ever.
func withDeadline(limit time.Duration, next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		ctx, cancel := context.WithTimeout(r.Context(), limit)
		defer cancel()
		next.ServeHTTP(w, r.WithContext(ctx))
	})
}

// logText cuts what a client sent to a length that cannot flood the log. The log escapes it.
func logText(s string) string {
	if len(s) > 256 {
		s = s[:256]
	}
	return strings.ToValidUTF8(s, "?")
}

// statusRecorder remembers the status of a response.
type statusRecorder struct {
	http.ResponseWriter
	status int
}

func (s *statusRecorder) WriteHeader(status int) {
	s.status = status
	s.ResponseWriter.WriteHeader(status)
}

// Unwrap lets http.ResponseController through.
func (s *statusRecorder) Unwrap() http.ResponseWriter { return s.ResponseWriter }
