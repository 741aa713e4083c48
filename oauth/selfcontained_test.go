package oauth_test

import (
	"context"
	"errors"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	autherr "github.com/apiauth-go/apiauth/errors"
	"github.com/apiauth-go/apiauth/jwt"
	"github.com/apiauth-go/apiauth/oauth"
	"github.com/apiauth-go/apiauth/store"
)

// revoker notes what it is asked for and answers with err.
type revoker struct {
	err   error
	asked []string
}

func (r *revoker) RevokeOwn(_ context.Context, userID, token string) error {
	r.asked = append(r.asked, userID+" "+token)
	return r.err
}

// revokeWith sends a revocation to a server with these JWTs.
func revokeWith(t *testing.T, w *world, jwts oauth.SelfContainedRevoker, q request) *httptest.ResponseRecorder {
	t.Helper()
	server, err := oauth.NewServer(oauth.ServerConfig{
		Application: application, Clients: w.db, Tokens: w.db, Users: w.db, Login: w.login, Realm: realm, JWTRevoker: jwts,
	})
	require.NoError(t, err)
	r := httptest.NewRequest(q.method, q.path, strings.NewReader(q.body))
	r.Header, r.RemoteAddr = q.header, "127.0.0.1:1"
	rec := httptest.NewRecorder()
	server.RevokeEndpoint().ServeHTTP(rec, r)
	return rec
}

func TestSelfContainedTokensAreRevokedByTheirRevoker(t *testing.T) {
	w := newWorld(t, "2025")
	const token = "eyJhbGciOiJub25lIn0.e30."
	for name, c := range map[string]struct {
		err    error
		status int
		body   string
	}{
		"done": {nil, 200, revoked},
		"cannot be revoked": {autherr.New(autherr.MethodRevoke, autherr.UnsupportedTokenType, nil), 400,
			`{"status":"error","http_code":"400","error":"UNSUPPORTED_TOKEN_TYPE","error_description":"This token cannot be revoked."}`},
		"outage":               {autherr.Unavailable(autherr.MethodRevoke, errDown), 503, unavailable},
		"of another method":    {autherr.Unavailable(autherr.MethodJWT, errDown), 503, unavailable},
		"wrapped":              {errors.Join(errDown, autherr.Internal(autherr.MethodJWT, errDown)), 500, internal},
		"another error":        {errDown, 503, unavailable},
		"a store's not found":  {store.ErrNotFound, 503, unavailable},
		"the caller has gone":  {context.Canceled, 503, unavailable},
		"nothing of ours, nil": {error((*autherr.Error)(nil)), 503, unavailable},
	} {
		r := &revoker{err: c.err}
		rec := revokeWith(t, w, r, revokeAs("my_username", formType, "token="+token))
		require.Equal(t, c.body, rec.Body.String(), name)
		require.Equal(t, c.status, rec.Code, name)
		require.Equal(t, []string{"1 " + token}, r.asked, "for the user whose password was right")
	}

	// It is asked for nothing else, and by nobody else.
	r := new(revoker)
	opaque := w.token(t, passwordBody)
	require.Equal(t, 200, revokeWith(t, w, r, revokeAs("my_username", formType, "token="+opaque)).Code)
	require.Equal(t, 200, revokeWith(t, w, r, revokeAs("my_username", formType, "token=unknown")).Code)
	require.Equal(t, 401, revokeWith(t, w, r, revoke("token="+token, "Authorization", basic("my_username", "wrong"))).Code)
	require.Equal(t, 401, revokeWith(t, w, r, revoke("token="+token)).Code)
	require.Empty(t, r.asked)
}

func TestAJWTIsRefusedOnceItIsRevoked(t *testing.T) {
	w := newWorld(t, "2025")
	const name = "https://api.example.com"
	key, err := jwt.GenerateKey(jwt.HS256, nil)
	require.NoError(t, err)
	issuer, err := jwt.NewIssuer(jwt.IssuerConfig{Issuer: name, Audience: []string{name}, Key: key})
	require.NoError(t, err)
	revocations, err := jwt.NewRevocations(jwt.RevocationsConfig{Tokens: w.db, Issuer: name, MaxLifetime: time.Hour})
	require.NoError(t, err)
	verifier, err := jwt.NewVerifier(jwt.VerifierConfig{
		Keys: issuer, Algorithms: []jwt.Algorithm{jwt.HS256}, Issuer: name, Audience: []string{name}, Users: w.db, Realm: realm, Revocations: revocations,
	})
	require.NoError(t, err)
	user, err := w.db.UserByID(t.Context(), "1")
	require.NoError(t, err)
	token, err := issuer.Issue(t.Context(), user)
	require.NoError(t, err)

	for _, by := range []string{"reader", "my_username"} {
		_, err = verifier.Verify(t.Context(), token.Compact)
		require.NoError(t, err)
		rec := revokeWith(t, w, verifier, revokeAs(by, formType, "token="+token.Compact))
		require.Equal(t, revoked, rec.Body.String(), by)
	}
	_, err = verifier.Verify(t.Context(), token.Compact)
	require.ErrorIs(t, err, autherr.InvalidToken)
	left, err := w.db.ListTokens(t.Context(), store.TokenMatch{UserID: "1"}, 10)
	require.NoError(t, err)
	require.Empty(t, left, "a mark is no token of his")
}
