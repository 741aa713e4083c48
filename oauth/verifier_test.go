package oauth_test

import (
	"crypto/sha256"
	"encoding/json"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/apiauth-go/apiauth/auth"
	autherr "github.com/apiauth-go/apiauth/errors"
	"github.com/apiauth-go/apiauth/oauth"
	"github.com/apiauth-go/apiauth/store"
)

func TestIdentityIsTheUserOfTheToken(t *testing.T) {
	w := newWorld(t, "2025")
	token := w.token(t, clientBody+"&scope=read+write")
	a := w.do(get(token))
	require.Equal(t, 200, a.status)
	var got auth.Identity
	require.NoError(t, json.Unmarshal([]byte(a.body), &got))
	rec, err := w.db.TokenByID(t.Context(), oauth.TokenID(token))
	require.NoError(t, err)
	require.True(t, got.ExpiresAt.Equal(rec.ExpiresAt))
	got.ExpiresAt = time.Time{}
	require.Equal(t, auth.Identity{
		UserID: "1", Name: "my_username", Roles: []string{"editor"}, Permissions: []string{"create page content"},
		Scopes: []string{"read", "write"}, Method: autherr.MethodOAuth, Application: application, ClientID: "robot",
	}, got)
	require.Equal(t, "Authorization", a.header.Get("Vary"))
	require.Equal(t, "private", a.header.Get("Cache-Control"))
}

func TestRecordOfATokenHoldsItsDigestOnly(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, "2025")
		time.Sleep(1234567 * time.Nanosecond)
		token := w.token(t, clientBody)
		rec, err := w.db.TokenByID(t.Context(), oauth.TokenID(token))
		require.NoError(t, err)
		issued := time.Now().UTC().Truncate(time.Microsecond)
		require.Equal(t, store.Token{
			ID: oauth.TokenID(token), Kind: store.AccessToken, UserID: "1", ClientID: "robot", Application: application,
			Scopes: []string{"read"}, Stamp: "s1", IssuedAt: issued, ExpiresAt: issued.Add(90 * time.Second),
		}, rec)
	})
}

func TestTokenWhoseRecordDoesNotFitIsRefused(t *testing.T) {
	w := newWorld(t, "2025")
	for name, change := range map[string]func(*store.Token){
		"other application":           func(t *store.Token) { t.Application = "other001" },
		"no application":              func(t *store.Token) { t.Application = "" },
		"no kind":                     func(t *store.Token) { t.Kind = "" },
		"other kind":                  func(t *store.Token) { t.Kind = "id" },
		"spent":                       func(t *store.Token) { t.SpentAt = time.Now().Add(time.Hour) },
		"no user":                     func(t *store.Token) { t.UserID = "" },
		"unknown user":                func(t *store.Token) { t.UserID = "99" },
		"blocked user":                func(t *store.Token) { t.UserID, t.Stamp = "3", "s3" },
		"other user's stamp":          func(t *store.Token) { t.Stamp = "s2" },
		"no stamp":                    func(t *store.Token) { t.Stamp = "" },
		"no client":                   func(t *store.Token) { t.ClientID = "" },
		"unknown client":              func(t *store.Token) { t.ClientID = "nobody" },
		"client switched off":         func(t *store.Token) { t.ClientID = "off" },
		"client of other application": func(t *store.Token) { t.ClientID = "foreign" },
		"other application, expired":  func(t *store.Token) { t.Application, t.ExpiresAt = "other001", time.Now().Add(-time.Hour/2) },
	} {
		t.Run(name, func(t *testing.T) {
			require.Equal(t, 200, w.do(get(putToken(t, w, nil))).status)
			a := w.do(get(putToken(t, w, change)))
			require.Equal(t, `{"status":"error","http_code":"401","error":"INVALID_ACCESS_TOKEN","error_description":"Invalid Access Token."}`, a.body)
			require.Equal(t, 401, a.status)
			require.NotNil(t, w.lastError().Cause, "the log says why")
		})
	}
	t.Run("no stamp on either side", func(t *testing.T) {
		token := putToken(t, w, func(t *store.Token) { t.Stamp = "" })
		w.stores.call, w.stores.fault = "UserByID", func(_ *faults, v *any) error {
			u := (*v).(store.User)
			u.Stamp = ""
			*v = u
			return nil
		}
		require.Equal(t, "INVALID_ACCESS_TOKEN", w.do(get(token)).code(t))
		w.stores.call = ""
	})
	t.Run("no expiry", func(t *testing.T) {
		require.Equal(t, "TOKEN_EXPIRED", w.do(get(putToken(t, w, func(t *store.Token) { t.ExpiresAt = time.Time{} }))).code(t))
	})
	t.Run("refresh token", func(t *testing.T) {
		token := putToken(t, w, func(t *store.Token) { t.Kind = store.RefreshToken })
		require.Equal(t, "INVALID_ACCESS_TOKEN", w.do(get(token)).code(t))
		_, err := w.verifier.Authenticate(&http.Request{Header: http.Header{"Authorization": {"Bearer " + token}}})
		require.ErrorIs(t, err, auth.ErrNoCredentials, "its prefix is another's")
	})
	t.Run("refresh token with the prefix of access tokens", func(t *testing.T) {
		token := auth.NewRandom(auth.PrefixAccessToken)
		require.NoError(t, w.db.CreateTokens(t.Context(), store.Token{
			ID: oauth.TokenID(token), Kind: store.RefreshToken, UserID: "1", ClientID: "app", Application: application, Stamp: "s1", ExpiresAt: time.Now().Add(time.Hour),
		}))
		require.Equal(t, "INVALID_ACCESS_TOKEN", w.do(get(token)).code(t))
	})
}

func TestTokenOfOneApplicationIsRefusedUnderAnother(t *testing.T) {
	w := newWorld(t, "2025")
	other, err := oauth.NewServer(oauth.ServerConfig{Application: "other001", Clients: w.db, Tokens: w.db, Users: w.db, Login: w.login, Realm: realm})
	require.NoError(t, err)
	w.mux.Handle("/other", other.TokenEndpoint())
	ask := func(path, client, secret string) answer {
		q := post(asUser + "&" + form("client_id", client, "client_secret", secret))
		q.path = path
		return w.do(q)
	}
	a := ask("/other", "foreign", otherSecret)
	require.Equal(t, 200, a.status)
	require.Equal(t, "INVALID_ACCESS_TOKEN", w.do(get(parseToken(t, a).AccessToken)).code(t))
	require.Equal(t, "INVALID_CLIENT_ID", ask("/other", "robot", robotSecret).code(t))
	require.Equal(t, "INVALID_CLIENT_ID", ask("/rest_api/access_token", "foreign", otherSecret).code(t))
}

func TestSkipClientLookupAsksForTokenAndUserOnly(t *testing.T) {
	w := newWorld(t, "2025")
	v, err := oauth.NewVerifier(oauth.VerifierConfig{Application: application, Tokens: &w.stores, Users: &w.stores, Realm: realm, SkipClientLookup: true})
	require.NoError(t, err)
	token := putToken(t, w, func(t *store.Token) { t.ClientID = "off" })
	w.stores.record = true
	id, err := v.Authenticate(&http.Request{Header: http.Header{"Authorization": {"Bearer " + token}}})
	require.NoError(t, err)
	require.Equal(t, "off", id.ClientID)
	require.Equal(t, []string{"TokenByID", "UserByID"}, w.stores.calls)
}

func TestTokenIDIsTheSHA256OfAnyText(t *testing.T) {
	for _, n := range []int{0, 36, 64, 65, 1000} {
		text := strings.Repeat("x", n)
		require.Equal(t, store.TokenID(sha256.Sum256([]byte(text))), oauth.TokenID(text))
	}
	token := auth.NewRandom(auth.PrefixAccessToken)
	require.Zero(t, testing.AllocsPerRun(100, func() { oauth.TokenID(token) }))
}

func TestFallbackHeaderIsReadOnlyWithoutAuthorization(t *testing.T) {
	w := newWorld(t, "2025")
	v, err := oauth.NewVerifier(oauth.VerifierConfig{Application: application, Tokens: w.db, Users: w.db, Clients: w.db, Realm: realm, Header: "x-token"})
	require.NoError(t, err)
	require.Equal(t, []string{"Authorization", "x-token"}, v.CredentialHeaders())
	token := "Bearer " + w.token(t, passwordBody)
	for _, c := range []struct {
		h    http.Header
		code autherr.Code
	}{
		{http.Header{"X-Token": {token}}, ""},
		{http.Header{"Authorization": {token}, "X-Token": {"Bearer x"}}, ""},
		{http.Header{"Authorization": {"Bearer x"}, "X-Token": {token}}, autherr.InvalidAccessToken},
		{http.Header{"Authorization": {""}, "X-Token": {token}}, autherr.InvalidAuthorizationHeaderTokenType},
		{http.Header{"X-Token": {token, token}}, autherr.InvalidRequest},
		{http.Header{"X-Token": {token[7:]}}, autherr.InvalidAuthorizationHeaderTokenType},
		{http.Header{}, autherr.MissingAuthorizationHeader},
	} {
		_, err := v.Authenticate(&http.Request{Header: c.h})
		if c.code == "" {
			require.NoError(t, err)
			continue
		}
		require.ErrorIs(t, err, c.code)
		require.Equal(t, autherr.MethodOAuth, autherr.From(err).Method)
	}
}

func TestVerifierDeclinesWhatIsNotItsOwn(t *testing.T) {
	w := newWorld(t, "2025")
	jwt := "Bearer eyJhbGciOiJub25lIn0.e30.x"
	for _, field := range []string{"", basic("a", "b"), jwt, "Bearer", "Bearer aat_short", "Bearer art_" + strings.Repeat("A", 32)} {
		r := &http.Request{Header: http.Header{"Authorization": {field}}}
		_, err := w.verifier.Authenticate(r)
		require.ErrorIs(t, err, auth.ErrNoCredentials, field)
	}
	claimed := &http.Request{Header: http.Header{"Authorization": {"Bearer aat_" + strings.Repeat("A", 32)}}}
	_, err := w.verifier.Authenticate(claimed)
	require.NotErrorIs(t, err, auth.ErrNoCredentials, "once claimed, always decided")
}

func TestZeroVerifierRefuses(t *testing.T) {
	for _, v := range []*oauth.Verifier{nil, {}} {
		id, err := v.Authenticate(&http.Request{Header: http.Header{"Authorization": {"Bearer aat_" + strings.Repeat("A", 32)}}})
		require.Nil(t, id)
		require.ErrorIs(t, err, autherr.InternalError)
		require.NotErrorIs(t, err, auth.ErrNoCredentials)
		require.Equal(t, []string{"Authorization"}, v.CredentialHeaders())
		_ = v.Challenges()
	}
}
