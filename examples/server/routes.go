package main

import (
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/apiauth-go/apiauth/auth"
	autherr "github.com/apiauth-go/apiauth/errors"
	"github.com/apiauth-go/apiauth/store"
)

// handler returns all routes.
func (a *app) handler() http.Handler {
	anyMethod := auth.Require(a.byHeader, a.options())
	serviceToken := auth.Require(a.serviceTokens, a.options())

	mux := http.NewServeMux()
	mux.Handle("/rest_api/id_token", a.idToken)
	mux.Handle("/rest_api/access_token", a.accessToken)
	mux.Handle("/rest_api/revoke", a.revoke)
	mux.Handle("GET /.well-known/jwks.json", a.jwks)
	mux.Handle("/api/services_token/generate", a.generate)
	mux.Handle("GET /api/user/{id}", serviceToken(http.HandlerFunc(a.getUser)))
	mux.Handle("POST /node", anyMethod(auth.RequirePermission(createPage)(http.HandlerFunc(a.createNode))))
	mux.Handle("GET /user/{id}", anyMethod(auth.RequirePermission(viewUsers)(http.HandlerFunc(a.getUser))))
	mux.HandleFunc("GET /healthz", func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write([]byte("ok\n")) })
	return logRequests(a.log, mux)
}

// options are those of every protected route.
func (a *app) options() *auth.Options {
	return &auth.Options{Renderer: a.cfg.profile, OnError: a.logRefusal}
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
	roles := u.Roles
	if roles == nil {
		roles = []string{}
	}
	writeJSON(w, http.StatusOK, struct {
		UID   json.RawMessage `json:"uid"`
		Name  string          `json:"name"`
		Roles []string        `json:"roles"`
	}{uid(u.ID), u.Name, roles})
}

// uid writes an id as a number where it is one, as the documented systems do.
func uid(id string) json.RawMessage {
	if n, err := strconv.ParseUint(id, 10, 63); err == nil && strconv.FormatUint(n, 10) == id {
		return json.RawMessage(id)
	}
	return json.RawMessage(strconv.Quote(id))
}

// maxPage is the longest page in bytes that can be created.
const maxPage = 64 << 10

// createNode "creates" a page: it answers with what was sent and the new id. Nothing is kept.
func (a *app) createNode(w http.ResponseWriter, r *http.Request) {
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

// fail answers with an error of the handler's own, in the shape of all others.
func (a *app) fail(w http.ResponseWriter, r *http.Request, err *autherr.Error) {
	a.logRefusal(r, err)
	autherr.Respond(w, r, a.cfg.profile, err)
}

func writeJSON(w http.ResponseWriter, status int, body any) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(body) // the client is gone: nobody is left to tell
}

// logRefusal writes why a request was refused. Outages and bugs are errors; a wrong password is not.
func (a *app) logRefusal(r *http.Request, e *autherr.Error) {
	level := slog.LevelInfo
	if (e.Code == autherr.InternalError || e.Code == autherr.ServiceUnavailable) && !errors.Is(e, context.Canceled) && !errors.Is(e, auth.ErrBusy) {
		level = slog.LevelError
	}
	a.log.Log(r.Context(), level, "refused", "error", e.Error(), "method", logText(r.Method), "path", logText(r.URL.Path))
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
