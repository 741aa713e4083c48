package servicetoken_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"log/slog"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/apiauth-go/apiauth/auth"
	autherr "github.com/apiauth-go/apiauth/errors"
	"github.com/apiauth-go/apiauth/servicetoken"
	"github.com/apiauth-go/apiauth/store/memstore"
)

func TestNewRefusesWhatIsMissing(t *testing.T) {
	for name, c := range map[string]struct {
		change func(*servicetoken.Config)
		says   string
	}{
		"no users":           {func(c *servicetoken.Config) { c.Users = nil }, "Users is missing"},
		"nil users":          {func(c *servicetoken.Config) { c.Users = (*memstore.Store)(nil) }, "Users is missing"},
		"no keys":            {func(c *servicetoken.Config) { c.Keys = nil }, "Keys has 0 keys"},
		"three keys":         {func(c *servicetoken.Config) { c.Keys = []servicetoken.Key{vectorKey(), vectorKey(), vectorKey()} }, "Keys has 3 keys"},
		"empty key":          {func(c *servicetoken.Config) { c.Keys[0] = nil }, "Keys[0] has 0 bytes"},
		"short key":          {func(c *servicetoken.Config) { c.Keys[0] = c.Keys[0][:31] }, "Keys[0] has 31 bytes"},
		"key of zeros":       {func(c *servicetoken.Config) { c.Keys[0] = make(servicetoken.Key, 32) }, "Keys[0] has only zero bytes: it was never filled"},
		"short second key":   {func(c *servicetoken.Config) { c.Keys = append(c.Keys, servicetoken.Key("x")) }, "Keys[1] has 1 bytes"},
		"key without salt":   {func(c *servicetoken.Config) { c.Keys[0] = servicetoken.DrupalKey(strings.Repeat("k", 43), "") }, "Keys[0] has 0 bytes"},
		"salt without key":   {func(c *servicetoken.Config) { c.Keys[0] = servicetoken.DrupalKey("", strings.Repeat("k", 43)) }, "Keys[0] has 0 bytes"},
		"no realm":           {func(c *servicetoken.Config) { c.Realm = "" }, "Realm is missing"},
		"realm with a break": {func(c *servicetoken.Config) { c.Realm = "a\r\nSet-Cookie: b" }, "control character"},
		"negative lifetime":  {func(c *servicetoken.Config) { c.Lifetime = -time.Hour }, "Lifetime"},
		"tiny lifetime":      {func(c *servicetoken.Config) { c.Lifetime = time.Second - 1 }, "Lifetime"},
		"nothing to sign":    {func(c *servicetoken.Config) { c.SkipDefaultProperties = true }, "SkipDefaultProperties"},
	} {
		t.Run(name, func(t *testing.T) {
			cfg := servicetoken.Config{Users: newStore(t), Keys: []servicetoken.Key{vectorKey()}, Realm: realm}
			_, err := servicetoken.New(cfg)
			require.NoError(t, err)
			c.change(&cfg)
			s, err := servicetoken.New(cfg)
			require.Nil(t, s)
			require.ErrorContains(t, err, "servicetoken: New: ")
			require.ErrorContains(t, err, c.says)
			require.NotContains(t, err.Error(), string([]byte(vectorKey())[:8]))
		})
	}
}

func TestAServiceThatNewDidNotMakeRefuses(t *testing.T) {
	for _, s := range []*servicetoken.Service{nil, {}} {
		_, err := s.Authenticate(request(vectorToken, ""))
		hasCode(t, err, autherr.InternalError)
		require.NotErrorIs(t, err, auth.ErrNoCredentials)
		_, _, err = s.Mint(t.Context(), "1")
		hasCode(t, err, autherr.InternalError)
		_, err = s.GenerateEndpoint(servicetoken.EndpointConfig{})
		require.Error(t, err)
	}
	require.Empty(t, (*servicetoken.Service)(nil).Challenges())
}

func TestGenerateEndpointRefusesBadSettings(t *testing.T) {
	s := newService(t, servicetoken.Config{})
	for _, status := range []int{-1, 100, 204, 302, 400} {
		_, err := s.GenerateEndpoint(servicetoken.EndpointConfig{Status: status})
		require.ErrorContains(t, err, "Status")
	}
	for _, status := range []int{0, http.StatusOK, http.StatusCreated} {
		_, err := s.GenerateEndpoint(servicetoken.EndpointConfig{Status: status})
		require.NoError(t, err)
	}
}

func TestKeysAreCopied(t *testing.T) {
	key := vectorKey()
	keys := []servicetoken.Key{key}
	s := newService(t, servicetoken.Config{Keys: keys})
	clear(key)
	keys[0] = nil
	token, _, err := s.Mint(t.Context(), "1")
	require.NoError(t, err)
	accepted(t, newService(t, servicetoken.Config{Keys: []servicetoken.Key{vectorKey()}}), token)
}

// TestNothingPrintsAKey looks for the key as text, as hex and as decimal bytes.
func TestNothingPrintsAKey(t *testing.T) {
	secret := servicetoken.Key(strings.Repeat("\xc3\xa9", 20))
	users := newStore(t, vectorUser())
	cfg := servicetoken.Config{Users: users, Keys: []servicetoken.Key{secret}, Realm: realm}
	s := newService(t, cfg)
	accepted(t, s, mustMint(t, s)) // so that there are keyed states in the pool
	var out bytes.Buffer
	text, asJSON := slog.New(slog.NewTextHandler(&out, nil)), slog.New(slog.NewJSONHandler(&out, nil))
	for _, v := range []any{secret, &secret, cfg, &cfg, cfg.Keys, s, struct{ S any }{s}, map[string]any{"k": secret}} {
		for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%d"} {
			fmt.Fprintf(&out, verb+"\n", v)
		}
		text.Info("x", "v", v)
		asJSON.Info("x", "v", v)
	}
	require.NoError(t, json.NewEncoder(&out).Encode([]any{secret, &secret, cfg.Keys, s}))
	fmt.Fprintln(&out, secret.String(), secret.GoString(), s.String())
	require.Contains(t, out.String(), "redacted")
	for _, leak := range []string{"é", "c3a9", "C3A9", "195 169", "0xc3", `\xc3`, "w6nDqc", vectorHash} {
		require.NotContains(t, out.String(), leak)
	}
}

func mustMint(t testing.TB, s *servicetoken.Service) string {
	t.Helper()
	token, _, err := s.Mint(t.Context(), "1")
	require.NoError(t, err)
	return token
}
