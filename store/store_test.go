package store_test

import (
	"bytes"
	"fmt"
	"log/slog"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/apiauth-go/apiauth/store"
)

func TestRecordsPrintNoHashes(t *testing.T) {
	user := store.User{ID: "1", Name: "editor", PasswordHash: "$argon2id$secret", Active: true, Stamp: "stamp"}
	client := store.Client{ID: "c", Application: "oauth001", SecretHashes: []string{"sha256:secret"}, Active: true}
	token := store.Token{ID: store.TokenID{0xab, 0xcd}, Kind: store.AccessToken, UserID: "1", ClientID: "c", Stamp: "secret"}
	key := store.APIKey{ID: store.KeyID{0xab, 0xcd}, UserID: "1", Name: "build server"}
	for _, record := range []any{user, &user, client, &client, []store.User{user}, []store.Client{client}, token, &token, key, &key} {
		for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%d"} {
			text := fmt.Sprintf(verb, record)
			require.NotContains(t, text, "secret", "%s of %T", verb, record)
			require.NotContains(t, text, "abcd", "%s of %T", verb, record)
			require.NotContains(t, text, "171", "%s of %T", verb, record)
		}
		var log bytes.Buffer
		slog.New(slog.NewTextHandler(&log, nil)).Info("x", "record", record)
		slog.New(slog.NewJSONHandler(&log, nil)).Info("x", "record", record)
		if _, list := record.([]store.User); !list { // a slice reaches JSON as it is
			if _, list := record.([]store.Client); !list {
				require.NotContains(t, log.String(), "secret", "%T", record)
				require.NotContains(t, log.String(), "abcd", "%T", record)
			}
		}
	}
	require.Equal(t, `store.User{ID:"1" Name:"editor" Active:true}`, fmt.Sprint(user))
	require.Equal(t, `store.Client{ID:"c" Application:"oauth001" Active:true}`, fmt.Sprint(client))
}

func TestClonesShareNoMemory(t *testing.T) {
	u := store.User{Roles: []string{"a"}, Permissions: []string{"b"}}
	cu := u.Clone()
	cu.Roles[0], cu.Permissions[0] = "x", "x"
	require.Equal(t, store.User{Roles: []string{"a"}, Permissions: []string{"b"}}, u)

	c := store.Client{SecretHashes: []string{"a"}, Grants: []string{"b"}, Scopes: []string{"c"}, DefaultScopes: []string{"d"}, Users: []string{"e"}}
	cc := c.Clone()
	for _, list := range [][]string{cc.SecretHashes, cc.Grants, cc.Scopes, cc.DefaultScopes, cc.Users} {
		list[0] = "x"
	}
	require.Equal(t, store.Client{SecretHashes: []string{"a"}, Grants: []string{"b"}, Scopes: []string{"c"}, DefaultScopes: []string{"d"}, Users: []string{"e"}}, c)

	tok := store.Token{Scopes: []string{"a"}}
	tok.Clone().Scopes[0] = "x"
	require.Equal(t, "a", tok.Scopes[0])
}

func TestTokenMatchSelectsByAllThatIsSet(t *testing.T) {
	tok := &store.Token{UserID: "u", ClientID: "c", Family: "f"}
	for _, test := range []struct {
		match store.TokenMatch
		want  bool
	}{
		{store.TokenMatch{}, false}, // which would otherwise select everything
		{store.TokenMatch{UserID: "u"}, true},
		{store.TokenMatch{ClientID: "c"}, true},
		{store.TokenMatch{Family: "f"}, true},
		{store.TokenMatch{UserID: "u", ClientID: "c", Family: "f"}, true},
		{store.TokenMatch{UserID: "x"}, false},
		{store.TokenMatch{UserID: "u", ClientID: "x"}, false},
		{store.TokenMatch{UserID: "u", Family: "x"}, false},
	} {
		require.Equal(t, test.want, test.match.Matches(tok), "%+v", test.match)
		require.Equal(t, test.match == store.TokenMatch{}, test.match.IsZero())
	}
}

func TestIDsPrintAsHex(t *testing.T) {
	require.Equal(t, "ab00000000000000000000000000000000000000000000000000000000000000", store.TokenID{0xab}.String())
	require.Equal(t, "ab00000000000000000000000000000000000000000000000000000000000000", store.KeyID{0xab}.String())
}

func TestAuditFilterSelectsByAllThatIsSet(t *testing.T) {
	at := time.Date(2026, 11, 21, 12, 0, 0, 5_000, time.UTC)
	r := &store.AuditRecord{Time: at, User: "u", Address: "a", Method: "m", Application: "p", Outcome: "o", Kind: "k", ClientID: "c"}
	for name, test := range map[string]struct {
		filter store.AuditFilter
		want   bool
	}{
		"zero":              {store.AuditFilter{}, true},
		"all":               {store.AuditFilter{User: "u", Address: "a", Method: "m", Application: "p", Outcome: "o", Kind: "k", ClientID: "c", From: at, Until: at.Add(time.Microsecond)}, true},
		"user":              {store.AuditFilter{User: "U", Address: "a"}, false},
		"address":           {store.AuditFilter{User: "u", Address: "b"}, false},
		"method":            {store.AuditFilter{Method: "m "}, false},
		"application":       {store.AuditFilter{Application: "p\x00"}, false},
		"outcome":           {store.AuditFilter{Outcome: "x"}, false},
		"kind":              {store.AuditFilter{Kind: "K"}, false},
		"client":            {store.AuditFilter{ClientID: "d"}, false},
		"from later":        {store.AuditFilter{From: at.Add(time.Microsecond)}, false},
		"from, nanoseconds": {store.AuditFilter{From: at.Add(999)}, true},
		"until then":        {store.AuditFilter{Until: at}, false},
		"until, too fine":   {store.AuditFilter{Until: at.Add(999)}, false},
		"until later":       {store.AuditFilter{Until: at.Add(time.Microsecond)}, true},
	} {
		require.Equal(t, test.want, test.filter.Matches(r), name)
	}
}
