package oauth_test

import (
	"context"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/apiauth-go/apiauth/auth"
	"github.com/apiauth-go/apiauth/oauth"
	"github.com/apiauth-go/apiauth/store"
)

func TestSecretIsReplacedWithoutAnInterruption(t *testing.T) {
	w := newWorld(t, "2025")
	ctx := context.Background()
	works := func(secret string) bool {
		a := w.do(post(form("grant_type", "client_credentials", "client_id", "robot", "client_secret", secret, "username", "my_username")))
		if a.status != 200 {
			require.Equal(t, "INVALID_CLIENT_SECRET", a.code(t))
		}
		return a.status == 200
	}
	client, err := w.db.ClientByID(ctx, "robot")
	require.NoError(t, err)
	before := client.Clone()

	rotated, first, err := oauth.RotateSecret(client)
	require.NoError(t, err)
	require.Equal(t, before, client, "the argument is not changed")
	require.True(t, auth.IsRandom(auth.PrefixClientSecret, first))
	require.Len(t, rotated.SecretHashes, 2)
	require.False(t, works(first), "not before it is stored")
	require.NoError(t, w.db.PutClient(ctx, rotated))
	require.True(t, works(robotSecret), "the old one, until the new one is used")
	require.True(t, works(first))

	again, second, err := oauth.RotateSecret(rotated)
	require.NoError(t, err)
	require.NotEqual(t, first, second)
	require.NoError(t, w.db.PutClient(ctx, again))
	require.False(t, works(robotSecret), "never more than two")
	require.True(t, works(first))
	require.True(t, works(second))

	dropped := oauth.DropOldSecrets(again)
	require.Len(t, again.SecretHashes, 2, "the argument is not changed")
	require.NoError(t, oauth.CheckClient(dropped))
	require.NoError(t, w.db.PutClient(ctx, dropped))
	require.False(t, works(first))
	require.True(t, works(second))
	require.Equal(t, dropped, oauth.DropOldSecrets(dropped))

	// Everything else stays as it was.
	before.SecretHashes, dropped.SecretHashes = nil, nil
	require.Equal(t, before, dropped)
}

func TestLeakedSecretIsReplacedAtOnce(t *testing.T) {
	client, old, err := oauth.NewClient(store.Client{Application: application, Grants: []string{"client_credentials"}, AnyUser: true})
	require.NoError(t, err)
	client.SecretHashes = nil
	client, secret, err := oauth.RotateSecret(client)
	require.NoError(t, err)
	require.Equal(t, []string{mustHash(t, secret)}, client.SecretHashes)
	require.NotEqual(t, old, secret)
}

func TestRotationKeepsASecretThatWorks(t *testing.T) {
	client := store.Client{ID: "a", Application: application, Grants: []string{"client_credentials"}, AnyUser: true}
	hashes := []string{mustHash(t, robotSecret), mustHash(t, otherSecret), mustHash(t, "the third, which never works")}
	client.SecretHashes = hashes
	rotated, _, err := oauth.RotateSecret(client)
	require.NoError(t, err)
	require.Equal(t, hashes[1], rotated.SecretHashes[0])
	require.Equal(t, hashes[1:2], oauth.DropOldSecrets(client).SecretHashes)
	require.Equal(t, mustHash(t, "the third, which never works"), hashes[2])

	require.Empty(t, oauth.DropOldSecrets(store.Client{}).SecretHashes)
}

func TestRotateSecretRefusesABrokenRecord(t *testing.T) {
	for want, c := range map[string]store.Client{
		"ID":           {},
		"Application":  {ID: "a"},
		"SecretHashes": {ID: "a", Application: application, Grants: []string{"client_credentials"}, AnyUser: true, SecretHashes: []string{"hunter2"}},
	} {
		client, secret, err := oauth.RotateSecret(c)
		require.ErrorContains(t, err, want)
		require.NotContains(t, err.Error(), "hunter2")
		require.Empty(t, secret)
		require.Zero(t, client)
	}
}
