package oauth_test

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/apiauth-go/apiauth/auth"
	"github.com/apiauth-go/apiauth/auth/password"
	autherr "github.com/apiauth-go/apiauth/errors"
	"github.com/apiauth-go/apiauth/oauth"
	"github.com/apiauth-go/apiauth/store"
	"github.com/apiauth-go/apiauth/store/memstore"
)

const (
	application = "oauth001"
	realm       = "Example API"

	formType = "application/x-www-form-urlencoded"
	jsonType = "application/json"

	robotSecret = "a+secret/with%41 signs=" // decodes to something else, so that both readings differ
	otherSecret = "the-secret-of-another-client"
)

// world is a server with its stores, users and clients, and a protected resource.
type world struct {
	db     *memstore.Store
	stores faults // what the server and the verifier see of db
	hashes atomic.Int64

	login    *auth.Login
	server   *oauth.Server
	verifier *oauth.Verifier
	mux      *http.ServeMux

	mu     sync.Mutex
	errors []*autherr.Error
}

// userHash makes the hash of every test user's password, once.
var userHash = sync.OnceValue(func() string {
	hash, err := testHasher(nil).Hash("topsecret")
	if err != nil {
		panic(err)
	}
	return hash
})

func testHasher(count *atomic.Int64) *password.Hasher {
	h, err := password.New(password.Config{
		Argon2id:             password.Argon2idParams{Memory: 64, Time: 1},
		InsecureWeakArgon2id: true,
		Accept:               []password.Format{password.Argon2id},
		OnHash: func(password.Format) {
			if count != nil {
				count.Add(1)
			}
		},
	})
	if err != nil {
		panic(err)
	}
	return h
}

// newWorld makes a world whose refusals are told by the profile.
func newWorld(t testing.TB, profile string) *world {
	t.Helper()
	ctx := context.Background()
	db, err := memstore.New(nil)
	require.NoError(t, err)
	w := &world{db: db, mux: http.NewServeMux()}
	w.stores.db = db

	for _, u := range []store.User{
		{ID: "1", Name: "my_username", PasswordHash: userHash(), Active: true, Roles: []string{"editor"}, Permissions: []string{"create page content"}, Stamp: "s1"},
		{ID: "2", Name: "reader", PasswordHash: userHash(), Active: true, Stamp: "s2"},
		{ID: "3", Name: "blocked_user", PasswordHash: userHash(), Stamp: "s3"},
	} {
		require.NoError(t, db.PutUser(ctx, u))
	}
	hash := func(secret string) []string {
		h, err := oauth.HashSecret(secret)
		require.NoError(t, err)
		return []string{h}
	}
	both := []string{"password", "client_credentials"}
	for _, c := range []store.Client{
		{ID: "app", Grants: []string{"password"}, InsecurePasswordGrantWithoutSecret: true},
		{ID: "web", Grants: both, SecretHashes: hash(robotSecret), InsecurePasswordGrantWithoutSecret: true, AnyUser: true},
		{ID: "robot", Grants: both, SecretHashes: hash(robotSecret), Users: []string{"1", "3", "gone"},
			Scopes: []string{"read", "write", "admin:x"}, DefaultScopes: []string{"read"}, TokenLifetime: 90 * time.Second},
		{ID: "cc", Grants: []string{"client_credentials"}, SecretHashes: hash(robotSecret), AnyUser: true, InsecurePasswordGrantWithoutSecret: true},
		{ID: "pw", Grants: []string{"password"}, SecretHashes: hash(robotSecret)},
		{ID: "off", Grants: both, SecretHashes: hash(robotSecret), AnyUser: true, InsecurePasswordGrantWithoutSecret: true},
		{ID: "foreign", Grants: both, SecretHashes: hash(otherSecret), AnyUser: true, InsecurePasswordGrantWithoutSecret: true},
		{ID: "resource", SecretHashes: hash(robotSecret), Introspect: true},
		{ID: "id with+signs%", Grants: both, SecretHashes: hash(robotSecret), AnyUser: true},
	} {
		c.Application, c.Active = application, c.ID != "off"
		if c.ID == "foreign" {
			c.Application = "other001"
		}
		require.NoError(t, db.PutClient(ctx, c))
	}

	rd, err := autherr.ProfileByName(profile)
	require.NoError(t, err)
	w.login, err = auth.NewLogin(auth.LoginConfig{Users: &w.stores, Hasher: testHasher(&w.hashes)})
	require.NoError(t, err)
	onError := func(_ *http.Request, e *autherr.Error) {
		w.mu.Lock()
		defer w.mu.Unlock()
		w.errors = append(w.errors, e)
	}
	w.server, err = oauth.NewServer(oauth.ServerConfig{
		Application: application, Clients: &w.stores, Tokens: &w.stores, Users: &w.stores,
		Login: w.login, Realm: realm, Renderer: rd, OnError: onError,
	})
	require.NoError(t, err)
	w.verifier, err = oauth.NewVerifier(oauth.VerifierConfig{
		Application: application, Clients: &w.stores, Tokens: &w.stores, Users: &w.stores, Realm: realm,
	})
	require.NoError(t, err)

	w.mux.Handle("/rest_api/access_token", w.server.TokenEndpoint())
	w.mux.Handle("/rest_api/revoke", w.server.RevokeEndpoint())
	w.mux.Handle("/oauth/introspect", w.server.IntrospectionEndpoint())
	w.mux.Handle("/oauth/revoke", w.server.RevocationEndpoint())
	w.mux.Handle("/", auth.Require(w.verifier, &auth.Options{Renderer: rd, OnError: onError})(http.HandlerFunc(whoami)))
	return w
}

// whoami answers with the Identity as JSON.
func whoami(w http.ResponseWriter, r *http.Request) {
	id, _ := auth.FromContext(r.Context())
	_ = json.NewEncoder(w).Encode(id)
}

// lastError returns the last refusal as it was logged.
func (w *world) lastError() *autherr.Error {
	w.mu.Lock()
	defer w.mu.Unlock()
	if len(w.errors) == 0 {
		return nil
	}
	return w.errors[len(w.errors)-1]
}

// request is what a test sends.
type request struct {
	method, path, body string
	header             http.Header
}

func post(body string, header ...string) request {
	return request{"POST", "/rest_api/access_token", body, headers(append([]string{"Content-Type", formType}, header...)...)}
}

func get(token string) request {
	return request{"GET", "/", "", headers("Authorization", "Bearer "+token)}
}

func headers(pairs ...string) http.Header {
	h := http.Header{}
	for i := 0; i < len(pairs); i += 2 {
		h.Set(pairs[i], pairs[i+1])
	}
	return h
}

func basic(name, password string) string {
	return "Basic " + base64.StdEncoding.EncodeToString([]byte(name+":"+password))
}

// answer is what came back.
type answer struct {
	status int
	header http.Header
	body   string
}

// do sends the request from this machine without a network.
func (w *world) do(q request) answer { return w.from("127.0.0.1:1", q) }

// doIn is do with a context.
func (w *world) doIn(ctx context.Context, q request) answer {
	r := httptest.NewRequestWithContext(ctx, q.method, q.path, strings.NewReader(q.body))
	r.RemoteAddr = "127.0.0.1:1"
	for k, v := range q.header {
		r.Header[k] = v
	}
	return record(w.mux, r)
}

func (w *world) from(addr string, q request) answer {
	r := httptest.NewRequest(q.method, q.path, strings.NewReader(q.body))
	r.RemoteAddr = addr
	for k, v := range q.header {
		r.Header[k] = v
	}
	return record(w.mux, r)
}

func record(h http.Handler, r *http.Request) answer {
	rec := httptest.NewRecorder()
	h.ServeHTTP(rec, r)
	return answer{rec.Code, rec.Header(), strings.TrimSuffix(rec.Body.String(), "\n")}
}

// listen returns a function that sends requests over a real connection.
func (w *world) listen(t testing.TB) func(request) answer {
	srv := httptest.NewServer(w.mux)
	t.Cleanup(srv.Close)
	return func(q request) answer {
		t.Helper()
		r, err := http.NewRequest(q.method, srv.URL+q.path, strings.NewReader(q.body))
		require.NoError(t, err)
		r.Header = q.header
		resp, err := srv.Client().Do(r)
		require.NoError(t, err)
		defer resp.Body.Close()
		b, err := io.ReadAll(resp.Body)
		require.NoError(t, err)
		return answer{resp.StatusCode, resp.Header, strings.TrimSuffix(string(b), "\n")}
	}
}

// tokenAnswer is the answer of the token endpoint.
type tokenAnswer struct {
	AccessToken string `json:"access_token"`
	TokenType   string `json:"token_type"`
	ExpiresIn   int64  `json:"expires_in"`
	Scope       string `json:"scope"`
}

// token asks for a token, which must be given.
func (w *world) token(t testing.TB, body string) string {
	t.Helper()
	a := w.do(post(body))
	require.Equal(t, 200, a.status, a.body)
	return parseToken(t, a).AccessToken
}

func parseToken(t testing.TB, a answer) tokenAnswer {
	t.Helper()
	var out tokenAnswer
	require.NoError(t, json.Unmarshal([]byte(a.body), &out), a.body)
	return out
}

// The bodies of the documented requests.
var (
	passwordBody = form("grant_type", "password", "username", "my_username", "password", "topsecret", "client_id", "app")
	clientBody   = form("grant_type", "client_credentials", "client_id", "robot", "client_secret", robotSecret, "username", "my_username")
)

// form encodes pairs in their order.
func form(pairs ...string) string {
	var b strings.Builder
	for i := 0; i < len(pairs); i += 2 {
		if i > 0 {
			b.WriteByte('&')
		}
		b.WriteString(url.QueryEscape(pairs[i]) + "=" + url.QueryEscape(pairs[i+1]))
	}
	return b.String()
}

// code returns the member "error" of the answer.
func (a answer) code(t testing.TB) string {
	t.Helper()
	var out struct {
		Error string `json:"error"`
	}
	require.NoError(t, json.Unmarshal([]byte(a.body), &out), a.body)
	return out.Error
}

// accessToken reads the token from a response.
func accessToken(resp *http.Response) string {
	defer resp.Body.Close()
	var out tokenAnswer
	if err := json.NewDecoder(resp.Body).Decode(&out); err != nil {
		panic(err)
	}
	return out.AccessToken
}
