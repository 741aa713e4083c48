package oauth_test

import (
	"context"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/apiauth-go/apiauth/auth"
	autherr "github.com/apiauth-go/apiauth/errors"
	"github.com/apiauth-go/apiauth/oauth"
)

func TestUserInfoTheRequest(t *testing.T) {
	s := says(`{"sub":"248289761001","preferred_username":"my_username","exp":1}`)
	v := s.informing(t, func(c *oauth.UserInfoConfig) { c.URL, c.Transport, c.Application = s.loopback(t), nil, "oauth002" })
	require.Equal(t, &auth.Identity{
		UserID: "1", Name: "my_username", Roles: []string{"editor"}, Permissions: []string{"create page content"}, Method: autherr.MethodOAuth, Application: "oauth002",
	}, requireForeign(t, v, foreignToken))
	r := s.asked[0]
	require.Equal(t, "GET", r.Method)
	require.Equal(t, "/tokens?key=topsecret", r.URL.String())
	require.Equal(t, "Bearer "+foreignToken, r.Header.Get("Authorization"))
	require.Equal(t, "application/json", r.Header.Get("Accept"))
	require.Empty(t, r.PostForm)
	require.Equal(t, []string{`Bearer realm="Example API"`}, []string{v.Challenges()[0].String()})
}

func TestUserInfoWhatAnAnswerDecides(t *testing.T) {
	for answer, want := range map[string]string{
		`{"preferred_username":"my_username"}`:                  "",
		`{"preferred_username":"my_username","active":false}`:   "",
		`{"preferred_username":"my_username","a":[{"b":null}]}`: "",
		`{}`:                                                            "does not name",
		`{"error":"invalid_token"}`:                                     "does not name",
		`{"preferred_username":""}`:                                     "does not name",
		`{"preferred_username":null}`:                                   "does not name",
		`{"preferred_username":7}`:                                      "does not name",
		`{"Preferred_Username":"my_username"}`:                          "does not name",
		`{"user":{"preferred_username":"my_username"}}`:                 "does not name",
		`{"preferred_username":"my_username\n"}`:                        "does not name",
		`{"preferred_username":"nobody"}`:                               "unknown here",
		`{"preferred_username":"blocked_user"}`:                         "unknown here",
		`{"preferred_username":"a","preferred_username":"my_username"}`: "outage: repeated",
		`[{"preferred_username":"my_username"}]`:                        "outage: not a JSON object",
		`"my_username"`:                                                 "outage: not a JSON object",
		`eyJhbGciOiJub25lIn0.e30.`:                                      "outage: not one JSON text",
	} {
		v := says(answer).informing(t, nil)
		switch why, outage := strings.CutPrefix(want, "outage: "); {
		case want == "":
			requireForeign(t, v, foreignToken)
		case outage:
			requireForeignOutage(t, v, foreignToken, why)
		default:
			requireRefused(t, v, foreignToken, autherr.InvalidAccessToken, why)
		}
	}
}

func TestUserInfoTheStatusOfARefusal(t *testing.T) {
	for _, test := range []struct {
		status    int
		challenge string
	}{{401, ""}, {401, "Bearer"}, {400, `Bearer error="invalid_token"`}, {400, `OAuth "Some Platform" "invalid_token"`}, {403, `Bearer error="insufficient_scope"`}} {
		s := new(otherServer)
		s.do(challengeForeign(test.status, test.challenge))
		rec, told := served(s.informing(t, nil), foreignToken)
		require.Equal(t, 401, rec.Code)
		require.ErrorIs(t, told, autherr.InvalidAccessToken)
		require.Contains(t, rec.Header().Get("WWW-Authenticate"), `error="invalid_token"`)
	}
}

// A provider that turns us away, because we ask too often, has said nothing about the token, and its client must not throw it away.
func TestUserInfoThrottledIsAnOutage(t *testing.T) {
	for _, status := range []int{400, 403, 429} {
		s := new(otherServer)
		s.do(challengeForeign(status, ""))
		requireForeignOutage(t, s.informing(t, nil), foreignToken, fmt.Sprintf("status %d", status))
	}
}

func challengeForeign(status int, challenge string) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		if challenge != "" {
			w.Header().Set("WWW-Authenticate", challenge)
		}
		statusForeign(status)(w, r)
	}
}

func TestUserInfoIsRememberedForTheCacheTTL(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := says(`{"preferred_username":"my_username"}`)
		v := s.informing(t, func(c *oauth.UserInfoConfig) { c.CacheTTL = time.Minute })
		requireForeign(t, v, foreignToken)
		s.do(http.NotFound)
		time.Sleep(time.Minute - 1)
		requireForeign(t, v, foreignToken)
		time.Sleep(time.Nanosecond)
		requireForeignOutage(t, v, foreignToken, "status 404")
	})
}

func TestUserInfoMapUser(t *testing.T) {
	s := says(`{"id":583231,"login":"octocat"}`)
	v := s.informing(t, func(c *oauth.UserInfoConfig) {
		c.UsernameAttribute = ""
		c.MapUser = func(_ context.Context, a *oauth.ExternalAnswer) (string, error) {
			var user struct {
				ID int64 `json:"id"`
			}
			if err := a.Decode(&user); err != nil {
				return "", err
			}
			return map[int64]string{583231: "1"}[user.ID], nil
		}
	})
	requireForeign(t, v, foreignToken)
	s.do(sayJSON(`{"id":1}`))
	requireRefused(t, v, foreignToken, autherr.InvalidAccessToken, "unknown here")
}

func TestAZeroUserInfoVerifierRefuses(t *testing.T) {
	for _, v := range []*oauth.UserInfoVerifier{nil, {}} {
		_, err := send(v, foreignToken)
		require.ErrorIs(t, err, autherr.InternalError)
		require.NoError(t, v.Close())
		require.Empty(t, v.Challenges())
		require.Equal(t, []string{"Authorization"}, v.CredentialHeaders())
	}
}
