package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"golang.org/x/crypto/bcrypt"
)

// Every contender passes the checks, and one operation of each is measured.
func TestEveryAuthorizationServerIsMeasured(t *testing.T) {
	m, err := newAuthMaterial(16, bcrypt.MinCost)
	require.NoError(t, err)
	comparisons, err := compareOAuth(t.Context(), m, 1, 0)
	require.NoError(t, err)
	require.Len(t, comparisons, 2)
	for i, contenders := range [][]authContender{verifyContenders(), issueContenders()} {
		c := comparisons[i]
		require.Equal(t, []string{verifying, issuing}[i], c.What)
		require.Len(t, c.Rows, len(contenders))
		for _, contender := range contenders {
			row := c.row(contender.name)
			require.Positive(t, row.Ns, "%s, %s", c.What, contender.name)
			require.Positive(t, row.ToGoOAuth2, "%s, %s", c.What, contender.name)
			require.Positive(t, row.ToFosite, "%s, %s", c.What, contender.name)
		}
		require.Equal(t, 1.0, c.row(goOAuth2).ToGoOAuth2)
		require.Equal(t, 1.0, c.row(fositeV0).ToFosite)
	}
}

// fakeServer is an authorization server that keeps its word, unless a test breaks something of it.
type fakeServer struct {
	secret string
	given  []string // tokens
	tokens map[string]fakeToken

	accept   func(token string) (user string, ok bool)
	endpoint http.HandlerFunc
	refusal  int
}

type fakeToken struct {
	user    string
	expires time.Time
}

func newFakeServer(secret string) *fakeServer {
	f := &fakeServer{secret: secret, tokens: map[string]fakeToken{}, refusal: http.StatusUnauthorized}
	f.accept = func(token string) (string, bool) {
		found, ok := f.tokens[token]
		return found.user, ok && time.Now().Before(found.expires)
	}
	f.endpoint = func(w http.ResponseWriter, r *http.Request) {
		if r.PostFormValue("client_secret") != f.secret {
			w.WriteHeader(http.StatusUnauthorized)
			return
		}
		token, _ := f.give(0, time.Now().Add(issuedLifetime))
		answerToken(w, token)
	}
	return f
}

func answerToken(w http.ResponseWriter, token string) {
	_ = json.NewEncoder(w).Encode(map[string]string{"access_token": token})
}

func (f *fakeServer) give(user int, expires time.Time) (string, error) {
	token := fmt.Sprintf("token-%d-of-user-%s", len(f.given), userID(user))
	f.given = append(f.given, token)
	f.tokens[token] = fakeToken{userID(user), expires}
	return token, nil
}

func (f *fakeServer) serve(*authMaterial) (*authServer, error) {
	return &authServer{
		endpoint: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { f.endpoint(w, r) }),
		give:     f.give,
		protect: func(next http.Handler) http.Handler {
			return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				user, ok := f.accept(strings.TrimPrefix(r.Header.Get("Authorization"), "Bearer "))
				if !ok {
					w.WriteHeader(f.refusal)
					return
				}
				next.ServeHTTP(w, r.WithContext(context.WithValue(r.Context(), claimsKey{}, user)))
			})
		},
		who: func(r *http.Request) string { return r.Context().Value(claimsKey{}).(string) },
	}, nil
}

func TestTheOAuthChecksFindWhoAcceptsOrRefusesTooMuch(t *testing.T) {
	m := &authMaterial{secret: strings.Repeat("s", 32), users: 3}
	ask := func(spoil func(*fakeServer)) error {
		f := newFakeServer(m.secret)
		spoil(f)
		c := authContender{"fake", f.serve}
		server, tokens, err := m.serve(c)
		require.NoError(t, err)
		if err := checkVerification(c, server, tokens); err != nil {
			return err
		}
		return checkIssuing(m, c, server)
	}
	answering := func(status int, body string) func(*fakeServer) {
		return func(f *fakeServer) {
			f.endpoint = func(w http.ResponseWriter, _ *http.Request) {
				w.WriteHeader(status)
				_, _ = io.WriteString(w, body)
			}
		}
	}
	require.NoError(t, ask(func(*fakeServer) {}))
	for want, spoil := range map[string]func(*fakeServer){
		`the token of user 2 with status 0 (handler reached: true, for "1")`: func(f *fakeServer) {
			f.accept = func(string) (string, bool) { return userID(0), true }
		},
		`the token of user 1 with status 401 (handler reached: false`: func(f *fakeServer) {
			f.accept = func(string) (string, bool) { return "", false }
		},
		"with status 403 (handler reached: false)":           func(f *fakeServer) { f.refusal = http.StatusForbidden },
		"the client with status 200, a token of 0 bytes":     answering(http.StatusOK, "{}"),
		"the client with status 201":                         answering(http.StatusCreated, `{"access_token":"t"}`),
		"refuses the token that it gave out with status 401": answering(http.StatusOK, `{"access_token":"t"}`),
		"seen before: true": func(f *fakeServer) {
			f.endpoint = func(w http.ResponseWriter, _ *http.Request) { answerToken(w, f.given[0]) }
		},
		"secret with status 200, token given: true": func(f *fakeServer) {
			next := f.endpoint
			f.endpoint = func(w http.ResponseWriter, _ *http.Request) { next(w, newTokenRequest(m.form(m.secret))) }
		},
	} {
		require.ErrorContains(t, ask(spoil), want)
	}

	bad := slices.Sorted(maps.Keys(badTokens("good", "expired")))
	require.Len(t, bad, 4)
	for _, what := range bad {
		require.ErrorContains(t, ask(func(f *fakeServer) {
			accept := f.accept
			f.accept = func(token string) (string, bool) {
				if len(f.given) > m.users && token == badTokens(f.given[0], f.given[m.users])[what] {
					return userID(0), true
				}
				return accept(token)
			}
		}), "a token with "+what+" with status 0 (handler reached: true)")
	}
}

func TestAServerThatCannotBeBuiltIsAnError(t *testing.T) {
	_, err := serveApiauth(&authMaterial{secret: "short", users: 1})
	require.ErrorContains(t, err, "fewer than")

	s := &subject{name: "fails", renew: func() error { return http.ErrServerClosed }}
	require.ErrorIs(t, s.calibrate(0), http.ErrServerClosed)
	require.ErrorIs(t, s.round(), http.ErrServerClosed)
}

// A round of token requests begins with an empty store and has a bounded number of them, so that no contender's store grows beyond another's.
func TestARoundOfTokenRequestsIsBounded(t *testing.T) {
	renewed, most := 0, 0
	var s *subject
	s = &subject{
		most: 10, renew: func() error { renewed, s.next = renewed+1, 0; return nil },
		op: func(int) bool { most = max(most, s.next+1); return true },
	}
	require.NoError(t, measure(t.Context(), []*subject{s}, 3, time.Second))
	require.Equal(t, 10, s.n)
	require.Equal(t, 4, renewed) // once to find out how many fill a round
	require.Len(t, s.times, 3)
	require.LessOrEqual(t, most, 31) // 1 + 2 + 4 + 8 + 16
}

func TestTokensAreShuffledAlike(t *testing.T) {
	tokens := strings.Split("abcdefghijklmnopqrstuvwxyz", "")
	first := shuffled(tokens)
	require.NotEqual(t, tokens, first)
	require.ElementsMatch(t, tokens, first)
	require.Equal(t, first, shuffled(tokens))
}
