package oauth_test

import (
	"crypto/sha256"
	"encoding/hex"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/apiauth-go/apiauth/auth"
	"github.com/apiauth-go/apiauth/oauth"
	"github.com/apiauth-go/apiauth/store"
)

func TestNewClientSecretIsRandomAndHashed(t *testing.T) {
	seen := map[string]bool{}
	for range 100 {
		secret, hash := oauth.NewClientSecret()
		require.True(t, auth.IsRandom(auth.PrefixClientSecret, secret))
		digest := sha256.Sum256([]byte(secret))
		require.Equal(t, "v1:sha256:"+hex.EncodeToString(digest[:]), hash)
		again, err := oauth.HashSecret(secret)
		require.NoError(t, err)
		require.Equal(t, hash, again)
		require.False(t, seen[secret])
		seen[secret] = true
	}
}

func TestHashSecretRefusesWhatCannotBeASecret(t *testing.T) {
	for name, secret := range map[string]string{
		"empty": "", "15 bytes": strings.Repeat("x", 15), "1025 bytes": strings.Repeat("x", 1025),
		"NUL": strings.Repeat("x", 16) + "\x00", "line end": strings.Repeat("x", 16) + "\n", "C1": strings.Repeat("x", 16) + "\u0085",
		"not UTF-8": strings.Repeat("x", 16) + "\xff",
	} {
		hash, err := oauth.HashSecret(secret)
		require.Error(t, err, name)
		require.Empty(t, hash)
		if len(secret) > 0 {
			require.NotContains(t, err.Error(), secret[:15])
		}
	}
	for _, secret := range []string{strings.Repeat("x", 16), strings.Repeat("x", 1024), "é: 16 bytes long", `"\%+ &=;` + strings.Repeat("x", 9)} {
		_, err := oauth.HashSecret(secret)
		require.NoError(t, err, secret)
	}
}

// The secret is replaced without an interruption: for a while both work.
func TestClientHasUpToTwoSecrets(t *testing.T) {
	w := newWorld(t, "2025")
	var secrets, hashes []string
	for range 3 {
		s, h := oauth.NewClientSecret()
		secrets, hashes = append(secrets, s), append(hashes, h)
	}
	works := func(secret string) bool {
		return w.do(post(asUser+"&"+form("client_id", "web", "client_secret", secret))).status == 200
	}
	set := func(hashes ...string) {
		c, err := w.db.ClientByID(t.Context(), "web")
		require.NoError(t, err)
		c.SecretHashes = hashes
		require.NoError(t, w.db.PutClient(t.Context(), c))
	}
	set(hashes[0])
	require.True(t, works(secrets[0]))
	require.False(t, works(secrets[1]))
	set(hashes[0], hashes[1])
	require.True(t, works(secrets[0]))
	require.True(t, works(secrets[1]))
	set(hashes[1])
	require.False(t, works(secrets[0]), "at once")
	require.True(t, works(secrets[1]))
	set(hashes...)
	require.False(t, works(secrets[2]), "a third one does not count")
	set()
	for _, s := range secrets {
		require.False(t, works(s))
	}
}

func TestOnlyItsExactHashMatchesASecret(t *testing.T) {
	w := newWorld(t, "2025")
	good := mustHash(t, robotSecret)
	plain := sha256.Sum256([]byte(robotSecret))
	try := func(hash string) string {
		c := store.Client{ID: "x", Application: application, Active: true, Grants: []string{"client_credentials"}, AnyUser: true, SecretHashes: []string{hash}}
		require.NoError(t, w.db.PutClient(t.Context(), c))
		a := w.do(post(asUser + "&" + form("client_id", "x", "client_secret", robotSecret)))
		if a.status == 200 {
			return ""
		}
		return a.code(t)
	}
	require.Empty(t, try(good))
	for _, hash := range []string{
		"", robotSecret, hex.EncodeToString(plain[:]), "sha256:" + hex.EncodeToString(plain[:]), strings.ToUpper(good), good[:len(good)-1], good + "0", " " + good, good + " ",
		"v1:sha256:" + strings.ToUpper(hex.EncodeToString(plain[:])), "v2:sha256:" + hex.EncodeToString(plain[:]), string(plain[:]), mustHash(t, good), strings.Repeat("-", len(good)),
	} {
		require.Equal(t, "INVALID_CLIENT_SECRET", try(hash), "%q", hash)
	}
}
