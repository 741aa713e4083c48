package password_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/apiauth-go/apiauth/auth/password"
)

func TestConfigIsRefused(t *testing.T) {
	for _, test := range []struct {
		name string
		cfg  password.Config
		want string // part of the error
	}{
		{"less memory", password.Config{Argon2id: password.Argon2idParams{Memory: 19455, Time: 3}}, "Config.Argon2id"},
		{"one pass", password.Config{Argon2id: password.Argon2idParams{Time: 1}}, "Config.Argon2id"},
		{"one pass, not twice the memory", password.Config{Argon2id: password.Argon2idParams{Memory: 38911, Time: 1}}, "InsecureWeakArgon2id"},
		{"too much memory", password.Config{Argon2id: password.Argon2idParams{Memory: 256*1024 + 1}}, "Config.Argon2id"},
		{"too many passes", password.Config{Argon2id: password.Argon2idParams{Time: 65}}, "Config.Argon2id"},
		{"too much work", password.Config{Argon2id: password.Argon2idParams{Memory: 256 * 1024, Time: 9}}, "Config.Argon2id"},
		{"too many threads", password.Config{Argon2id: password.Argon2idParams{Threads: 65}}, "Config.Argon2id"},
		{"memory under 8 per thread", password.Config{
			Argon2id: password.Argon2idParams{Memory: 15, Threads: 2}, InsecureWeakArgon2id: true,
		}, "Config.Argon2id"},
		{"unknown format", password.Config{Accept: []password.Format{"md5"}}, "Config.Accept"},
		{"phpass by the wrong door", password.Config{Accept: []password.Format{password.PHPass}}, "InsecureAcceptPHPass"},
		{"phpass by both doors", password.Config{
			Accept: []password.Format{password.PHPass}, InsecureAcceptPHPass: true,
		}, "Config.Accept"},
		{"bcrypt cost too low", password.Config{BcryptCost: 3}, "Config.BcryptCost"},
		{"bcrypt cost too high", password.Config{BcryptCost: 17}, "Config.BcryptCost"},
		{"bcrypt cost negative", password.Config{BcryptCost: -1}, "Config.BcryptCost"},
	} {
		t.Run(test.name, func(t *testing.T) {
			h, err := password.New(test.cfg)
			require.ErrorContains(t, err, test.want)
			require.Nil(t, h)
		})
	}
}

func TestConfigIsAccepted(t *testing.T) {
	for _, cfg := range []password.Config{
		{},
		{Argon2id: password.Argon2idParams{Memory: 46 * 1024, Time: 1}}, // OWASP's equivalent of the default
		{Argon2id: password.Argon2idParams{Memory: 64 * 1024, Time: 3, Threads: 4}},
		{Argon2id: password.Argon2idParams{Memory: 256 * 1024, Time: 8, Threads: 64}},
		{Argon2id: password.Argon2idParams{Memory: 8, Time: 1}, InsecureWeakArgon2id: true},
		{BcryptCost: 4}, {BcryptCost: 16},
	} {
		_, err := password.New(cfg)
		require.NoError(t, err)
	}
}

func TestConfigIsCopied(t *testing.T) {
	list := []password.Format{password.Argon2id}
	h := newHasher(t, password.Config{Argon2id: weak, InsecureWeakArgon2id: true, Accept: list})
	list[0] = password.Bcrypt
	_, err := h.Verify("$2y$04$"+bcryptTail, "topsecret")
	require.ErrorIs(t, err, password.ErrUnsupported)
}
