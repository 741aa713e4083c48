package auth_test

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/apiauth-go/apiauth/auth"
	"github.com/apiauth-go/apiauth/auth/authtest"
	autherr "github.com/apiauth-go/apiauth/errors"
	"github.com/apiauth-go/apiauth/jwt/jwttest"
	"github.com/apiauth-go/apiauth/store"
)

// This file has the pieces of Go in the README, so that they are compiled and tried. Its whole program is that of examples/quickstart.

// TeamToken is the authenticator of "Write your own" in the README.
type TeamToken struct {
	users  store.UserStore
	lookUp func(ctx context.Context, token string) (userID string, err error)
}

var absent = auth.Decline(auth.Absent, &autherr.Error{Code: "MISSING_TEAM_TOKEN", Status: http.StatusUnauthorized, Text: "A team token is needed."})

func (t *TeamToken) Authenticate(r *http.Request) (*auth.Identity, error) {
	token := r.Header.Get("X-Team-Token")
	if token == "" {
		return nil, absent
	}
	userID, err := t.lookUp(r.Context(), token)
	if err != nil {
		return nil, autherr.Unavailable("team", err)
	}
	user, err := auth.ActiveUser(r.Context(), t.users, "team", userID)
	if err == auth.ErrNoUser {
		return nil, autherr.New("team", autherr.InvalidToken, err)
	} else if err != nil {
		return nil, err
	}
	return auth.NewIdentity(user, "team"), nil
}

func TestTheAuthenticatorOfTheReadme(t *testing.T) {
	owners := map[string]string{"reader's": "2", "blocked_user's": "3", "nobody's": "99"}
	users := demoAccounts(t, newHashing(t))
	team := &TeamToken{users: users, lookUp: func(_ context.Context, token string) (string, error) {
		if token == "down" {
			return "", errors.New("down")
		}
		return owners[token], nil
	}}
	route := auth.Require(team, nil)

	w := serve(route, request())
	require.Equal(t, http.StatusUnauthorized, w.Code)
	require.Contains(t, w.Body.String(), "MISSING_TEAM_TOKEN")
	w = serve(route, request("X-Team-Token", "reader's"))
	require.Equal(t, http.StatusOK, w.Code)
	require.Equal(t, "reader", w.Body.String())
	for _, token := range []string{"unknown", "blocked_user's", "nobody's"} {
		w = serve(route, request("X-Team-Token", token))
		require.Equal(t, http.StatusUnauthorized, w.Code, token)
		require.Contains(t, w.Body.String(), "INVALID_TOKEN", token)
	}
	require.Equal(t, http.StatusServiceUnavailable, serve(route, request("X-Team-Token", "down")).Code)
	users.fail = errors.New("down")
	require.Equal(t, http.StatusServiceUnavailable, serve(route, request("X-Team-Token", "reader's")).Code)
}

// TestTheTestsOfTheReadme has the lines of "Test your handlers".
func TestTheTestsOfTheReadme(t *testing.T) {
	w, body := httptest.NewRecorder(), strings.NewReader("{}")
	handler := auth.RequirePermission("create page content")(http.HandlerFunc(whoami))

	r := authtest.Request(t, httptest.NewRequest("POST", "/node", body), auth.Identity{Name: "alan", Permissions: []string{"create page content"}})
	handler.ServeHTTP(w, r)

	issuer := jwttest.NewIssuer(t, nil)
	route := auth.Require(issuer.Verifier(authtest.Users(t, authtest.User{Name: "alan"})), nil)(handler)
	token := issuer.Token(jwttest.Claims{"preferred_username": "alan"})

	require.Equal(t, http.StatusOK, w.Code)
	require.Equal(t, "alan", w.Body.String())
	w = httptest.NewRecorder()
	route.ServeHTTP(w, request("Authorization", "Bearer "+token))
	require.Equal(t, http.StatusForbidden, w.Code, "this alan has come in, and has no permissions")
}

// TestThePiecesOfTheReadmeAreThoseOfThisFile, line after line. What README says in comments is left out.
func TestThePiecesOfTheReadmeAreThoseOfThisFile(t *testing.T) {
	here, err := os.ReadFile("readme_test.go")
	require.NoError(t, err)
	text, err := os.ReadFile(filepath.Join(root(t), "README.md"))
	require.NoError(t, err)
	pieces := 0
	for _, piece := range regexp.MustCompile("(?s)```go\n(.*?)```").FindAllStringSubmatch(string(text), -1) {
		if strings.HasPrefix(piece[1], "package main\n") {
			continue
		}
		pieces++
		require.True(t, strings.Contains(code(string(here)), code(piece[1])), "these lines are not in this file, one after the other:\n%s", code(piece[1]))
	}
	require.Equal(t, 2, pieces)
}

// code returns the lines without indentation, empty lines and comments.
func code(source string) string {
	all := "\n"
	for line := range strings.Lines(source) {
		line, _, _ = strings.Cut(line, " // ")
		if line = strings.TrimSpace(line); line != "" && !strings.HasPrefix(line, "//") {
			all += line + "\n"
		}
	}
	return all
}
