package password_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/apiauth-go/apiauth/auth/password"
)

const (
	salt = "c29tZXNhbHQ"                                 // 8 bytes
	key  = "CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc" // 32 bytes
	tail = "$" + salt + "$" + key

	bcryptTail  = "abcdefghijklmnopqrstuu6713Aafs.5Fl13bhEljD32S1Tq9MoGW"
	drupal7Tail = "ObiphG/vEKkbXGK0F8XwRCstLZFuCs0z4Na9ZDn5XCXscbkwPAA"
	phpassTail  = "IQRaTwmfeRo7ud9Fh4E2PdI0S3r.L0"
)

// refused are records that Verify does not take, and why.
var refused = []struct {
	what string
	hash string
	err  error
}{
	{"no record", "", password.ErrUnsupported},
	{"plain text", "topsecret", password.ErrUnsupported},
	{"bare MD5", "8846f7eaee8fb117ad06bdd830b7586c", password.ErrUnsupported},
	{"bare SHA-1", "5baa61e4c9b93f3f0682250b6cf8331b7ee68fd8", password.ErrUnsupported},
	{"LDAP SHA-1", "{SHA}W6ph5Mm5Pz8GgiULbPgzG37mj9g=", password.ErrUnsupported},
	{"DES crypt", "rl.3StKT.4T8M", password.ErrUnsupported},
	{"MD5 crypt", "$1$abcdefgh$irWbblnpmw.5z7wgBnprh0", password.ErrUnsupported},
	{"SHA-256 crypt", "$5$abcdefgh$ZLdkj8mkc2XVSrPVjskDAgZPGjtj1VGVaa1aUkrMTU/", password.ErrUnsupported},
	{"SHA-512 crypt", "$6$abcdefgh$yVfUwsw5T.JApa8POvClA1pQ5peiq97DUNyXCZN5IrF.BMSkiaLQ5kvpuEm/VQ1Tvh/KV2TcaWh8qinoW5dhA1", password.ErrUnsupported},
	{"yescrypt", "$y$j9T$abcdefgh$Zz", password.ErrUnsupported},
	{"scrypt", "$scrypt$ln=16,r=8,p=1$" + salt + "$" + key, password.ErrUnsupported},
	{"argon2i", "$argon2i$v=19$m=65536,t=2,p=1" + tail, password.ErrUnsupported},
	{"argon2d", "$argon2d$v=19$m=65536,t=2,p=1" + tail, password.ErrUnsupported},
	{"upper case", "$ARGON2ID$v=19$m=65536,t=2,p=1" + tail, password.ErrUnsupported},
	{"blank in front", " $argon2id$v=19$m=65536,t=2,p=1" + tail, password.ErrUnsupported},

	{"argon2id version 16", "$argon2id$v=16$m=65536,t=2,p=1" + tail, password.ErrUnsupported},
	{"argon2id version 20", "$argon2id$v=20$m=65536,t=2,p=1" + tail, password.ErrUnsupported},
	{"argon2id version with zero", "$argon2id$v=019$m=65536,t=2,p=1" + tail, password.ErrUnsupported},
	{"argon2id without version, which means 16", "$argon2id$m=65536,t=2,p=1" + tail, password.ErrUnsupported},
	{"argon2id with keyid", "$argon2id$v=19$m=65536,t=2,p=1,keyid=Zm9v" + tail, password.ErrUnsupported},
	{"argon2id with data", "$argon2id$v=19$m=65536,t=2,p=1,data=Zm9v" + tail, password.ErrUnsupported},
	{"argon2id alone", "$argon2id$v=19$", password.ErrMalformed},
	{"argon2id without hash", "$argon2id$v=19$m=65536,t=2,p=1$" + salt, password.ErrMalformed},
	{"argon2id with one more field", "$argon2id$v=19$m=65536,t=2,p=1" + tail + "$", password.ErrMalformed},
	{"argon2id order", "$argon2id$v=19$t=2,m=65536,p=1" + tail, password.ErrMalformed},
	{"argon2id without p", "$argon2id$v=19$m=65536,t=2" + tail, password.ErrMalformed},
	{"argon2id without t", "$argon2id$v=19$m=65536,p=1,p=1" + tail, password.ErrMalformed},
	{"argon2id empty number", "$argon2id$v=19$m=,t=2,p=1" + tail, password.ErrMalformed},
	{"argon2id plus sign", "$argon2id$v=19$m=+65536,t=2,p=1" + tail, password.ErrMalformed},
	{"argon2id minus sign", "$argon2id$v=19$m=65536,t=-2,p=1" + tail, password.ErrMalformed},
	{"argon2id leading zero", "$argon2id$v=19$m=065536,t=2,p=1" + tail, password.ErrMalformed},
	{"argon2id hexadecimal", "$argon2id$v=19$m=0x100,t=2,p=1" + tail, password.ErrMalformed},
	{"argon2id underscore", "$argon2id$v=19$m=65_536,t=2,p=1" + tail, password.ErrMalformed},
	{"argon2id blank", "$argon2id$v=19$m=65536, t=2,p=1" + tail, password.ErrMalformed},
	{"argon2id memory of 33 bits", "$argon2id$v=19$m=4294967296,t=2,p=1" + tail, password.ErrMalformed},
	{"argon2id time of 400 digits", "$argon2id$v=19$m=65536,t=" + strings.Repeat("9", 400) + ",p=1" + tail, password.ErrMalformed},
	{"argon2id memory zero", "$argon2id$v=19$m=0,t=2,p=1" + tail, password.ErrMalformed},
	{"argon2id time zero, on which x/crypto panics", "$argon2id$v=19$m=65536,t=0,p=1" + tail, password.ErrMalformed},
	{"argon2id threads zero, on which x/crypto panics", "$argon2id$v=19$m=65536,t=2,p=0" + tail, password.ErrMalformed},
	{"argon2id memory under 8 per thread", "$argon2id$v=19$m=31,t=2,p=4" + tail, password.ErrMalformed},
	{"argon2id threads that are zero in 8 bits", "$argon2id$v=19$m=65536,t=2,p=256" + tail, password.ErrCost},
	{"argon2id memory over 256 MiB", "$argon2id$v=19$m=262145,t=1,p=1" + tail, password.ErrCost},
	{"argon2id memory of 4 TiB", "$argon2id$v=19$m=4294967295,t=1,p=1" + tail, password.ErrCost},
	{"argon2id time over 64", "$argon2id$v=19$m=64,t=65,p=1" + tail, password.ErrCost},
	{"argon2id threads over 64", "$argon2id$v=19$m=65536,t=2,p=65" + tail, password.ErrCost},
	{"argon2id total over 2 GiB", "$argon2id$v=19$m=262144,t=9,p=1" + tail, password.ErrCost},
	{"argon2id salt of 7 bytes", "$argon2id$v=19$m=64,t=1,p=1$c29tZXNhbA$" + key, password.ErrMalformed},
	{"argon2id salt of 65 bytes", "$argon2id$v=19$m=64,t=1,p=1$" + strings.Repeat("AAAA", 21) + "AAA$" + key, password.ErrMalformed},
	{"argon2id hash of 15 bytes", "$argon2id$v=19$m=64,t=1,p=1$" + salt + "$AAAAAAAAAAAAAAAAAAAA", password.ErrMalformed},
	{"argon2id hash of 65 bytes", "$argon2id$v=19$m=64,t=1,p=1$" + salt + "$" + strings.Repeat("AAAA", 21) + "AAA", password.ErrMalformed},
	{"argon2id hash of 1 MiB", "$argon2id$v=19$m=64,t=1,p=1$" + salt + "$" + strings.Repeat("AAAA", 1<<18), password.ErrMalformed},
	{"argon2id salt empty", "$argon2id$v=19$m=64,t=1,p=1$$" + key, password.ErrMalformed},
	{"argon2id padding", "$argon2id$v=19$m=64,t=1,p=1" + tail + "=", password.ErrMalformed},
	{"argon2id line break", "$argon2id$v=19$m=64,t=1,p=1" + tail + "\n", password.ErrMalformed},
	{"argon2id line break inside", "$argon2id$v=19$m=64,t=1,p=1$c29t\r\nZXNhbHQ$" + key, password.ErrMalformed},
	{"argon2id URL alphabet", "$argon2id$v=19$m=64,t=1,p=1$c29tZXN_bHQ$" + key, password.ErrMalformed},
	{"argon2id trailing bits in the salt", "$argon2id$v=19$m=64,t=1,p=1$c29tZXNhbHR$" + key, password.ErrMalformed},
	{"argon2id trailing bits in the hash", "$argon2id$v=19$m=64,t=1,p=1$" + salt + "$" + key[:42] + "d", password.ErrMalformed},

	{"bcrypt $2$", "$2$04$" + bcryptTail, password.ErrUnsupported},
	{"bcrypt $2x$", "$2x$04$" + bcryptTail, password.ErrUnsupported},
	{"bcrypt $2z$", "$2z$04$" + bcryptTail, password.ErrUnsupported},
	{"bcrypt alone", "$2y$", password.ErrMalformed},
	{"bcrypt too short", "$2y$04$" + bcryptTail[1:], password.ErrMalformed},
	{"bcrypt too long", "$2y$04$" + bcryptTail + "a", password.ErrMalformed},
	{"bcrypt one digit", "$2y$4$" + bcryptTail + "a", password.ErrMalformed},
	{"bcrypt sign", "$2y$+4$" + bcryptTail, password.ErrMalformed},
	{"bcrypt cost 0", "$2y$00$" + bcryptTail, password.ErrMalformed},
	{"bcrypt cost 3", "$2y$03$" + bcryptTail, password.ErrMalformed},
	{"bcrypt cost 17", "$2y$17$" + bcryptTail, password.ErrCost},
	{"bcrypt cost 31", "$2y$31$" + bcryptTail, password.ErrCost},
	{"bcrypt cost 32", "$2y$32$" + bcryptTail, password.ErrMalformed},
	{"bcrypt separator", "$2y$04." + bcryptTail, password.ErrMalformed},
	{"bcrypt alphabet", "$2y$04$" + bcryptTail[:52] + "+", password.ErrMalformed},
	{"bcrypt line break", "$2y$04$" + bcryptTail[:52] + "\n", password.ErrMalformed},
	{"bcrypt alphabet inside", "$2y$04$" + bcryptTail[:30] + "=" + bcryptTail[31:], password.ErrMalformed},

	{"Drupal 7 alone", "$S$", password.ErrMalformed},
	{"Drupal 7 too short", "$S$D" + drupal7Tail[1:], password.ErrMalformed},
	{"Drupal 7 too long", "$S$D" + drupal7Tail + "a", password.ErrMalformed},
	{"Drupal 7 2^6", "$S$4" + drupal7Tail, password.ErrMalformed},
	{"Drupal 7 2^0", "$S$." + drupal7Tail, password.ErrMalformed},
	{"Drupal 7 2^21", "$S$J" + drupal7Tail, password.ErrCost},
	{"Drupal 7 2^30", "$S$S" + drupal7Tail, password.ErrCost},
	{"Drupal 7 2^31", "$S$T" + drupal7Tail, password.ErrMalformed},
	{"Drupal 7 2^63", "$S$z" + drupal7Tail, password.ErrMalformed},
	{"Drupal 7 count not a digit", "$S$$" + drupal7Tail, password.ErrMalformed},
	{"Drupal 7 alphabet", "$S$D" + drupal7Tail[:50] + "+", password.ErrMalformed},
	{"Drupal 7 upgraded, too long", "U$S$D" + drupal7Tail + "a", password.ErrMalformed},
	{"Drupal 7 upgraded twice", "UU$S$D" + drupal7Tail, password.ErrUnsupported},
	{"Drupal 7 SHA-256", "$Q$D" + drupal7Tail, password.ErrUnsupported},

	{"phpass too short", "$P$9" + phpassTail[1:], password.ErrMalformed},
	{"phpass too long", "$H$9" + phpassTail + "a", password.ErrMalformed},
	{"phpass 2^6", "$P$4" + phpassTail, password.ErrMalformed},
	{"phpass 2^21", "$H$J" + phpassTail, password.ErrCost},
	{"phpass 2^31", "U$P$T" + phpassTail, password.ErrMalformed},
	{"phpass alphabet", "$P$9" + phpassTail[:26] + "!.L0", password.ErrMalformed},
	{"bare MD5 upgraded", "U$8846f7eaee8fb117ad06bdd830b7586c", password.ErrUnsupported},
}

// TestRefusedRecords: nothing is computed, nothing matches, and the error holds nothing of the record.
func TestRefusedRecords(t *testing.T) {
	h, count := newWeak(t)
	for _, test := range refused {
		t.Run(test.what, func(t *testing.T) {
			ok, err := h.Verify(test.hash, "topsecret")
			require.ErrorIs(t, err, test.err)
			require.False(t, ok)
			require.Empty(t, count.take())
			require.NotContains(t, err.Error(), "topsecret")
			for _, part := range strings.FieldsFunc(test.hash, func(r rune) bool { return strings.ContainsRune("$,", r) }) {
				if len(part) > 8 && part != "argon2id" {
					require.NotContains(t, err.Error(), part)
				}
			}
			require.True(t, h.NeedsRehash(test.hash))
		})
	}
}

// TestLimitsAreReachable: the record at each limit is still read.
func TestLimitsAreReachable(t *testing.T) {
	long := strings.Repeat("AAAA", 21) + "AA" // 64 bytes
	for _, hash := range []string{
		"$argon2id$v=19$m=262144,t=8,p=64$" + long + "$" + long,
		"$argon2id$v=19$m=32768,t=64,p=1" + tail,
		"$argon2id$v=19$m=8,t=1,p=1$" + salt + "$AAAAAAAAAAAAAAAAAAAAAA",
		"$2y$04$" + bcryptTail, "$2y$16$" + bcryptTail,
		"$S$5" + drupal7Tail, "$S$I" + drupal7Tail,
		"$P$5" + phpassTail, "U$H$I" + phpassTail,
	} {
		_, _, err := password.Parse(hash)
		require.NoError(t, err, hash)
	}
}
