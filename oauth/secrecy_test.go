package oauth_test

import (
	"context"
	"encoding/base64"
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/apiauth-go/apiauth/oauth"
	"github.com/apiauth-go/apiauth/store"
)

func TestOnlyTheExactTokenIsAccepted(t *testing.T) {
	w := newWorld(t, "2025")
	token := w.token(t, passwordBody)
	refused := func(other string) {
		t.Helper()
		a := w.do(get(other))
		require.Equal(t, 401, a.status, "%q", other)
		require.Equal(t, "INVALID_ACCESS_TOKEN", a.code(t), "%q", other)
		require.NotContains(t, a.body, token[4:])
	}
	for i := range token {
		refused(token[:i])
		refused(token[i+1:])
		for bit := range 8 {
			b := []byte(token)
			b[i] ^= 1 << bit
			refused(string(b))
		}
	}
	for c := range 256 {
		if c != ' ' {
			refused(string([]byte{byte(c)}) + token)
		}
		refused(token + string([]byte{byte(c)}))
	}
	refused(strings.ToUpper(token))
	refused(token + token)
	refused(token + "=")
	require.Equal(t, 200, w.do(get(token)).status)
}

// What a thief of the database finds opens nothing.
func TestNothingInTheStoreIsACredential(t *testing.T) {
	w := newWorld(t, "2025")
	ctx := context.Background()
	w.token(t, passwordBody)
	w.token(t, clientBody)
	putToken(t, w, func(t *store.Token) { t.Kind, t.Family = store.RefreshToken, "family" })
	tokens, err := w.db.ListTokens(ctx, store.TokenMatch{UserID: "1"}, 10)
	require.NoError(t, err)
	require.Len(t, tokens, 3)

	loot := []string{}
	add := func(s string) {
		loot = append(loot, s, "aat_"+s, base64.StdEncoding.EncodeToString([]byte(s)))
		if i := strings.LastIndexAny(s, ":$"); i >= 0 {
			loot = append(loot, s[i+1:])
		}
	}
	for _, tok := range tokens {
		add(tok.ID.String())
		add(string(tok.ID[:]))
		loot = append(loot, base64.RawURLEncoding.EncodeToString(tok.ID[:]), "aat_"+base64.RawURLEncoding.EncodeToString(tok.ID[:24]), "aat_"+tok.ID.String()[:32])
		add(tok.Stamp)
		add(tok.Family)
	}
	for _, id := range []string{"app", "web", "robot"} {
		c, err := w.db.ClientByID(ctx, id)
		require.NoError(t, err)
		add(c.ID)
		for _, h := range c.SecretHashes {
			add(h)
		}
	}
	u, err := w.db.UserByID(ctx, "1")
	require.NoError(t, err)
	add(u.PasswordHash)

	for _, s := range loot {
		require.NotEqual(t, 200, w.do(get(s)).status, "as token")
		require.NotEqual(t, 200, w.do(post(form("grant_type", "password", "username", "my_username", "password", s, "client_id", "app"))).status, "as password")
		require.NotEqual(t, 200, w.do(post(form("grant_type", "client_credentials", "username", "my_username", "client_id", "robot", "client_secret", s))).status, "as secret")
		require.NotEqual(t, 200, w.do(post(asUser, "Authorization", basic("robot", s))).status, "as secret")
		require.NotEqual(t, 200, w.do(revoke("token=x", "Authorization", basic("my_username", s))).status, "as password")
	}
}

func TestNothingPrintedHoldsASecret(t *testing.T) {
	w := newWorld(t, "2025")
	token := w.token(t, clientBody)
	secrets := []string{token, robotSecret, "topsecret", userHash(), mustHash(t, robotSecret), oauth.TokenID(token).String()}
	require.NotEqual(t, 200, w.do(post(withSecret(asUser+"&client_id=nobody"), "Authorization", "Bearer "+token)).status)
	require.NotEqual(t, 200, w.do(post(withSecret(asUser+"&client_id=nobody"))).status)
	require.NotEqual(t, 200, w.do(post(passwordBody+"&password=topsecret")).status)
	require.NotEqual(t, 200, w.do(revokeAs("reader", jsonType, `{"token":"`+token+`","token":1}`)).status)
	require.NotEqual(t, 200, w.do(get(token+"x")).status)
	var printed strings.Builder
	for _, format := range []string{"%v", "%+v", "%#v", "%s"} {
		fmt.Fprintf(&printed, format, w.server)
		fmt.Fprintf(&printed, format, w.verifier)
		for _, e := range w.errors {
			fmt.Fprintf(&printed, format, e)
		}
	}
	for _, s := range secrets {
		require.NotContains(t, printed.String(), s)
	}
	require.NotEmpty(t, w.errors)
}
