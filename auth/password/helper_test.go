package password_test

import (
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/apiauth-go/apiauth/auth/password"
)

// weak makes the tests fast.
var weak = password.Argon2idParams{Memory: 64, Time: 1, Threads: 1}

// counter counts computations by format.
type counter struct {
	mu sync.Mutex
	n  map[password.Format]int
}

func (c *counter) add(f password.Format) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.n == nil {
		c.n = map[password.Format]int{}
	}
	c.n[f]++
}

// take returns the counts and starts anew.
func (c *counter) take() map[password.Format]int {
	c.mu.Lock()
	defer c.mu.Unlock()
	n := c.n
	c.n = nil
	return n
}

func newHasher(t testing.TB, cfg password.Config) *password.Hasher {
	t.Helper()
	h, err := password.New(cfg)
	require.NoError(t, err)
	return h
}

// newWeak returns a Hasher with weak parameters that accepts everything, and the counter of its computations.
func newWeak(t testing.TB) (*password.Hasher, *counter) {
	t.Helper()
	c := new(counter)
	return newHasher(t, password.Config{
		Argon2id:             weak,
		InsecureWeakArgon2id: true,
		Accept:               []password.Format{password.Bcrypt, password.Drupal7},
		InsecureAcceptPHPass: true,
		BcryptCost:           4,
		OnHash:               c.add,
	}), c
}

// Records of "topsecret" that are cheap to verify, one of each prefix.
var topsecret = map[string]password.Format{
	"$argon2id$v=19$m=64,t=1,p=1$Q2JTTGs0THlHR3NVNGxTWg$6DVM4O0bf1n85gVuMTBzX08KeZH9xieAtoaZYBIO7k0": password.Argon2id,
	"$2a$04$abcdefghijklmnopqrstuu6713Aafs.5Fl13bhEljD32S1Tq9MoGW":                                   password.Bcrypt,
	"$2b$04$abcdefghijklmnopqrstuu6713Aafs.5Fl13bhEljD32S1Tq9MoGW":                                   password.Bcrypt,
	"$2y$04$abcdefghijklmnopqrstuu6713Aafs.5Fl13bhEljD32S1Tq9MoGW":                                   password.Bcrypt,
	"$S$DObiphG/vEKkbXGK0F8XwRCstLZFuCs0z4Na9ZDn5XCXscbkwPAA":                                        password.Drupal7,
	"$P$BnDdrKLyK3U18U7eHP6mbTmSsFETaN/":                                                             password.PHPass,
	"$H$7moTFiFbfKfWUCPDrzuTvuQzvSvT.Y1":                                                             password.PHPass,
	"U$S$95gonUEK33SS3LF9obhmMFNe7yeBYTl/A2HoPrz/zBxDjv1/hA.6":                                       password.PHPass,
	"U$P$9d.Md.FmTjj8q9TrsugTEAPhj4/vMN1":                                                            password.PHPass,
}
