package auth_test

import (
	"bytes"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/apiauth-go/apiauth/auth"
)

func TestFloodLimitsAreChecked(t *testing.T) {
	users := newAccounts()
	good := auth.Rate{Max: 1, Window: time.Second}
	for want, bad := range map[string]auth.Rate{
		"Max":     {Max: 0, Window: time.Hour},
		"Max ":    {Max: -1, Window: time.Hour},
		"Max  ":   {Max: 10_001, Window: time.Hour},
		"Window":  {Max: 1},
		"Window ": {Max: 1, Window: -time.Hour},
		"Window_": {Max: 1, Window: time.Second - 1},
		"Window.": {Max: 1, Window: 366*24*time.Hour + 1},
	} {
		for name, limits := range map[string]auth.FloodLimits{
			"PerUserAndAddress": {PerUserAndAddress: bad, PerAddress: good},
			"PerAddress":        {PerAddress: bad},
			"PerUser":           {PerUser: bad, PerAddress: good},
			"RevokePerAddress":  {RevokePerAddress: bad},
		} {
			l, err := auth.NewLogin(auth.LoginConfig{Users: users, Flood: limits})
			require.Nil(t, l)
			require.ErrorContains(t, err, "FloodLimits."+name)
			require.ErrorContains(t, err, want[:3])
		}
	}
	for _, cfg := range []auth.LoginConfig{
		{Flood: auth.FloodLimits{PerUser: good}},
		{Flood: auth.FloodLimits{PerUser: auth.Rate{Max: 10_000, Window: 366 * 24 * time.Hour}}, Counters: auth.NewCounters(1)},
		{FloodKey: bytes.Repeat([]byte{1}, auth.MinFloodKey)},
	} {
		cfg.Users = users
		_, err := auth.NewLogin(cfg)
		require.NoError(t, err)
		cfg.SkipFloodControl = true
		_, err = auth.NewLogin(cfg)
		require.ErrorContains(t, err, "SkipFloodControl contradicts", "nobody is to believe that these limits hold")
	}
	for _, short := range []auth.FloodKey{{}, make([]byte, auth.MinFloodKey-1)} {
		l, err := auth.NewLogin(auth.LoginConfig{Users: users, FloodKey: short})
		require.Nil(t, l)
		require.ErrorContains(t, err, "FloodKey is shorter than 32 bytes")
	}
	_, err := auth.NewLogin(auth.LoginConfig{Users: users, FloodKey: make([]byte, auth.MinFloodKey)})
	require.ErrorContains(t, err, "FloodKey has only zero bytes: it was never filled")
	_, err = auth.NewLogin(auth.LoginConfig{Users: users, Counters: (*auth.Counters)(nil)})
	require.ErrorContains(t, err, "Counters")
}

func TestWithoutFloodControlNobodyIsLimited(t *testing.T) {
	d := newDoor(t, auth.LoginConfig{})
	d.Login = newLogin(t, auth.LoginConfig{Users: d.users, Hasher: d.h.Hasher})
	d.fail(from(here), "my_username", 200)
	require.Equal(t, "ok", d.try(from(here), "my_username", "topsecret"))
}
