package console_test

import (
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/apiauth-go/apiauth/auth"
	"github.com/apiauth-go/apiauth/auth/password"
	"github.com/apiauth-go/apiauth/examples/server/console"
	"github.com/apiauth-go/apiauth/oauth"
	"github.com/apiauth-go/apiauth/store"
	"github.com/apiauth-go/apiauth/store/memstore"
)

// records are users and clients that can be listed, and that can fail.
type records struct {
	*memstore.Store
	mu             sync.Mutex
	users, clients []string
	down           error
	filter         store.AuditFilter // of the last look at the audit log
	limit          int
}

// next returns up to limit of the ids after one.
func next(ids []string, after string, limit int) []string {
	ids = slices.Sorted(slices.Values(ids))
	ids = slices.DeleteFunc(ids, func(id string) bool { return id <= after })
	return ids[:min(limit, len(ids))]
}

func (r *records) ListUsers(ctx context.Context, after string, limit int) (list []store.User, err error) {
	if r.down != nil {
		return nil, r.down
	}
	for _, id := range next(r.users, after, limit) {
		u, err := r.UserByID(ctx, id)
		if err != nil {
			return nil, err
		}
		list = append(list, u)
	}
	return list, nil
}

func (r *records) ListClients(ctx context.Context, after string, limit int) (list []store.Client, err error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, id := range next(r.clients, after, limit) {
		c, err := r.ClientByID(ctx, id)
		if err != nil {
			return nil, err
		}
		list = append(list, c)
	}
	return list, nil
}

func (r *records) PutClient(ctx context.Context, c store.Client) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	if !slices.Contains(r.clients, c.ID) {
		r.clients = append(r.clients, c.ID)
	}
	return r.Store.PutClient(ctx, c)
}

// ListAudit implements store.AuditLister, and notes what it was asked for.
func (r *records) ListAudit(ctx context.Context, f store.AuditFilter, limit int) ([]store.AuditRecord, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.filter, r.limit = f, limit
	return r.Store.ListAudit(ctx, f, limit)
}

// world is a console over real HTTP.
type world struct {
	t      *testing.T
	base   string
	db     *records
	mu     sync.Mutex
	events []auth.Event
	failed []error
	client *http.Client
}

// evil is a user name that wants to be a part of the page.
const evil = `<script>alert(1)</script>"'&`

func newWorld(t *testing.T) *world {
	t.Helper()
	db, err := memstore.New(nil)
	require.NoError(t, err)
	w := &world{t: t, db: &records{Store: db}, client: &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}}
	hasher, err := password.New(password.Config{InsecureWeakArgon2id: true, Argon2id: password.Argon2idParams{Memory: 64, Time: 1, Threads: 1}})
	require.NoError(t, err)
	hash, err := hasher.Hash("password")
	require.NoError(t, err)
	for _, u := range []store.User{
		{ID: "1", Name: "editor", PasswordHash: hash, Active: true, Roles: []string{"editor"}},
		{ID: "4", Name: "operator", PasswordHash: hash, Active: true, Roles: []string{"administrator"}},
		{ID: "a/b c", Name: evil, Active: true},
	} {
		require.NoError(t, db.PutUser(t.Context(), u))
		w.db.users = append(w.db.users, u.ID)
	}
	require.NoError(t, w.db.PutClient(t.Context(), store.Client{ID: "app/1 <b>", Name: evil, Application: "oauth001", Active: true, Grants: []string{oauth.GrantPassword}, InsecurePasswordGrantWithoutSecret: true}))

	login, err := auth.NewLogin(auth.LoginConfig{Users: db, Hasher: hasher})
	require.NoError(t, err)
	basic, err := auth.NewBasic(auth.BasicConfig{Login: login, Realm: "console"})
	require.NoError(t, err)
	admin, err := oauth.NewAdmin(oauth.AdminConfig{Tokens: db})
	require.NoError(t, err)
	h, err := console.New(console.Config{
		Authenticator: basic, Role: "administrator",
		Options: auth.Options{Events: auth.EventFunc(func(_ context.Context, e auth.Event) error {
			w.mu.Lock()
			defer w.mu.Unlock()
			w.events = append(w.events, e)
			return nil
		})},
		Users: w.db, Clients: w.db, Tokens: admin, Audit: w.db,
		Applications:      []console.Application{{ID: "oauth001", Name: "OAuth", Method: "access token", Enabled: true, TokenLifetime: time.Hour}, {ID: "off00001", Name: "Off"}},
		ClientApplication: "oauth001", Scopes: []string{"profile"}, DefaultTokenLifetime: time.Hour, MaxTokenLifetime: 24 * time.Hour,
		OnError: func(_ *http.Request, err error) { w.failed = append(w.failed, err) },
	})
	require.NoError(t, err)
	mux := http.NewServeMux()
	mux.Handle(console.Path, h)
	server := httptest.NewServer(mux)
	t.Cleanup(server.Close)
	w.base = server.URL
	return w
}

// answer is a response that was read.
type answer struct {
	status int
	header http.Header
	body   string
}

// send sends a request as a user, with nobody's credentials if the name is empty. A form is posted.
func (w *world) send(user, path string, form url.Values, change ...func(*http.Request)) answer {
	w.t.Helper()
	method, body := http.MethodGet, io.Reader(nil)
	if form != nil {
		method, body = http.MethodPost, strings.NewReader(form.Encode())
	}
	r, err := http.NewRequest(method, w.base+path, body)
	require.NoError(w.t, err)
	if form != nil {
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		r.Header.Set("Sec-Fetch-Site", "same-origin")
	}
	if user != "" {
		r.SetBasicAuth(user, "password")
	}
	for _, c := range change {
		c(r)
	}
	resp, err := w.client.Do(r)
	require.NoError(w.t, err)
	defer resp.Body.Close()
	data, err := io.ReadAll(resp.Body)
	require.NoError(w.t, err)
	return answer{resp.StatusCode, resp.Header, string(data)}
}

// get returns a page that the operator asks for.
func (w *world) get(path string) string {
	w.t.Helper()
	got := w.send("operator", path, nil)
	require.Equal(w.t, 200, got.status, got.body)
	return got.body
}

// post sends a form of the operator that leads to another page, and returns that.
func (w *world) post(path string, form url.Values) string {
	w.t.Helper()
	got := w.send("operator", path, form)
	require.Equal(w.t, http.StatusSeeOther, got.status, got.body)
	return w.get(got.header.Get("Location"))
}

var tags = regexp.MustCompile(`<[^>]*>`)

// words returns the text of a page, without tags, with single blanks.
func words(page string) string {
	return strings.Join(strings.Fields(tags.ReplaceAllString(page, " ")), " ")
}

var (
	pages   = []string{"", "clients", "users", "audit", "audit/rows", "try"}
	actions = []string{"clients", "clients/app%2F1%20%3Cb%3E/enable", "clients/app%2F1%20%3Cb%3E/disable", "clients/app%2F1%20%3Cb%3E/expiry", "clients/app%2F1%20%3Cb%3E/secret", "users/1/block", "users/1/unblock", "users/1/revoke"}
)

func TestOnlyAdministratorsComeIn(t *testing.T) {
	w := newWorld(t)
	check := func(path string, form url.Values) {
		got := w.send("", console.Path+path, form)
		require.Equal(t, 401, got.status, path)
		require.Equal(t, `Basic realm="console", charset="UTF-8"`, got.header.Get("Www-Authenticate"))
		require.Equal(t, 403, w.send("editor", console.Path+path, form).status, path)
		got = w.send("operator", console.Path+path, form, func(r *http.Request) { r.SetBasicAuth("operator", "wrong") })
		require.Equal(t, 401, got.status, path)
	}
	for _, path := range append(pages, "nothing") {
		check(path, nil)
	}
	before, err := w.db.UserByID(t.Context(), "1")
	require.NoError(t, err)
	for _, path := range actions {
		check(path, url.Values{})
	}
	after, err := w.db.UserByID(t.Context(), "1")
	require.NoError(t, err)
	require.Equal(t, before, after)
	require.Len(t, w.db.clients, 1)
}

func TestWhatIsThereHasItsHeaders(t *testing.T) {
	w := newWorld(t)
	for _, path := range append(pages, "nothing", "assets/console.css", "assets/try.js") {
		for _, user := range []string{"", "operator"} {
			h := w.send(user, console.Path+path, nil).header
			require.Equal(t, "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'; img-src 'self'", h.Get("Content-Security-Policy"), path)
			require.Equal(t, "no-store", h.Get("Cache-Control"), path)
			require.Equal(t, "nosniff", h.Get("X-Content-Type-Options"), path)
			require.Equal(t, "no-referrer", h.Get("Referrer-Policy"), path)
		}
	}
	require.Contains(t, w.send("", console.Path+"assets/try.js", nil).header.Get("Content-Type"), "text/javascript")
	for _, path := range pages {
		page := w.get(console.Path + path)
		require.NotRegexp(t, `(?i)<style|\sstyle=|\son[a-z]+=|javascript:|<script>`, page, "nothing inline: the policy would not have it")
	}
}

func TestFormsOfOtherOriginsAreRefused(t *testing.T) {
	w := newWorld(t)
	for _, path := range actions {
		for name, change := range map[string]func(*http.Request){
			"cross-site": func(r *http.Request) { r.Header.Set("Sec-Fetch-Site", "cross-site") },
			"same-site":  func(r *http.Request) { r.Header.Set("Sec-Fetch-Site", "same-site") },
			"old browser": func(r *http.Request) {
				r.Header.Del("Sec-Fetch-Site")
				r.Header.Set("Origin", "https://evil.example")
			},
		} {
			got := w.send("operator", console.Path+path, url.Values{"name": {"x"}, "grant": {"client_credentials"}, "user": {"editor"}}, change)
			require.Equal(t, 403, got.status, "%s %s", path, name)
			require.Contains(t, got.body, "ACCESS_DENIED")
		}
	}
	require.Len(t, w.db.clients, 1)
	require.Len(t, w.events, 3*len(actions), "the operator can see that somebody tries")
	require.Equal(t, auth.OutcomeAccessDenied, w.events[0].Outcome)
	u, err := w.db.UserByID(t.Context(), "1")
	require.NoError(t, err)
	require.True(t, u.Active)
}

func TestWhatStrangersWriteIsText(t *testing.T) {
	w := newWorld(t)
	require.NoError(t, w.db.AppendAudit(t.Context(), store.AuditRecord{
		Time: time.Now(), Kind: evil, User: evil, ClientID: evil, Address: evil, HTTPMethod: evil, Path: "/" + evil, Method: evil, Application: evil, Outcome: evil, Status: 401, Code: evil,
		UserAgent: evil + "\u202egnp.exe\x1b[31m",
	}))
	for _, path := range []string{"clients", "users", "audit", "audit/rows", "audit?text=" + url.QueryEscape(evil), "users?done=blocked&of=" + url.QueryEscape("a/b c")} {
		page := w.get(console.Path + path)
		require.NotContains(t, page, "<script>alert", path)
		require.NotContains(t, page, "</script>\"", path)
		require.Contains(t, page, "&lt;script&gt;alert(1)&lt;/script&gt;&#34;&#39;&amp;", path)
	}
	page := w.get(console.Path + "audit")
	require.Contains(t, page, `\u202egnp.exe\x1b[31m`, "what turns the text around is written out")
	require.NotContains(t, page, "\u202e")

	// A link from elsewhere makes a page say nothing of its own.
	for _, query := range []string{"done=blocked&of=" + url.QueryEscape(evil), "done=blocked&of=call+555", "done=nonsense&of=1", "of=1"} {
		require.Contains(t, w.get(console.Path+"users?"+query), `role="status"></p>`, query)
	}
}

func TestAnOutageIsSaidAndTold(t *testing.T) {
	w := newWorld(t)
	w.db.down = errors.New("the disk is on fire")
	got := w.send("operator", console.Path+"users", nil)
	require.Equal(t, 503, got.status)
	require.NotEmpty(t, got.header.Get("Retry-After"))
	require.NotContains(t, got.body, "fire")
	require.Len(t, w.failed, 1)
	require.ErrorIs(t, w.failed[0], w.db.down)
}

func TestMissingSettingsAreErrors(t *testing.T) {
	_, err := console.New(console.Config{})
	require.ErrorContains(t, err, "Authenticator is missing")
}
