package servicetoken_test

import (
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/apiauth-go/apiauth/auth"
	autherr "github.com/apiauth-go/apiauth/errors"
	"github.com/apiauth-go/apiauth/servicetoken"
	"github.com/apiauth-go/apiauth/store"
)

func TestIdentityIsTheUserAsHeIsNow(t *testing.T) {
	users := newStore(t, vectorUser())
	s := newService(t, servicetoken.Config{Users: users})
	token, expires, err := s.Mint(t.Context(), "1")
	require.NoError(t, err)
	u := vectorUser()
	u.Roles, u.Permissions = []string{"reviewer"}, []string{"view user information"}
	require.NoError(t, users.PutUser(t.Context(), u))
	id := accepted(t, s, token)
	require.Equal(t, expires, id.ExpiresAt)
	id.ExpiresAt = time.Time{}
	require.Equal(t, &auth.Identity{
		UserID: "1", Name: "my_username", Method: autherr.MethodServiceToken,
		Roles: []string{"reviewer"}, Permissions: []string{"view user information"},
	}, id)
}

func TestEveryChangeOfTheUserInvalidatesTokens(t *testing.T) {
	for name, change := range map[string]func(*store.User){
		"name":          func(u *store.User) { u.Name = "My_username" },
		"password hash": func(u *store.User) { u.PasswordHash = vectorHash[:54] + "B" },
		"no password":   func(u *store.User) { u.PasswordHash = "" },
		"status":        func(u *store.User) { u.Active = false },
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				users := newStore(t, vectorUser())
				s := newService(t, servicetoken.Config{Users: users})
				accepted(t, s, vectorToken)
				u := vectorUser()
				change(&u)
				require.NoError(t, users.PutUser(t.Context(), u))
				refused(t, s, vectorToken)
				require.NoError(t, users.PutUser(t.Context(), vectorUser()))
				accepted(t, s, vectorToken)
			})
		})
	}
}

func TestAnotherUserAnotherRealmAnotherKeyRefuse(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		second := vectorUser()
		second.ID, second.Name = "2", "second"
		users := newStore(t, vectorUser(), second)
		s := newService(t, servicetoken.Config{Users: users})
		accepted(t, s, vectorToken)
		refused(t, s, "2"+vectorToken[1:])
		require.ErrorIs(t, refused(t, s, "3"+vectorToken[1:]), auth.ErrNoUser)
		refused(t, newService(t, servicetoken.Config{Users: users, Realm: "example API"}), vectorToken)
		refused(t, newService(t, servicetoken.Config{Users: users, Keys: []servicetoken.Key{servicetoken.Key(strings.Repeat("k", 32))}}), vectorToken)
	})
}

func TestADeletedUsersTokenIsRefused(t *testing.T) {
	users := newStore(t, vectorUser())
	s := newService(t, servicetoken.Config{Users: users})
	token, _, err := s.Mint(t.Context(), "1")
	require.NoError(t, err)
	accepted(t, s, token)
	require.NoError(t, users.DeleteUser(t.Context(), "1"))
	require.ErrorIs(t, refused(t, s, token), auth.ErrNoUser)
}

// TestOneBitMakesAnotherToken tries every bit, and every shorter and longer token.
func TestOneBitMakesAnotherToken(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newService(t, servicetoken.Config{})
		accepted(t, s, vectorToken)
		for i := range len(vectorToken) {
			for bit := range 8 {
				b := []byte(vectorToken)
				b[i] ^= 1 << bit
				if b[i] == ':' {
					continue // a user name ends there
				}
				refused(t, s, string(b))
			}
			refused(t, s, vectorToken[:i])
			refused(t, s, vectorToken[i+1:])
		}
		for c := range 128 {
			if c != ':' {
				refused(t, s, vectorToken+string(rune(c)))
				refused(t, s, string(rune(c))+vectorToken)
			}
		}
	})
}

func TestOtherSpellingsAreRefused(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		u := vectorUser()
		u.ID = "10"
		s := newService(t, servicetoken.Config{Users: newStore(t, u)})
		token, _, err := s.Mint(t.Context(), "10")
		require.NoError(t, err)
		accepted(t, s, token)
		user, rest, _ := strings.Cut(token, ".")
		expires, mac, _ := strings.Cut(rest, ".")
		require.Equal(t, "a", user)
		for _, other := range []string{
			"A." + expires + "." + mac,
			"0a." + expires + "." + mac,
			"uMTA." + expires + "." + mac,
			"a.0" + expires + "." + mac,
			"a." + strings.ToUpper(expires) + "." + mac,
			token + "=",
		} {
			refused(t, s, other)
		}
	})
}

func TestATokenEndsAtItsExpiry(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newService(t, servicetoken.Config{Lifetime: time.Hour + time.Second/2})
		token, expires, err := s.Mint(t.Context(), "1")
		require.NoError(t, err)
		require.Equal(t, time.Now().Add(time.Hour), expires)
		time.Sleep(time.Hour - time.Nanosecond)
		accepted(t, s, token)
		time.Sleep(time.Nanosecond)
		require.Equal(t, expires, time.Now())
		require.ErrorIs(t, refused(t, s, token), servicetoken.ErrExpired)
	})
}

// TestExpiredIsToldOnlyOfGenuineTokens: nor is it told to the client.
func TestExpiredIsToldOnlyOfGenuineTokens(t *testing.T) {
	s := newService(t, servicetoken.Config{}) // by the clock of this machine the vector has expired
	err := refused(t, s, vectorToken)
	require.ErrorIs(t, err, servicetoken.ErrExpired)
	require.NotErrorIs(t, err, autherr.TokenExpired)
	require.NotErrorIs(t, refused(t, s, vectorToken[:53]+"A"), servicetoken.ErrExpired)
}

func TestKeysRotate(t *testing.T) {
	users := newStore(t, vectorUser())
	before, after := vectorKey(), servicetoken.Key(strings.Repeat("n", servicetoken.MinKey))
	service := func(keys ...servicetoken.Key) *servicetoken.Service {
		return newService(t, servicetoken.Config{Users: users, Keys: keys})
	}
	mint := func(s *servicetoken.Service) string {
		token, _, err := s.Mint(t.Context(), "1")
		require.NoError(t, err)
		return token
	}
	old, rotating, done := service(before), service(after, before), service(after)
	oldToken, newToken := mint(old), mint(rotating)
	accepted(t, rotating, oldToken)
	accepted(t, rotating, newToken)
	accepted(t, done, newToken)
	refused(t, done, oldToken)
	refused(t, old, newToken)
}

func TestDeclinesSayWhatIsMissing(t *testing.T) {
	s := newService(t, servicetoken.Config{})
	for name, c := range map[string]struct {
		header string
		code   autherr.Code
	}{
		"absent":            {"", autherr.MissingAuthorizationHeader},
		"bearer":            {"Bearer " + vectorToken, autherr.InvalidAuthorizationHeaderTokenType},
		"no scheme":         {"=", autherr.InvalidAuthorizationHeaderTokenType},
		"broken base64":     {"Basic !!!", autherr.InvalidCredentials},
		"empty":             {"Basic Og==", autherr.InvalidCredentials},
		"name and password": {basic("my_username", "topsecret"), autherr.InvalidCredentials},
		"name alone":        {basic("my_username", ""), autherr.InvalidCredentials},
		"password at token": {basic(vectorToken, "x"), autherr.InvalidCredentials},
	} {
		t.Run(name, func(t *testing.T) {
			r := request("", "")
			r.RemoteAddr = "192.0.2.1:1" // what is not ours is declined whatever the transport
			r.Header.Del("Authorization")
			if c.header != "" {
				r.Header.Set("Authorization", c.header)
			}
			_, err := s.Authenticate(r)
			require.ErrorIs(t, err, auth.ErrNoCredentials)
			hasCode(t, err, c.code)
			if c.code == autherr.InvalidCredentials {
				require.ErrorContains(t, err, "not a services token with an empty password", "or the log of a route for tokens tells of wrong ones")
			}
		})
	}
}

// basic returns a Basic credential.
func basic(name, pw string) string {
	r := &http.Request{Header: http.Header{}}
	r.SetBasicAuth(name, pw)
	return r.Header.Get("Authorization")
}

func TestATokenIsClaimedAndThenDecided(t *testing.T) {
	s := newService(t, servicetoken.Config{})
	for _, token := range []string{vectorToken, "A.ff." + someMAC, "nobody.ff." + someMAC, "3.ff." + someMAC} {
		require.NotErrorIs(t, refused(t, s, token), auth.ErrNoCredentials)
	}
}

func TestRepeatedCredentialsAreRefused(t *testing.T) {
	s := newService(t, servicetoken.Config{})
	r := request(vectorToken, "")
	r.Header.Add("Authorization", r.Header.Get("Authorization"))
	_, err := s.Authenticate(r)
	hasCode(t, err, autherr.InvalidRequest)
	require.NotErrorIs(t, err, auth.ErrNoCredentials)

	r = request(vectorToken, "")
	r.Header.Set("API-KEY", "x")
	_, err = s.Authenticate(r)
	hasCode(t, err, autherr.InvalidRequest)
}

func TestTokensTravelOnlyOverSecureTransport(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		insecure, err := auth.NewTransport(auth.TransportConfig{InsecureAllowHTTP: true})
		require.NoError(t, err)
		r := request(vectorToken, "")
		r.RemoteAddr = "192.0.2.1:1234"
		_, err = newService(t, servicetoken.Config{}).Authenticate(r)
		hasCode(t, err, autherr.InsecureTransport)
		require.NotErrorIs(t, err, auth.ErrNoCredentials)
		_, err = newService(t, servicetoken.Config{Transport: insecure}).Authenticate(r)
		require.NoError(t, err)
	})
}

func TestAnOutageIsNotARefusal(t *testing.T) {
	down := errors.New("connection refused")
	for name, c := range map[string]struct {
		store faultyStore
		code  autherr.Code
	}{
		"outage":         {faultyStore{err: down}, autherr.ServiceUnavailable},
		"another record": {faultyStore{other: true}, autherr.InternalError},
	} {
		t.Run(name, func(t *testing.T) {
			c.store.UserStore = newStore(t, vectorUser())
			s := newService(t, servicetoken.Config{Users: &c.store})
			_, err := s.Authenticate(request(vectorToken, ""))
			hasCode(t, err, c.code)
			require.NotErrorIs(t, err, auth.ErrNoCredentials)
			_, _, err = s.Mint(t.Context(), "1")
			hasCode(t, err, c.code)
		})
	}
}

// TestAPanicOfTheStoreIsAnsweredAndHarmsNobody: the next request works.
func TestAPanicOfTheStoreIsAnsweredAndHarmsNobody(t *testing.T) {
	users := &faultyStore{UserStore: newStore(t, vectorUser())}
	s := newService(t, servicetoken.Config{Users: users})
	token, _, err := s.Mint(t.Context(), "1")
	require.NoError(t, err)
	h := auth.Require(s, nil)(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {}))
	for _, want := range []int{200, 500, 200} {
		users.panic = want == 500
		w := httptest.NewRecorder()
		h.ServeHTTP(w, request(token, ""))
		require.Equal(t, want, w.Code)
	}
}
