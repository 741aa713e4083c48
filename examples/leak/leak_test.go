package leak

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/apiauth-go/apiauth/auth"
	autherr "github.com/apiauth-go/apiauth/errors"
	"github.com/apiauth-go/apiauth/jwt"
	"github.com/apiauth-go/apiauth/oauth"
	"github.com/apiauth-go/apiauth/servicetoken"
	"github.com/apiauth-go/apiauth/store"
	"github.com/apiauth-go/apiauth/store/storetest"
)

// trouble is what a database says when it is out of order: for the log, and for nobody else.
const trouble = `pq: SELECT pass FROM users WHERE name = $1 (SQLSTATE 57P01): dial tcp 10.9.8.7:5432: connect: connection refused (store.go:123)`

// private are texts that no answer may have in it.
var private = regexp.MustCompile(`(?i)\.go:|sqlstate|select |dial tcp|connection refused|goroutine|panic|runtime\.|apiauth|memstore|argon2|\$2y\$|0x[0-9a-f]{6}|\d+\.\d+\.\d+\.\d+:\d+|` + echo)

// tokensOf are the members of answers that give somebody his credentials.
var tokensOf = []string{"access_token", "refresh_token", "jwt_token", "token"}

// answered sends a request and returns the members of the answer that are texts.
func (s *service) answered(r *http.Request) map[string]string {
	s.t.Helper()
	status, members := s.send("preparing "+r.URL.Path, r)
	require.Less(s.t, status, 300)
	return members
}

// send sends a request and looks at the answer.
func (s *service) send(name string, r *http.Request) (status int, members map[string]string) {
	s.t.Helper()
	resp, err := s.srv.Client().Do(r)
	require.NoError(s.t, err, name)
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	require.NoError(s.t, err)
	var object map[string]any
	_ = json.Unmarshal(body, &object)
	members = map[string]string{}
	var gives []string
	for _, member := range tokensOf {
		if value, ok := object[member].(string); ok && resp.StatusCode < 300 {
			members[member] = value
			gives = append(gives, value)
			s.scan.keep(member, value)
		}
	}
	where := fmt.Sprintf("the answer %d to %s", resp.StatusCode, name)
	s.scan.came(where, string(body), gives...)
	s.scan.came("the header of "+where, fmt.Sprint(resp.Header))
	if resp.StatusCode >= 400 {
		require.Empty(s.t, private.FindAllString(string(body)+fmt.Sprint(withoutOurNames(resp.Header)), -1), "%s: %s %v", where, body, resp.Header)
		require.Equal(s.t, "no-store", resp.Header.Get("Cache-Control"), where)
	}
	return resp.StatusCode, members
}

// withoutOurNames leaves out the fields that net/http writes.
func withoutOurNames(h http.Header) http.Header {
	h = h.Clone()
	h.Del("Date")
	return h
}

func profiles() map[string]autherr.Renderer {
	return map[string]autherr.Renderer{
		"2025": autherr.Profile2025(nil), "legacy": autherr.ProfileLegacy(nil), "rfc": autherr.ProfileRFC(), "services": autherr.ProfileServices(),
	}
}

func TestNothingThatComesOutHoldsASecret(t *testing.T) {
	for name, profile := range profiles() {
		t.Run(name, func(t *testing.T) {
			scan := new(scanner)
			other := newService(t, scan, nil, nil)
			s := newService(t, scan, profile, other)
			codes := map[int]int{}
			for _, broken := range []bool{false, true} {
				s.provider.broken.Store(broken)
				for _, q := range s.requests() {
					if broken && !strings.Contains(q.name, "foreign") && !strings.Contains(q.name, "introspect") && !strings.Contains(q.name, "user info") {
						continue
					}
					status, _ := s.send(q.name, q.make(s))
					codes[status]++
				}
			}
			for _, status := range []int{200, 400, 401, 403, 405, 413, 415, 503} {
				if status == 405 || codes[status] > 0 {
					continue
				}
				t.Errorf("no request was answered with %d: %v", status, codes)
			}
			s.finish(t, everyKind...)
		})
	}
}

// Each call of a store goes wrong in each way, and what is answered and logged then holds no secret either.
func TestNothingThatGoesWrongTellsASecret(t *testing.T) {
	scan := new(scanner)
	other := newService(t, scan, nil, nil)
	s := newService(t, scan, nil, other)
	faults := []storetest.Fault{
		storetest.Failing(errors.New(trouble)), storetest.FailingLate(fmt.Errorf("store: %w", context.DeadlineExceeded)), storetest.Panicking(trouble), storetest.Empty(),
		storetest.Failing(store.ErrNotFound), storetest.Failing(store.ErrInvalid),
	}
	seen := map[string]bool{}
	failures := 0
	for _, q := range s.requests() {
		if seen[q.name] || strings.HasPrefix(q.name, "wrong") { // those of one name take the same way
			continue
		}
		r := q.make(s)
		s.store.Break(0, nil)
		s.send(q.name, r)
		calls := s.store.Calls()
		if len(calls) == 0 {
			continue
		}
		seen[q.name] = true
		for i := range calls {
			for _, fault := range faults {
				r := q.make(s)
				s.store.Break(i, fault)
				status, _ := s.send(fmt.Sprintf("%s, with %s out of order", q.name, calls[i]), r)
				s.store.Break(0, nil)
				if status >= 500 {
					failures++
				}
			}
		}
	}
	require.Greater(t, failures, 100)
	s.finish(t, everyKind...)
}

// What is called without HTTP says no more.
func TestErrorsOfCallsHoldNoSecret(t *testing.T) {
	scan := new(scanner)
	other := newService(t, scan, nil, nil)
	s := newService(t, scan, nil, other)
	ctx := t.Context()
	fail := func(where string, err error) {
		t.Helper()
		require.Error(t, err, where)
		scan.failed(where, err)
	}
	for _, token := range []string{s.opaque(), s.refresh(), s.jwt(), s.jwtAccess(), s.service(), s.apiKey, s.clientSecret, s.expired(), s.expiredJWT()} {
		for _, bad := range append(wrongs(token), token) {
			_, err := s.verifier.Verify(ctx, bad)
			scan.failed("jwt.Verify", err)
			_, err = s.access.Verify(ctx, bad)
			scan.failed("jwt.Verify", err)
			_, err = s.oauthTokens.Verify(ctx, bad)
			scan.failed("oauth.Verify", err)
			scan.failed("jwt.RevokeOwn", s.verifier.RevokeOwn(ctx, "2", bad))
			_, err = must(oauth.NewAdmin(oauth.AdminConfig{Tokens: s.db, JWTs: s.revocations}))(t).RevokeToken(ctx, bad)
			scan.failed("Admin.RevokeToken", err)
			scan.failed("CheckClient", oauth.CheckClient(store.Client{ID: "x", Application: "x", Grants: []string{oauth.GrantPassword}, SecretHashes: []string{bad}}))
			_, err = jwt.ParseSigningKey(jwt.RS256, []byte(bad), nil)
			fail("ParseSigningKey", err)
			_, err = jwt.NewSigningSecret(jwt.HS512, []byte(bad[:20]), nil)
			fail("NewSigningSecret", err)
			_, err = jwt.ParseSigningKey(jwt.HS256, []byte(`{"kty":"oct","k":"`+bad+`","alg":"HS512"}`), nil)
			fail("ParseSigningKey", err)
			_, err = jwt.ParseVerificationKey(jwt.EdDSA, []byte(`{"kty":"OKP","crv":"Ed25519","x":"`+bad+`","d":"`+bad+`"}`), nil)
			fail("ParseVerificationKey", err)
			_, err = jwt.ParseKeySet([]byte(`{"keys":[{"kty":"oct","k":"`+bad+`"}]}`), jwt.RS256)
			fail("ParseKeySet", err)
			_, err = oauth.HashSecret(bad + "\n")
			fail("HashSecret", err)
			_, err = servicetoken.New(servicetoken.Config{Users: s.db, Keys: []servicetoken.Key{servicetoken.Key(bad[:20])}, Realm: realm})
			fail("servicetoken.New", err)
			scan.printed("Key", servicetoken.Key(bad))
			_, err = oauth.NewIntrospectionVerifier(oauth.IntrospectionConfig{URL: "https://user:" + bad + "@127.0.0.1/?q=" + bad, ClientID: "x", ClientSecret: bad, SkipAudience: true, Users: s.db, UsernameClaim: "x", Realm: realm})
			fail("NewIntrospectionVerifier", err)
			_, err = jwt.NewRemoteKeySet(jwt.RemoteConfig{URL: "http://192.0.2.1/" + "?q=" + bad, Algorithms: []jwt.Algorithm{jwt.RS256}})
			fail("NewRemoteKeySet", err)

			attempt := auth.Attempt{Method: autherr.MethodBasic, Name: "my_username", Password: bad}
			scan.printed("Attempt", attempt)
			s.log.Info("attempt", "attempt", attempt)
			r := httptest.NewRequest("GET", "/", nil)
			r.Header.Set("Authorization", "Bearer "+bad)
			c, err := auth.ReadCredentials(r, "")
			require.NoError(t, err)
			scan.printed("Credentials", c)
			s.log.Info("credentials", "credentials", c, "pointer", &c)
			scan.printed("Reply", auth.Reply{Body: map[string]string{"access_token": bad}})
		}
	}
	_, _ = s.opaque(), s.refresh()
	tokens, err := s.db.ListTokens(ctx, store.TokenMatch{UserID: "1"}, 100)
	require.NoError(t, err)
	require.NotEmpty(t, tokens)
	scan.printed("tokens on record", tokens)
	s.log.Info("tokens", "first", tokens[0])
	s.finish(t, auth.EventLogin, auth.EventTokenIssue, auth.EventTokenGenerate)
}

// audited looks at all that was written down of what the service told.
func (s *service) audited(t *testing.T) {
	t.Helper()
	require.NoError(t, s.audit.Close(t.Context())) // when all is written
	require.Zero(t, s.audit.Lost())
	records, err := s.db.ListAudit(t.Context(), store.AuditFilter{}, maxAudit)
	require.NoError(t, err)
	require.Less(t, len(records), maxAudit, "there may be more")
	var kinds counts
	for _, r := range records {
		kinds.add(r.Kind)
		r.Time = time.Time{} // much is written again and again
		s.scan.came("audit", fmt.Sprintf("%+v", r))
	}
	require.Equal(t, s.told.of, kinds.of, "each event is a record")
	s.scan.printed("audit", records[:min(len(records), 100)])
}

// everyKind are the kinds of events of everything that can be asked.
var everyKind = []auth.EventKind{
	auth.EventAuthentication, auth.EventAccess, auth.EventLogin, auth.EventTokenIssue, auth.EventTokenRefresh, auth.EventTokenReuse, auth.EventTokenRevoke,
	auth.EventTokenIntrospect, auth.EventTokenGenerate,
}

// finish prints everything that can be printed and looks for secrets in all that has come out. There must be audit records of these kinds.
func (s *service) finish(t *testing.T, kinds ...auth.EventKind) {
	t.Helper()
	for _, from := range []*service{s, s.other} {
		for name, v := range from.printables {
			s.scan.printed(name, v)
			s.log.Info("printed", name, v)
		}
	}
	for _, from := range []*service{s, s.other} {
		from.srv.Close() // what is under way is logged
		from.audited(t)
	}
	for _, kind := range kinds {
		require.NotZero(t, s.told.of[string(kind)], kind)
	}
	s.scan.mu.Lock()
	outputs, secrets := len(s.scan.outputs), len(s.scan.secrets)
	s.scan.mu.Unlock()
	require.Greater(t, outputs, 500)
	require.Greater(t, secrets, 20)
	require.Empty(t, s.scan.find())
	t.Logf("%d outputs, %d secrets", outputs, secrets)
}
