package oauth_test

import (
	"bytes"
	"compress/gzip"
	"context"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/apiauth-go/apiauth/auth"
	autherr "github.com/apiauth-go/apiauth/errors"
	"github.com/apiauth-go/apiauth/oauth"
	"github.com/apiauth-go/apiauth/store"
	"github.com/apiauth-go/apiauth/store/memstore"
)

const (
	foreignToken  = "mF_9.B5f-4~1JqM+foreign/token=="
	foreignSecret = "s3cr+t/with signs="
	ourName       = "https://api.example"
)

// otherServer is a server that knows tokens. It can be told to misbehave. It is reached over loopback or, as an http.RoundTripper, without a
// network, so that it can stand in the bubbles of testing/synctest.
type otherServer struct {
	mu            sync.Mutex
	answer        http.HandlerFunc
	asked         []*http.Request // with their forms parsed
	running, most int             // at a time
}

// says returns a server that answers with this JSON.
func says(body string) *otherServer {
	s := new(otherServer)
	s.do(sayJSON(body))
	return s
}

// active is a good answer of an introspection endpoint, with more members.
func active(more string) string {
	return `{"active":true,"username":"my_username","aud":"` + ourName + `"` + more + `}`
}

func sayJSON(body string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		_, _ = io.WriteString(w, body)
	}
}

func hangForeign(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() }

func lateForeign(d time.Duration, then http.HandlerFunc) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		select {
		case <-time.After(d):
			then(w, r)
		case <-r.Context().Done():
		}
	}
}

func statusForeign(code int) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		w.WriteHeader(code)
		_, _ = io.WriteString(w, active(""))
	}
}

func (s *otherServer) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	_ = r.ParseForm()
	s.mu.Lock()
	s.asked = append(s.asked, r)
	s.running++
	s.most = max(s.most, s.running)
	answer := s.answer
	s.mu.Unlock()
	defer func() {
		s.mu.Lock()
		s.running--
		s.mu.Unlock()
	}()
	answer(w, r)
}

// RoundTrip implements http.RoundTripper.
func (s *otherServer) RoundTrip(r *http.Request) (*http.Response, error) {
	rec := httptest.NewRecorder()
	s.ServeHTTP(rec, r)
	if err := r.Context().Err(); err != nil {
		return nil, err
	}
	return rec.Result(), nil
}

// do changes what the server does.
func (s *otherServer) do(h http.HandlerFunc) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.answer = h
}

// count returns how often the server was asked.
func (s *otherServer) count() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.asked)
}

// loopback starts the server on a port of this machine.
func (s *otherServer) loopback(t testing.TB) string {
	t.Helper()
	server := httptest.NewServer(s)
	t.Cleanup(server.Close)
	return server.URL + "/tokens?key=topsecret"
}

// foreignUsers are the accounts of the tests.
func foreignUsers(t testing.TB) *memstore.Store {
	t.Helper()
	db, err := memstore.New(nil)
	require.NoError(t, err)
	for _, u := range []store.User{
		{ID: "1", Name: "my_username", Active: true, Roles: []string{"editor"}, Permissions: []string{"create page content"}},
		{ID: "3", Name: "blocked_user"},
	} {
		require.NoError(t, db.PutUser(context.Background(), u))
	}
	return db
}

// introspecting returns a verifier that asks s, which is closed when the test ends. Without change, s is asked without a network.
func (s *otherServer) introspecting(t testing.TB, change func(*oauth.IntrospectionConfig)) *oauth.IntrospectionVerifier {
	t.Helper()
	cfg := oauth.IntrospectionConfig{
		URL: "https://other.example/introspect?key=topsecret", ClientID: "api+1", ClientSecret: foreignSecret, Audience: []string{ourName},
		Users: foreignUsers(t), UsernameClaim: "username", Scopes: []string{"read", "write"}, Realm: realm, Transport: s,
	}
	if change != nil {
		change(&cfg)
	}
	v, err := oauth.NewIntrospectionVerifier(cfg)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, v.Close()) })
	return v
}

// informing is introspecting for user information.
func (s *otherServer) informing(t testing.TB, change func(*oauth.UserInfoConfig)) *oauth.UserInfoVerifier {
	t.Helper()
	cfg := oauth.UserInfoConfig{
		URL: "https://other.example/me?key=topsecret", InsecureAnyClient: true, Users: foreignUsers(t), UsernameAttribute: "preferred_username",
		Realm: realm, Transport: s,
	}
	if change != nil {
		change(&cfg)
	}
	v, err := oauth.NewUserInfoVerifier(cfg)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, v.Close()) })
	return v
}

// send authenticates a request with this token.
func send(a auth.Authenticator, token string) (*auth.Identity, error) {
	return sendIn(context.Background(), a, token)
}

func sendIn(ctx context.Context, a auth.Authenticator, token string) (*auth.Identity, error) {
	r := (&http.Request{Method: "GET", Header: http.Header{"Authorization": {"Bearer " + token}}}).WithContext(ctx)
	return a.Authenticate(r)
}

// requireForeign is a token that is good.
func requireForeign(t testing.TB, a auth.Authenticator, token string) *auth.Identity {
	t.Helper()
	id, err := send(a, token)
	require.NoError(t, err)
	require.Equal(t, "1", id.UserID)
	return id
}

// requireRefused is a token that is refused for that reason.
func requireRefused(t testing.TB, a auth.Authenticator, token string, code autherr.Code, why string) {
	t.Helper()
	id, err := send(a, token)
	require.Nil(t, id)
	require.ErrorIs(t, err, code)
	require.NotErrorIs(t, err, auth.ErrNoCredentials)
	require.ErrorContains(t, err, why)
	require.Equal(t, autherr.MethodOAuth, autherr.From(err).Method)
}

// requireForeignOutage is a token about which nothing can be said.
func requireForeignOutage(t testing.TB, a auth.Authenticator, token, why string) {
	t.Helper()
	id, err := send(a, token)
	require.Nil(t, id)
	require.ErrorIs(t, err, autherr.ServiceUnavailable)
	require.ErrorIs(t, err, oauth.ErrExternalUnavailable)
	require.ErrorContains(t, err, why)
}

// served sends a request through auth.Require and returns the answer and its cause.
func served(a auth.Authenticator, token string) (*httptest.ResponseRecorder, *autherr.Error) {
	var told *autherr.Error
	h := auth.Require(a, &auth.Options{OnError: func(_ *http.Request, e *autherr.Error) { told = e }})(http.HandlerFunc(
		func(w http.ResponseWriter, r *http.Request) {
			id, _ := auth.FromContext(r.Context())
			_ = json.NewEncoder(w).Encode(id)
		}))
	r := httptest.NewRequest("GET", "/", nil)
	r.Header.Set("Authorization", "Bearer "+token)
	rec := httptest.NewRecorder()
	h.ServeHTTP(rec, r)
	return rec, told
}

func gzipped(r io.Reader) []byte {
	var b bytes.Buffer
	w := gzip.NewWriter(&b)
	_, _ = io.Copy(w, r)
	_ = w.Close()
	return b.Bytes()
}
