package auth_test

import (
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/apiauth-go/apiauth/auth"
	autherr "github.com/apiauth-go/apiauth/errors"
	"github.com/apiauth-go/apiauth/store"
)

// keyring is an APIKeyStore that can be out of order.
type keyring struct {
	keys map[store.KeyID]store.APIKey
	fail error
}

func (k *keyring) APIKeyByID(_ context.Context, id store.KeyID) (store.APIKey, error) {
	if k.fail != nil {
		return store.APIKey{}, k.fail
	}
	rec, ok := k.keys[id]
	if !ok {
		return store.APIKey{}, fmt.Errorf("keyring: %w", store.ErrNotFound)
	}
	return rec, nil
}

// keyFixture is an APIKey over the demo accounts, and keys of theirs.
type keyFixture struct {
	users                                         *accounts
	ring                                          *keyring
	own, others, blocked, expired, foreign, noone string
}

func newAPIKey(t testing.TB, basic bool) (*keyFixture, *auth.APIKey) {
	t.Helper()
	f := &keyFixture{users: demoAccounts(t, newHashing(t)), ring: &keyring{keys: map[store.KeyID]store.APIKey{}}}
	add := func(userID string, expires time.Time) string {
		key, id := auth.NewAPIKey()
		f.ring.keys[id] = store.APIKey{ID: id, UserID: userID, ExpiresAt: expires}
		return key
	}
	f.own, f.others, f.blocked = add("1", time.Time{}), add("2", time.Time{}), add("3", time.Time{})
	f.expired, f.noone = add("1", time.Now()), add("", time.Time{})
	f.foreign = "brought-over-from-elsewhere"
	id := auth.KeyID(f.foreign)
	f.ring.keys[id] = store.APIKey{ID: id, UserID: "1"}
	k, err := auth.NewAPIKeyAuthenticator(auth.APIKeyConfig{Keys: f.ring, Users: f.users, Realm: "Example API", Basic: basic})
	require.NoError(t, err)
	return f, k
}

// keyRequest sends the pair in the form.
func keyRequest(basic bool, pair string) *http.Request {
	if basic {
		return basicRequest(pair)
	}
	return request("API-KEY", base64.StdEncoding.EncodeToString([]byte(pair)))
}

func TestAPIKey(t *testing.T) {
	for _, basic := range []bool{false, true} {
		f, k := newAPIKey(t, basic)
		malformed, method := autherr.InvalidAPIKeyFormat, autherr.MethodAPIKey
		if basic {
			malformed, method = autherr.InvalidAuthorizationHeader, autherr.MethodAPIKeyBasic
		}
		for _, tt := range []struct {
			name, pair string
			want       autherr.Code // empty for a success
		}{
			{"own key", "my_username:" + f.own, ""},
			{"a key from elsewhere", "my_username:" + f.foreign, ""},
			{"another user's key", "my_username:" + f.others, autherr.InvalidAPIKey},
			{"the key of a user who is blocked", "blocked_user:" + f.blocked, autherr.UserBlocked},
			{"a blocked user's key under another name", "my_username:" + f.blocked, autherr.InvalidAPIKey},
			{"own key under a blocked name", "blocked_user:" + f.own, autherr.InvalidAPIKey},
			{"expired", "my_username:" + f.expired, autherr.InvalidAPIKey},
			{"a key of nobody", "my_username:" + f.noone, autherr.InvalidAPIKey},
			{"unknown user", "stranger:" + f.own, autherr.InvalidAPIKey},
			{"unknown key", "my_username:" + auth.NewRandom(auth.PrefixAPIKey), autherr.InvalidAPIKey},
			{"the password", "my_username:topsecret", autherr.InvalidAPIKey},
			{"a prefix of the key", "my_username:" + f.own[:len(f.own)-1], autherr.InvalidAPIKey},
			{"more than the key", "my_username:" + f.own + "A", autherr.InvalidAPIKey},
			{"another case", "my_username:" + strings.ToUpper(f.own), autherr.InvalidAPIKey},
			{"empty key", "my_username:", malformed},
			{"empty name", ":" + f.own, malformed},
			{"both empty", ":", malformed},
			{"no colon", f.own, malformed},
			{"control character", "my_username:" + f.own + "\x00", malformed},
		} {
			id, err := k.Authenticate(keyRequest(basic, tt.pair))
			if tt.want == "" {
				require.NoError(t, err, tt.name)
				require.Equal(t, "1", id.UserID)
				require.Equal(t, method, id.Method)
				require.Equal(t, []string{"editor"}, id.Roles)
				continue
			}
			require.Nil(t, id, tt.name)
			require.ErrorIs(t, err, tt.want, tt.name)
			require.NotErrorIs(t, err, auth.ErrNoCredentials, tt.name)
			require.Equal(t, method, autherr.From(err).Method, tt.name)
			require.NotContains(t, err.Error(), f.own[4:], tt.name)
		}
	}
}

func TestAnUnknownUserAndAWrongKeyLookAlike(t *testing.T) {
	f, k := newAPIKey(t, false)
	mw := auth.Require(k, nil)
	want := serve(mw, keyRequest(false, "my_username:"+auth.NewRandom(auth.PrefixAPIKey)))
	require.Equal(t, 401, want.Code)
	require.Equal(t, `{"status":"error","http_code":401,"error":"INVALID_API_KEY","error_description":"Sorry, you are using an invalid API Key."}`, want.Body.String())
	for _, pair := range []string{"stranger:" + f.own, "stranger:" + auth.NewRandom(auth.PrefixAPIKey), "my_username:" + f.others, "my_username:" + f.expired, "reader:" + f.blocked} {
		got := serve(mw, keyRequest(false, pair))
		require.Equal(t, want.Code, got.Code)
		require.Equal(t, want.Body.String(), got.Body.String())
		require.Equal(t, want.Header(), got.Header())
	}
}

func TestHowTheKeyIsSent(t *testing.T) {
	enc := base64.StdEncoding.EncodeToString
	fh, header := newAPIKey(t, false)
	fb, basic := newAPIKey(t, true)
	for _, tt := range []struct {
		name     string
		k        *auth.APIKey
		fields   []string
		want     autherr.Code
		declines bool
	}{
		{"no header", header, nil, autherr.MissingAPIKeyHeader, true},
		{"only Authorization", header, []string{"Authorization", basicValue("my_username:" + fh.own)}, autherr.MissingAPIKeyHeader, true},
		{"empty header", header, []string{"API-KEY", ""}, autherr.InvalidAPIKeyFormat, false},
		{"the key alone", header, []string{"API-KEY", fh.own}, autherr.InvalidAPIKeyFormat, false},
		{"with a scheme", header, []string{"API-KEY", basicValue("my_username:" + fh.own)}, autherr.InvalidAPIKeyFormat, false},
		{"in clear text", header, []string{"API-KEY", "my_username:" + fh.own}, autherr.InvalidAPIKeyFormat, false},
		{"repeated", header, []string{"API-KEY", enc([]byte("my_username:" + fh.own)), "API-KEY", enc([]byte("my_username:" + fh.own))}, autherr.InvalidRequest, false},
		{"together with Authorization", header, []string{"API-KEY", enc([]byte("my_username:" + fh.own)), "Authorization", "Bearer x"}, autherr.InvalidRequest, false},
		{"together with an empty Authorization", header, []string{"API-KEY", enc([]byte("my_username:" + fh.own)), "Authorization", ""}, autherr.InvalidRequest, false},

		{"Basic: no header", basic, nil, autherr.MissingAuthorizationHeader, true},
		{"Basic: only API-KEY", basic, []string{"API-KEY", enc([]byte("my_username:" + fb.own))}, autherr.MissingAuthorizationHeader, true},
		{"Basic: another scheme", basic, []string{"Authorization", "Bearer " + fb.own}, autherr.InvalidAuthorizationHeaderType, true},
		{"Basic: empty", basic, []string{"Authorization", ""}, autherr.InvalidAuthorizationHeaderType, true},
		{"Basic: nothing after the scheme", basic, []string{"Authorization", "Basic"}, autherr.InvalidAuthorizationHeader, false},
		{"Basic: no base64", basic, []string{"Authorization", "Basic my_username:" + fb.own}, autherr.InvalidAuthorizationHeader, false},
		{"Basic: repeated", basic, []string{"Authorization", basicValue("my_username:" + fb.own), "Authorization", "x"}, autherr.InvalidRequest, false},
		{"Basic: together with API-KEY", basic, []string{"Authorization", basicValue("my_username:" + fb.own), "API-KEY", ""}, autherr.InvalidRequest, false},
	} {
		id, err := tt.k.Authenticate(request(tt.fields...))
		require.Nil(t, id, tt.name)
		require.ErrorIs(t, err, tt.want, tt.name)
		require.Equal(t, tt.declines, errors.Is(err, auth.ErrNoCredentials), tt.name)
	}
}

func TestInAChainOnlyKeysWithOurPrefixAreClaimed(t *testing.T) {
	f, k := newAPIKey(t, true)
	login, h := newBasic(t, "")
	chain := auth.Chain(k, login)

	id, err := chain.Authenticate(basicRequest("my_username:" + f.own))
	require.NoError(t, err)
	require.Equal(t, autherr.MethodAPIKeyBasic, id.Method)

	id, err = chain.Authenticate(basicRequest("my_username:topsecret"))
	require.NoError(t, err)
	require.Equal(t, autherr.MethodBasic, id.Method)

	h.computed.Store(0)
	_, err = chain.Authenticate(basicRequest("my_username:" + auth.NewRandom(auth.PrefixAPIKey)))
	require.ErrorIs(t, err, autherr.InvalidAPIKey)
	require.Zero(t, h.computed.Load(), "a key is never tried as a password")

	_, err = chain.Authenticate(basicRequest("my_username:" + f.foreign))
	require.ErrorIs(t, err, autherr.InvalidCredentials, "a key from elsewhere looks like a password")

	id, err = k.Authenticate(basicRequest("my_username:" + f.foreign))
	require.NoError(t, err, "the APIKey that was given to Chain is unchanged")
	require.Equal(t, "1", id.UserID)

	alone := auth.Chain(k)
	_, err = alone.Authenticate(basicRequest("malformed"))
	require.ErrorIs(t, err, auth.ErrNoCredentials)
	require.ErrorIs(t, err, autherr.InvalidAPIKey)
}

func TestInAChainTheHeaderNeedsNoPrefix(t *testing.T) {
	f, k := newAPIKey(t, false)
	basic, _ := newBasic(t, "")
	id, err := auth.Chain(basic, k).Authenticate(keyRequest(false, "my_username:"+f.foreign))
	require.NoError(t, err)
	require.Equal(t, autherr.MethodAPIKey, id.Method)
}

func TestAServicesTokenIsNoAPIKey(t *testing.T) {
	_, k := newAPIKey(t, true)
	_, err := k.Authenticate(basicRequest("1.5665e083.Sj5b3crO2RyWXrCFrCAZKeXi0si0vBWsr8k1I01w_YM:"))
	require.ErrorIs(t, err, auth.ErrNoCredentials)
}

func TestAKeyFollowsItsUser(t *testing.T) {
	f, k := newAPIKey(t, false)
	r := keyRequest(false, "my_username:"+f.own)
	_, err := k.Authenticate(r)
	require.NoError(t, err)

	u := f.users.byName["my_username"]
	u.Active = false
	f.users.put(u)
	w := serve(auth.Require(k, nil), r)
	require.Equal(t, 403, w.Code)
	require.Equal(t, `{"status":"error","http_code":403,"error":"USER_BLOCKED","error_description":"The user is blocked or inactive."}`, w.Body.String())

	delete(f.users.byName, "my_username")
	_, err = k.Authenticate(r)
	require.ErrorIs(t, err, autherr.InvalidAPIKey)

	clear(f.ring.keys)
	_, err = k.Authenticate(r)
	require.ErrorIs(t, err, autherr.InvalidAPIKey)
}

func TestAKeyEndsAtItsTime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f, k := newAPIKey(t, false)
		id := auth.KeyID(f.own)
		end := time.Now().Add(time.Hour)
		f.ring.keys[id] = store.APIKey{ID: id, UserID: "1", ExpiresAt: end}
		r := keyRequest(false, "my_username:"+f.own)
		time.Sleep(time.Hour - 1)
		who, err := k.Authenticate(r)
		require.NoError(t, err)
		require.Equal(t, end, who.ExpiresAt)
		time.Sleep(time.Nanosecond)
		_, err = k.Authenticate(r)
		require.ErrorIs(t, err, autherr.InvalidAPIKey)
	})
}

// foldingUsers finds names without regard to case.
type foldingUsers struct{ store.UserStore }

func (f foldingUsers) UserByName(ctx context.Context, name string) (store.User, error) {
	return f.UserStore.UserByName(ctx, strings.ToLower(name))
}

func TestTheStoreDecidesWhetherCaseMattersInANameWithAKey(t *testing.T) {
	f, _ := newAPIKey(t, false)
	k, err := auth.NewAPIKeyAuthenticator(auth.APIKeyConfig{Keys: f.ring, Users: foldingUsers{f.users}, Realm: "a"})
	require.NoError(t, err)
	id, err := k.Authenticate(keyRequest(false, "My_UserName:"+f.own))
	require.NoError(t, err)
	require.Equal(t, "my_username", id.Name)
	_, err = k.Authenticate(keyRequest(false, "READER:"+f.own))
	require.ErrorIs(t, err, autherr.InvalidAPIKey)
}

// otherUsers answers every ID with somebody else.
type otherUsers struct{ *accounts }

func (o otherUsers) UserByID(ctx context.Context, _ string) (store.User, error) {
	return o.accounts.UserByID(ctx, "1")
}

func TestAnOutageIsNeverARefusal(t *testing.T) {
	f, k := newAPIKey(t, false)
	r := keyRequest(false, "my_username:"+f.own)
	down := errors.New("down")

	f.ring.fail = down
	_, err := k.Authenticate(r)
	require.ErrorIs(t, err, autherr.ServiceUnavailable)
	require.ErrorIs(t, err, down)
	w := serve(auth.Require(k, nil), r)
	require.Equal(t, 503, w.Code)
	require.NotEmpty(t, w.Header().Get("Retry-After"))
	f.ring.fail = nil

	f.users.fail = down
	_, err = k.Authenticate(r)
	require.ErrorIs(t, err, autherr.ServiceUnavailable)
	f.users.fail = nil

	// The second lookup, by name, fails.
	n := 0
	f.users.before = func() {
		if n++; n == 2 {
			f.users.fail = down
		}
	}
	_, err = k.Authenticate(keyRequest(false, "stranger:"+f.own))
	require.ErrorIs(t, err, autherr.ServiceUnavailable)
}

func TestARecordOfSomebodyElseIsABugOfTheStore(t *testing.T) {
	f, k := newAPIKey(t, false)
	id := auth.KeyID(f.own)
	f.ring.keys[id] = store.APIKey{ID: auth.KeyID("another"), UserID: "1"}
	_, err := k.Authenticate(keyRequest(false, "my_username:"+f.own))
	require.ErrorIs(t, err, autherr.InternalError)

	k, err = auth.NewAPIKeyAuthenticator(auth.APIKeyConfig{Keys: f.ring, Users: otherUsers{f.users}, Realm: "a"})
	require.NoError(t, err)
	_, err = k.Authenticate(keyRequest(false, "my_username:"+f.others))
	require.ErrorIs(t, err, autherr.InternalError)
}

func TestNewAPIKey(t *testing.T) {
	key, id := auth.NewAPIKey()
	require.True(t, auth.IsRandom(auth.PrefixAPIKey, key))
	require.Equal(t, auth.KeyID(key), id)
	again, _ := auth.NewAPIKey()
	require.NotEqual(t, key, again)
}

func TestAPIKeyReadsItsHeader(t *testing.T) {
	_, header := newAPIKey(t, false)
	_, basic := newAPIKey(t, true)
	require.Equal(t, []string{"API-KEY"}, header.CredentialHeaders())
	require.Equal(t, []string{"Authorization"}, basic.CredentialHeaders())
	require.Equal(t, `ApiKey realm="Example API"`, header.Challenges()[0].String())
	require.Equal(t, `Basic realm="Example API", charset="UTF-8"`, basic.Challenges()[0].String())
	require.Empty(t, (*auth.APIKey)(nil).Challenges())
	require.NotEmpty(t, (*auth.APIKey)(nil).CredentialHeaders())
}
