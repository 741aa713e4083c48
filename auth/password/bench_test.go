package password_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/apiauth-go/apiauth/auth/password"
)

// BenchmarkVerify compares the formats at their typical costs. The static cost model is derived from it.
func BenchmarkVerify(b *testing.B) {
	h, err := password.New(password.Config{
		Accept: []password.Format{password.Bcrypt, password.Drupal7}, InsecureAcceptPHPass: true,
	})
	require.NoError(b, err)
	own, err := h.Hash("topsecret")
	require.NoError(b, err)
	for _, bm := range []struct{ name, hash string }{
		{"argon2id-default", own},
		{"argon2id-php", "$argon2id$v=19$m=65536,t=4,p=1$anVOWE44Q2tSLlN2VGZ4SQ$MAsUOa8xJr5DavdRGvx+Fs7KtSjF03AJsum/+6GLC1g"},
		{"bcrypt-10", "$2y$10$jdpfG/Iq8rNaTkjZ0mRVRumDbav44iFDYufqWtzG5UDIbKDNQOqWG"},
		{"drupal7-D", "$S$DObiphG/vEKkbXGK0F8XwRCstLZFuCs0z4Na9ZDn5XCXscbkwPAA"},
		{"drupal7-E", "$S$EzRYzd3c44490S8VpWcBl3oHzyp/KhvzpkmG5w/bMyxB9wKgpEVp"},
		{"phpass-B", "$P$BnDdrKLyK3U18U7eHP6mbTmSsFETaN/"},
	} {
		b.Run(bm.name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				ok, err := h.Verify(bm.hash, "topsecret")
				if !ok || err != nil {
					b.Fatal(ok, err)
				}
			}
		})
	}
}
