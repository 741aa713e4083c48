package oauth_test

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/apiauth-go/apiauth/auth"
	"github.com/apiauth-go/apiauth/oauth"
	"github.com/apiauth-go/apiauth/store"
)

func TestNewClientWorksAsMade(t *testing.T) {
	w := newWorld(t, "2025")
	template := store.Client{
		Application: application, Grants: []string{oauth.GrantClientCredentials, oauth.GrantPassword}, Users: []string{"1"},
		Scopes: []string{"read", "write"}, DefaultScopes: []string{"read"},
	}
	c, secret, err := oauth.NewClient(template)
	require.NoError(t, err)
	require.True(t, c.Active)
	require.Len(t, c.ID, 26)
	require.True(t, auth.IsRandom(auth.PrefixClientSecret, secret))
	require.Equal(t, []string{mustHash(t, secret)}, c.SecretHashes)
	require.Empty(t, template.SecretHashes)
	c.Grants[0] = "changed"
	require.Equal(t, oauth.GrantClientCredentials, template.Grants[0], "the template is copied")
	c.Grants[0] = oauth.GrantClientCredentials

	require.NoError(t, w.db.PutClient(t.Context(), c))
	require.Equal(t, 200, w.do(post(asUser+"&"+form("client_id", c.ID, "client_secret", secret))).status)
	require.Equal(t, "INVALID_CLIENT_SECRET", w.do(post(strings.Replace(passwordBody, "=app", "="+c.ID, 1))).code(t))

	other, otherSecret, err := oauth.NewClient(template)
	require.NoError(t, err)
	require.NotEqual(t, c.ID, other.ID)
	require.NotEqual(t, secret, otherSecret)
}

func TestNewClientThatNeedsNoSecretHasNone(t *testing.T) {
	w := newWorld(t, "2025")
	template := store.Client{ID: "phone", Application: application, Grants: []string{oauth.GrantPassword}, InsecurePasswordGrantWithoutSecret: true}
	c, secret, err := oauth.NewClient(template)
	require.NoError(t, err)
	require.Empty(t, secret)
	require.Empty(t, c.SecretHashes)
	require.NoError(t, w.db.PutClient(t.Context(), c))
	require.Equal(t, 200, w.do(post(strings.Replace(passwordBody, "=app", "=phone", 1))).status)

	template.Introspect = true
	_, secret, err = oauth.NewClient(template)
	require.NoError(t, err)
	require.NotEmpty(t, secret, "it authenticates elsewhere")
}

func TestCheckClientNamesTheFieldThatIsWrong(t *testing.T) {
	good := store.Client{
		ID: "x", Application: application, Active: true, Grants: []string{"password", "client_credentials"}, SecretHashes: []string{mustHash(t, robotSecret)},
		Users: []string{"1"}, Scopes: []string{"read"}, DefaultScopes: []string{"read"}, TokenLifetime: time.Minute,
	}
	require.NoError(t, oauth.CheckClient(good))
	for field, changes := range map[string][]func(*store.Client){
		"ID": {
			func(c *store.Client) { c.ID = "" }, func(c *store.Client) { c.ID = " x" }, func(c *store.Client) { c.ID = "x\t" },
			func(c *store.Client) { c.ID = strings.Repeat("x", 256) },
		},
		"Application": {func(c *store.Client) { c.Application = "" }},
		"Grants": {
			func(c *store.Client) { c.Grants = nil }, func(c *store.Client) { c.Grants = append([]string{"Password"}, c.Grants...) },
			func(c *store.Client) { c.Grants = append([]string{""}, c.Grants...) },
		},
		"InsecurePasswordGrantWithoutSecret": {
			func(c *store.Client) {
				c.InsecurePasswordGrantWithoutSecret, c.Grants = true, []string{"client_credentials"}
			},
		},
		"SecretHashes": {
			func(c *store.Client) { c.SecretHashes = nil },
			func(c *store.Client) { c.SecretHashes = []string{robotSecret} },
			func(c *store.Client) { c.SecretHashes = []string{c.SecretHashes[0], ""} },
			func(c *store.Client) { c.SecretHashes = []string{strings.ToUpper(c.SecretHashes[0])} },
			func(c *store.Client) {
				c.SecretHashes = []string{c.SecretHashes[0], c.SecretHashes[0], c.SecretHashes[0]}
			},
		},
		"Users": {
			func(c *store.Client) { c.Users = nil }, func(c *store.Client) { c.Users = []string{"1", ""} },
			func(c *store.Client) { c.Grants = []string{"password"} },
		},
		"DefaultScopes": {func(c *store.Client) { c.DefaultScopes = []string{"write"} }},
		"Scopes":        {func(c *store.Client) { c.Scopes = []string{"read", "a b"} }, func(c *store.Client) { c.Scopes = []string{"read", ""} }},
		"TokenLifetime": {func(c *store.Client) { c.TokenLifetime = -1 }},
	} {
		for i, change := range changes {
			c := good.Clone()
			change(&c)
			err := oauth.CheckClient(c)
			require.ErrorContains(t, err, "client: "+field, "%s %d", field, i)
			require.NotContains(t, err.Error(), robotSecret)
			c.SecretHashes = nil
			if field != "SecretHashes" && !(field == "ID" && c.ID == "") { // NewClient makes these itself
				made, secret, err := oauth.NewClient(c)
				require.ErrorContains(t, err, field)
				require.Empty(t, secret)
				require.Zero(t, made)
			}
		}
	}
	_, _, err := oauth.NewClient(good)
	require.ErrorContains(t, err, "SecretHashes")
}
