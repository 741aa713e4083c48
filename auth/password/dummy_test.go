package password_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/apiauth-go/apiauth/auth/password"
)

func TestVerifyOrDummyIsVerifyWithOneComputationAlways(t *testing.T) {
	h, count := newWeak(t)
	own, err := h.Hash("topsecret")
	require.NoError(t, err)
	password.SetDummy(h, own) // which is cheap, and must not match for all that
	count.take()
	for hash, format := range topsecret {
		for _, input := range []string{"topsecret", "wrong", ""} {
			ok, err := h.VerifyOrDummy(hash, input)
			require.NoError(t, err, hash)
			require.Equal(t, input == "topsecret", ok, hash)
			require.Equal(t, map[password.Format]int{format: 1}, count.take(), hash)
		}
	}
	h.VerifyDummy("topsecret")
	dummy := count.take()
	for _, test := range refused {
		ok, err := h.VerifyOrDummy(test.hash, "topsecret")
		require.ErrorIs(t, err, test.err, test.what)
		require.False(t, ok)
		require.Equal(t, dummy, count.take(), test.what)
	}
	for _, input := range []string{"P\x00P", "\xff", strings.Repeat("x", password.MaxInput+1)} {
		for _, hash := range []string{"", "$2y$04$abcdefghijklmnopqrstuuLPCpJ.Da5mFHkb0yK5Lq2Lbq8aBHNZa"} {
			ok, err := h.VerifyOrDummy(hash, input)
			require.ErrorIs(t, err, password.ErrInput)
			require.False(t, ok)
			require.Equal(t, dummy, count.take())
		}
	}
	for _, h := range []*password.Hasher{nil, {}} {
		ok, err := h.VerifyOrDummy("", "topsecret")
		require.ErrorIs(t, err, password.ErrNotConfigured)
		require.False(t, ok)
	}
}

// byFormat has a Hasher for each format whose dummy is of that format, and a record of it as a user would have.
func byFormat(t *testing.T) (hashers map[password.Format]*password.Hasher, records map[password.Format]string) {
	own := newHasher(t, password.Config{Argon2id: weak, InsecureWeakArgon2id: true})
	hash, err := own.Hash("topsecret")
	require.NoError(t, err)
	hashers = map[password.Format]*password.Hasher{password.Argon2id: own}
	for _, f := range []password.Format{password.Bcrypt, password.Drupal7} {
		hashers[f] = newHasher(t, password.Config{Argon2id: weak, InsecureWeakArgon2id: true, BcryptCost: 4, Accept: []password.Format{f}})
	}
	hashers[password.PHPass] = newHasher(t, password.Config{Argon2id: weak, InsecureWeakArgon2id: true, InsecureAcceptPHPass: true})
	return hashers, map[password.Format]string{
		password.Argon2id: hash,
		password.Bcrypt:   "$2y$04$" + bcryptTail,
		password.Drupal7:  "$S$E" + drupal7Tail,
		password.PHPass:   "$P$B" + phpassTail,
	}
}

// Whatever is known of a record that nobody has must be known of one that somebody has.
func TestTheDummyIsARecordLikeThoseOfUsers(t *testing.T) {
	hashers, records := byFormat(t)
	for format, h := range hashers {
		wantFormat, wantCost, err := password.Parse(records[format])
		require.NoError(t, err, format)
		gotFormat, gotCost, err := password.Parse(password.Dummy(h))
		require.NoError(t, err, format)
		require.Equal(t, format, gotFormat)
		require.Equal(t, wantFormat, gotFormat)
		require.Equal(t, wantCost, gotCost, format)
		require.Len(t, password.Dummy(h), len(records[format]), format)
	}
}

func TestTheDummyTakesAsManyAllocationsAsARecord(t *testing.T) {
	if raceEnabled {
		t.Skip("allocations cannot be counted under the race detector")
	}
	hashers, records := byFormat(t)
	for format, h := range hashers {
		allocs := func(hash string) float64 {
			return testing.AllocsPerRun(5, func() { _, _ = h.VerifyOrDummy(hash, "wrong") })
		}
		known := allocs(records[format])
		require.NotZero(t, known)
		require.Equal(t, known, allocs(""), format)
	}
}

func TestNothingMatchesTheDummy(t *testing.T) {
	h := newHasher(t, password.Config{Argon2id: weak, InsecureWeakArgon2id: true})
	hash, err := h.Hash("topsecret")
	require.NoError(t, err)
	password.SetDummy(h, hash)
	for _, record := range []string{"", "plain text", "$argon2id$"} {
		ok, err := h.VerifyOrDummy(record, "topsecret")
		require.False(t, ok)
		require.Error(t, err)
	}
}
