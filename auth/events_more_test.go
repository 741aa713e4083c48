package auth_test

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"net/url"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/apiauth-go/apiauth/auth"
	autherr "github.com/apiauth-go/apiauth/errors"
	"github.com/apiauth-go/apiauth/jwt"
	"github.com/apiauth-go/apiauth/oauth"
	"github.com/apiauth-go/apiauth/servicetoken"
	"github.com/apiauth-go/apiauth/store"
	"github.com/apiauth-go/apiauth/store/memstore"
)

func TestWithoutASinkNothingIsAdded(t *testing.T) {
	id := &auth.Identity{UserID: "1", Roles: []string{"x"}}
	a := authFunc(func(*http.Request) (*auth.Identity, error) { return id, nil })
	h := auth.Require(a, nil)(auth.RequireRole("x")(auth.RequirePathRoles(auth.PathRule{Pattern: "/node/*", AnyUser: true})(nothing)))
	w, r := &sink{make(http.Header)}, request()
	allocs := testing.AllocsPerRun(100, func() {
		clear(w.header)
		h.ServeHTTP(w, r)
	})
	require.LessOrEqual(t, allocs, 3.0, "as without events: the context, the request in it, and the header fields")

	told := 0
	h = auth.Require(a, &auth.Options{Events: auth.EventFunc(func(context.Context, auth.Event) error { told++; return nil })})(nothing)
	allocs = testing.AllocsPerRun(100, func() {
		clear(w.header)
		h.ServeHTTP(w, r)
	})
	require.LessOrEqual(t, allocs, 4.0, "and a context that does not end")
	require.NotZero(t, told)
}

func TestASinkIsToldBeforeTheAnswerAndWithoutTheEndOfTheRequest(t *testing.T) {
	type key struct{}
	var order []string
	s := auth.EventFunc(func(ctx context.Context, e auth.Event) error {
		order = append(order, "told "+string(e.Outcome))
		require.NoError(t, ctx.Err(), "the client has left, and is told of all the same")
		require.Equal(t, "value", ctx.Value(key{}))
		return nil
	})
	ctx, cancel := context.WithCancel(context.WithValue(t.Context(), key{}, "value"))
	cancel()
	send := func(h http.Handler, r *http.Request) {
		h.ServeHTTP(&noting{httptest.NewRecorder(), &order}, r.WithContext(ctx))
	}
	send(auth.Require(accepts("a"), &auth.Options{Events: s})(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { order = append(order, "handled") })), request())
	send(auth.Require(fails(autherr.New("basic", autherr.InvalidToken, nil)), &auth.Options{Events: s})(nothing), request())
	send(auth.NewEndpoint(auth.EndpointConfig{Events: s}, func(*http.Request) (*auth.Reply, error) { return &auth.Reply{}, nil }), post(""))
	require.Equal(t, []string{"told success", "handled", "told invalid_credentials", "answered", "told success", "answered"}, order)
}

type noting struct {
	http.ResponseWriter
	order *[]string
}

func (n *noting) WriteHeader(status int) {
	*n.order = append(*n.order, "answered")
	n.ResponseWriter.WriteHeader(status)
}

func TestTheStatusIsTheOneThatIsSent(t *testing.T) {
	var r recorder
	for want, rd := range map[int]autherr.Renderer{401: nil, 400: autherr.ProfileRFC(), 418: teapot(418), 500: teapot(200)} {
		a := fails(autherr.New(autherr.MethodOAuth, autherr.InvalidRequest, nil))
		if want == 401 {
			a = fails(autherr.New(autherr.MethodBasic, autherr.InvalidCredentials, nil))
		}
		w := serve(auth.Require(a, &auth.Options{Renderer: rd, Events: &r}), request())
		require.Equal(t, want, w.Code)
		require.Equal(t, want, r.take()[0].Status)
	}
}

type teapot int

func (s teapot) Render(*autherr.Error) autherr.Response { return autherr.Response{Status: int(s)} }

func TestTheAddressIsThatOfTheClient(t *testing.T) {
	proxy, err := auth.NewTransport(auth.TransportConfig{TrustedProxies: prefixes(t, "10.0.0.0/8")})
	require.NoError(t, err)
	var s recorder
	serveAll := func(r *http.Request) {
		serve(auth.Require(accepts("a"), &auth.Options{Events: &s, Transport: proxy}), r)
		serve(auth.Require(fails(errors.New("x")), &auth.Options{Events: &s, Transport: proxy}), r)
		serve(auth.RequireTLS(proxy, &auth.Options{Events: &s}), r)
		serve(addressFilter(t, auth.AddressFilterConfig{Block: prefixes(t, "0.0.0.0/0"), Events: &s, Transport: proxy}), r)
		auth.NewEndpoint(auth.EndpointConfig{Events: &s, Transport: proxy}, func(*http.Request) (*auth.Reply, error) { return &auth.Reply{}, nil }).ServeHTTP(httptest.NewRecorder(), r)
	}
	for want, r := range map[string]*http.Request{
		"192.0.2.7":  comingFrom("10.0.0.1:1", "X-Forwarded-For", "203.0.113.1, 192.0.2.7", "X-Forwarded-Proto", "http"),
		"192.0.2.8":  comingFrom("192.0.2.8:1", "X-Forwarded-For", "203.0.113.1"),
		"invalid IP": comingFrom("@"),
	} {
		serveAll(r)
		events := s.take()
		require.Len(t, events, 5)
		for _, e := range events {
			require.Equal(t, want, e.Address.String(), e.Kind)
		}
	}
}

func TestEndpointsTellOfTheAddressBehindTheProxyOfTheirLogin(t *testing.T) {
	proxy, err := auth.NewTransport(auth.TransportConfig{TrustedProxies: prefixes(t, "10.0.0.0/8")})
	require.NoError(t, err)
	h := newHashing(t)
	db, err := memstore.New(nil)
	require.NoError(t, err)
	login := newLogin(t, auth.LoginConfig{Users: db, Hasher: h.Hasher, Transport: proxy})
	require.Same(t, proxy, login.Transport())
	require.Nil(t, (*auth.Login)(nil).Transport())
	var s recorder
	server, err := oauth.NewServer(oauth.ServerConfig{Application: "a", Clients: db, Tokens: db, Users: db, Login: login, Realm: "a", Events: &s})
	require.NoError(t, err)
	issuer := testIssuer(t)
	idToken, err := jwt.NewIDTokenEndpoint(jwt.IDTokenConfig{Issuer: issuer, Login: login, Realm: "a", Events: &s})
	require.NoError(t, err)
	services, err := servicetoken.New(servicetoken.Config{Users: db, Keys: []servicetoken.Key{servicetoken.Key("0123456789abcdef0123456789abcdef")}, Realm: "a", Transport: proxy})
	require.NoError(t, err)
	generate, err := services.GenerateEndpoint(servicetoken.EndpointConfig{Events: &s})
	require.NoError(t, err)
	for _, e := range []http.Handler{server.TokenEndpoint(), server.RevokeEndpoint(), server.IntrospectionEndpoint(), server.RevocationEndpoint(), idToken, generate} {
		r := post("")
		r.RemoteAddr = "10.0.0.1:1"
		r.Header.Set("X-Forwarded-For", "192.0.2.7")
		e.ServeHTTP(httptest.NewRecorder(), r)
		events := s.take()
		require.Len(t, events, 1)
		require.Equal(t, "192.0.2.7", events[0].Address.String(), events[0].Kind)
	}
}

func testIssuer(t testing.TB) *jwt.Issuer {
	t.Helper()
	key, err := jwt.NewSigningSecret(jwt.HS256, []byte("0123456789abcdef0123456789abcdef"), nil)
	require.NoError(t, err)
	issuer, err := jwt.NewIssuer(jwt.IssuerConfig{Issuer: "https://a.example", Audience: []string{"b"}, Key: key})
	require.NoError(t, err)
	return issuer
}

func TestLoginsAreToldOf(t *testing.T) {
	var s recorder
	h := newHashing(t)
	users := demoAccounts(t, h)
	login, err := auth.NewLogin(auth.LoginConfig{Users: users, Hasher: h.Hasher, Events: &s, Flood: auth.FloodLimits{PerUserAndAddress: auth.Rate{Max: 2, Window: time.Hour}}})
	require.NoError(t, err)
	for _, tt := range []struct {
		name, pw string
		r        *http.Request
		want     auth.Event
	}{
		{"my_username", "topsecret", request(), auth.Event{Outcome: auth.OutcomeSuccess, UserID: "1", User: "my_username"}},
		{"my_username", "wrong", request(), auth.Event{Outcome: auth.OutcomeInvalidCredentials, Code: "INVALID_CREDENTIALS"}},
		{"my_username", "wrong2", request(), auth.Event{Outcome: auth.OutcomeInvalidCredentials, Code: "INVALID_CREDENTIALS"}},
		{"my_username", "topsecret", request(), auth.Event{Outcome: auth.OutcomeTooManyRequests, Code: "TOO_MANY_REQUESTS"}},
		{"blocked_user", "blocked-password", request(), auth.Event{Outcome: auth.OutcomeBlocked, Code: "INVALID_CREDENTIALS"}},
		{"a\x00", "x", request(), auth.Event{Outcome: auth.OutcomeInvalidCredentials, Code: "INVALID_CREDENTIALS"}},
		{"my_username", "topsecret", comingFrom("192.0.2.1:1"), auth.Event{Outcome: auth.OutcomeInsecureTransport, Code: "INSECURE_TRANSPORT"}},
	} {
		_, err := login.Check(tt.r, auth.Attempt{Method: autherr.MethodIDToken, Name: tt.name, Password: tt.pw})
		require.Equal(t, tt.want.Outcome == auth.OutcomeSuccess, err == nil)
		got := s.take()
		require.Len(t, got, 1)
		require.NotContains(t, got[0].String(), tt.pw+"\"")
		e := got[0]
		e.Time, e.Duration, e.Cause = time.Time{}, 0, nil
		tt.want.Kind, tt.want.Method, tt.want.HTTPMethod, tt.want.Path = auth.EventLogin, "id-token", "GET", "/node/1"
		tt.want.Address = netip.MustParseAddrPort(tt.r.RemoteAddr).Addr()
		if tt.want.User == "" {
			tt.want.User = auth.Anonymous
		}
		require.Equal(t, tt.want, e)
	}
	users.before = func() { panic("store") }
	require.PanicsWithValue(t, "store", func() {
		_, _ = login.Check(comingFrom("127.0.0.2:1"), auth.Attempt{Name: "reader", Password: "reader-password"})
	})
	require.Equal(t, auth.OutcomeError, s.take()[0].Outcome, "a login that panics is told of")
}

func TestAClientThatLeavesIsNoOutage(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var s recorder
		ctx, cancel := context.WithCancel(t.Context())
		waits := authFunc(func(r *http.Request) (*auth.Identity, error) {
			select {
			case <-r.Context().Done():
			case <-time.After(time.Minute):
			}
			return nil, autherr.Unavailable("basic", errors.New("busy"))
		})
		h := auth.Require(waits, &auth.Options{Events: &s})(nothing)
		go func() { time.Sleep(time.Second); cancel() }()
		h.ServeHTTP(httptest.NewRecorder(), request().WithContext(ctx))
		h.ServeHTTP(httptest.NewRecorder(), request())

		hangs := auth.NewEndpoint(auth.EndpointConfig{Events: &s, Timeout: time.Second}, func(r *http.Request) (*auth.Reply, error) {
			<-r.Context().Done()
			return nil, autherr.Unavailable("basic", r.Context().Err())
		})
		hangs.ServeHTTP(httptest.NewRecorder(), post(""))
		events := s.take()
		require.Equal(t, auth.OutcomeCanceled, events[0].Outcome)
		require.Equal(t, time.Second, events[0].Duration)
		require.Equal(t, auth.OutcomeOutage, events[1].Outcome)
		require.Equal(t, auth.OutcomeOutage, events[2].Outcome, "the endpoint's own end of patience is one")
		require.Equal(t, time.Second, events[2].Duration)
	})
}

func TestNotesOfAnEndpoint(t *testing.T) {
	var s recorder
	refusal := autherr.New(autherr.MethodOAuth, autherr.InvalidScope, nil)
	for _, tt := range []struct {
		note func(ctx context.Context)
		want auth.Event
	}{
		{func(context.Context) {}, auth.Event{Kind: auth.EventTokenIssue, User: auth.Anonymous}},
		{func(ctx context.Context) { auth.NoteUser(ctx, store.User{ID: "1", Name: "a"}) }, auth.Event{Kind: auth.EventTokenIssue, UserID: "1", User: "a"}},
		{func(ctx context.Context) { auth.NoteUser(ctx, store.User{ID: "1"}) }, auth.Event{Kind: auth.EventTokenIssue, UserID: "1", User: "1"}},
		{func(ctx context.Context) { auth.NoteUser(ctx, store.User{Name: "a"}) }, auth.Event{Kind: auth.EventTokenIssue, User: auth.Anonymous}},
		{func(ctx context.Context) {
			ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), time.Second)
			defer cancel()
			require.NotNil(t, ctx.Value(http.ServerContextKey), "what else the context has is still there")
			auth.NoteClient(ctx, "c")
			auth.NoteKind(ctx, auth.EventTokenRefresh)
		}, auth.Event{Kind: auth.EventTokenRefresh, User: auth.Anonymous, ClientID: "c"}},
	} {
		for _, err := range []error{nil, refusal} {
			e := auth.NewEndpoint(auth.EndpointConfig{Events: &s, Kind: auth.EventTokenIssue, Method: "own", Application: "app"}, func(r *http.Request) (*auth.Reply, error) {
				tt.note(r.Context())
				return &auth.Reply{Status: 201}, err
			})
			r := post("")
			e.ServeHTTP(httptest.NewRecorder(), r.WithContext(context.WithValue(r.Context(), http.ServerContextKey, new(http.Server))))
			got := s.take()[0]
			require.Equal(t, []any{tt.want.Kind, tt.want.UserID, tt.want.User, tt.want.ClientID}, []any{got.Kind, got.UserID, got.User, got.ClientID})
			require.Equal(t, autherr.Method("own"), got.Method)
			require.Equal(t, "app", got.Application)
			if err == nil {
				require.Equal(t, 201, got.Status)
			} else {
				require.Equal(t, 400, got.Status)
			}
		}
		tt.note(context.WithValue(t.Context(), http.ServerContextKey, new(http.Server))) // nobody listens
	}
	plain := auth.NewEndpoint(auth.EndpointConfig{Events: &s}, func(*http.Request) (*auth.Reply, error) { return nil, nil })
	plain.ServeHTTP(httptest.NewRecorder(), post(""))
	got := s.take()[0]
	require.Equal(t, []any{auth.EventOperation, auth.OutcomeError, 500}, []any{got.Kind, got.Outcome, got.Status})
}

func TestOutcomes(t *testing.T) {
	var s recorder
	bad := errors.New("bad")
	for _, tt := range []struct {
		err  error
		want auth.Outcome
	}{
		{autherr.New("", autherr.InvalidCredentials, nil), auth.OutcomeInvalidCredentials},
		{autherr.New("", autherr.InvalidCredentials, auth.Forged(auth.ErrNoUser)), auth.OutcomeInvalidCredentials},
		{autherr.New("", autherr.InvalidCredentials, auth.ErrNoUser), auth.OutcomeBlocked},
		{autherr.New("", autherr.UserInformationNotFound, auth.ErrNoUser), auth.OutcomeBlocked},
		{autherr.New("", autherr.InvalidAPIKey, auth.Expired(bad)), auth.OutcomeExpiredToken},
		{autherr.New("", autherr.AccessDenied, auth.ErrNoUser), auth.OutcomeAccessDenied},
		{autherr.New("", autherr.TooManyRequests, auth.Forged(bad)), auth.OutcomeTooManyRequests},
		{autherr.New("", autherr.InvalidScope, nil), auth.OutcomeFailure},
		{&autherr.Error{Code: "OWN", Status: 403, Text: "x"}, auth.OutcomeFailure},
		{&autherr.Error{Code: "OWN", Status: 502, Text: "x"}, auth.OutcomeError},
		{autherr.Unavailable("", context.Canceled), auth.OutcomeOutage}, // the client is still there
		{bad, auth.OutcomeError},
		{auth.ErrNoCredentials, auth.OutcomeFailure},
	} {
		serve(auth.Require(fails(tt.err), &auth.Options{Events: &s}), request())
		require.Equal(t, tt.want, s.take()[0].Outcome, "%v", tt.err)
	}
	require.ErrorIs(t, auth.Expired(bad), auth.ErrExpired)
	require.ErrorIs(t, auth.Expired(bad), bad)
	require.EqualError(t, auth.Expired(bad), "bad")
}

func TestThePathIsTheDecodedOneWithoutItsQuery(t *testing.T) {
	var s recorder
	for target, want := range map[string]string{"/a%20b?c=d": "/a b", "/?x": "/", "http://user:topsecret@other.example/x?y#z": "/x"} {
		r := request()
		u, err := url.Parse(target)
		require.NoError(t, err)
		r.URL, r.RequestURI = u, target
		serve(auth.Require(accepts("a"), &auth.Options{Events: &s}), r)
		e := s.take()[0]
		require.Equal(t, want, e.Path)
		require.False(t, strings.Contains(e.String(), "topsecret"))
	}
}

func TestLimitedForgeriesTellTheirApplication(t *testing.T) {
	var s recorder
	a, err := auth.LimitForged(byHeader(t, auth.ByHeaderConfig{Applications: []auth.Application{{ID: "app00001", Authenticator: fails(autherr.New("jwt", autherr.InvalidSignature, auth.Forged(errors.New("x"))))}}}), auth.ForgedLimit{})
	require.NoError(t, err)
	serve(auth.Require(a, &auth.Options{Events: &s}), request("AUTH-METHOD", "app00001"))
	require.Equal(t, "app00001", s.take()[0].Application)
}
