package password_test

import (
	"errors"
	"fmt"
	"runtime"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"
	"golang.org/x/crypto/bcrypt"

	"github.com/apiauth-go/apiauth/auth/password"
)

func TestHashIsArgon2idWithTheDefaultParameters(t *testing.T) {
	h := newHasher(t, password.Config{})
	hash, err := h.Hash("topsecret")
	require.NoError(t, err)
	require.Regexp(t, `^\$argon2id\$v=19\$m=19456,t=2,p=1\$[A-Za-z0-9+/]{22}\$[A-Za-z0-9+/]{43}$`, hash)
	ok, err := h.Verify(hash, "topsecret")
	require.NoError(t, err)
	require.True(t, ok)
	ok, err = h.Verify(hash, "topsecreT")
	require.NoError(t, err)
	require.False(t, ok)
}

func TestHashSaltsEachTime(t *testing.T) {
	h, count := newWeak(t)
	a, err := h.Hash("topsecret")
	require.NoError(t, err)
	b, err := h.Hash("topsecret")
	require.NoError(t, err)
	require.NotEqual(t, a, b)
	require.Equal(t, map[password.Format]int{password.Argon2id: 2}, count.take())
}

func TestHashRefusesTheEmptyPassword(t *testing.T) {
	h, count := newWeak(t)
	_, err := h.Hash("")
	require.ErrorIs(t, err, password.ErrInput)
	require.Empty(t, count.take())
}

func TestMD5FormatsAreRefusedUnlessEnabledByName(t *testing.T) {
	count := new(counter)
	h := newHasher(t, password.Config{
		Argon2id: weak, InsecureWeakArgon2id: true, OnHash: count.add,
		Accept: []password.Format{password.Bcrypt, password.Drupal7},
	})
	for hash, format := range topsecret {
		ok, err := h.Verify(hash, "topsecret")
		if format == password.PHPass {
			require.ErrorIs(t, err, password.ErrUnsupported, hash)
			require.False(t, ok)
			require.Empty(t, count.take())
		} else {
			require.NoError(t, err, hash)
			require.True(t, ok, hash)
			require.Equal(t, map[password.Format]int{format: 1}, count.take())
		}
	}
}

func TestOnlyListedFormatsAreAccepted(t *testing.T) {
	for _, accept := range []password.Format{password.Argon2id, password.Bcrypt, password.Drupal7} {
		h := newHasher(t, password.Config{
			Argon2id: weak, InsecureWeakArgon2id: true, Accept: []password.Format{accept},
		})
		for hash, format := range topsecret {
			ok, err := h.Verify(hash, "topsecret")
			if format == password.Argon2id || format == accept {
				require.NoError(t, err, hash)
				require.True(t, ok, hash)
			} else {
				require.ErrorIs(t, err, password.ErrUnsupported, hash)
			}
		}
	}
}

func TestOnlyArgon2idIsAcceptedByDefault(t *testing.T) {
	h := newHasher(t, password.Config{Argon2id: weak, InsecureWeakArgon2id: true})
	for hash, format := range topsecret {
		ok, err := h.Verify(hash, "topsecret")
		require.Equal(t, format == password.Argon2id, ok, hash)
		require.Equal(t, format != password.Argon2id, errors.Is(err, password.ErrUnsupported), hash)
	}
}

func TestOneComputationPerVerifyMatchOrNot(t *testing.T) {
	h, count := newWeak(t)
	for hash, format := range topsecret {
		for _, input := range []string{"topsecret", "wrong", ""} {
			ok, err := h.Verify(hash, input)
			require.NoError(t, err, hash)
			require.Equal(t, input == "topsecret", ok, hash)
			require.Equal(t, map[password.Format]int{format: 1}, count.take(), hash)
		}
	}
}

func TestOneComputationPerVerifyDummyWhateverTheInput(t *testing.T) {
	h, count := newWeak(t)
	for _, input := range []string{
		"", "topsecret", "P\x00P", "\xff", strings.Repeat("x", 73), strings.Repeat("x", 1<<20),
	} {
		h.VerifyDummy(input)
		total := 0
		for _, n := range count.take() {
			total += n
		}
		require.Equal(t, 1, total)
	}
}

func TestVerifyDummyIsOfTheSlowestAcceptedFormat(t *testing.T) {
	strong := password.Argon2idParams{Memory: 64 * 1024, Time: 2}
	for _, test := range []struct {
		name string
		cfg  password.Config
		want password.Format
	}{
		{"default", password.Config{}, password.Argon2id},
		{"bcrypt", password.Config{Accept: []password.Format{password.Bcrypt}}, password.Bcrypt},
		{"argon2id alone", password.Config{Accept: []password.Format{password.Argon2id}}, password.Argon2id},
		{"Drupal 7 is cheaper", password.Config{Accept: []password.Format{password.Drupal7}}, password.Argon2id},
		{"phpass is cheaper", password.Config{Accept: []password.Format{password.Argon2id}, InsecureAcceptPHPass: true}, password.Argon2id},
		{"strong argon2id", password.Config{Argon2id: strong, Accept: []password.Format{password.Bcrypt}}, password.Argon2id},
		{"expensive bcrypt", password.Config{Argon2id: strong, Accept: []password.Format{password.Bcrypt}, BcryptCost: 11}, password.Bcrypt},
		{"cheap bcrypt", password.Config{Accept: []password.Format{password.Bcrypt}, BcryptCost: 8}, password.Argon2id},
		{"weak argon2id", password.Config{
			Argon2id: weak, InsecureWeakArgon2id: true, Accept: []password.Format{password.Drupal7},
		}, password.Drupal7},
	} {
		t.Run(test.name, func(t *testing.T) {
			count := new(counter)
			test.cfg.OnHash = count.add
			newHasher(t, test.cfg).VerifyDummy("topsecret")
			require.Equal(t, map[password.Format]int{test.want: 1}, count.take())
		})
	}
}

func TestDummyIsRandomPerHasher(t *testing.T) {
	for _, f := range []password.Format{password.Argon2id, password.Bcrypt, password.Drupal7} {
		cfg := password.Config{Argon2id: weak, InsecureWeakArgon2id: true, Accept: []password.Format{f}}
		a, b := newHasher(t, cfg), newHasher(t, cfg)
		require.NotEqual(t, password.Dummy(a), password.Dummy(b))
	}
}

func TestInputIsRefusedBeforeHashing(t *testing.T) {
	h, count := newWeak(t)
	inputs := []string{strings.Repeat("x", password.MaxInput+1), "a\xff", "\xc0\x80", "\xed\xa0\x80"}
	for c := rune(0); c < 0xa0; c++ {
		if c < 0x20 || c >= 0x7f {
			inputs = append(inputs, "a"+string(c)+"b", string(c), "b"+string(c))
		}
	}
	for _, input := range inputs {
		require.ErrorIs(t, password.CheckInput(input), password.ErrInput, "%q", input)
		_, err := h.Hash(input)
		require.ErrorIs(t, err, password.ErrInput, "%q", input)
		for hash := range topsecret {
			ok, err := h.Verify(hash, input)
			require.ErrorIs(t, err, password.ErrInput, "%q", input)
			require.False(t, ok)
		}
	}
	require.Empty(t, count.take())
}

func TestInputIsAccepted(t *testing.T) {
	h, _ := newWeak(t)
	for _, input := range []string{
		" ", "a:b", "pässwörd €", "\u00a0", "\U0001f511", "\ufffd", strings.Repeat("x", password.MaxInput),
	} {
		require.NoError(t, password.CheckInput(input))
		hash, err := h.Hash(input)
		require.NoError(t, err)
		ok, err := h.Verify(hash, input)
		require.NoError(t, err)
		require.True(t, ok, "%q", input)
	}
	require.NoError(t, password.CheckInput(""))
}

// TestBcryptNUL: the hash of "P", written by PHP, is also the hash of "P\x00P" for the implementation underneath.
func TestBcryptNUL(t *testing.T) {
	const hash = "$2y$04$abcdefghijklmnopqrstuuLPCpJ.Da5mFHkb0yK5Lq2Lbq8aBHNZa"
	require.NoError(t, bcrypt.CompareHashAndPassword([]byte(hash), []byte("P\x00P")), "the danger is gone")
	h, count := newWeak(t)
	ok, err := h.Verify(hash, "P")
	require.NoError(t, err)
	require.True(t, ok)
	count.take()
	ok, err = h.Verify(hash, "P\x00P")
	require.ErrorIs(t, err, password.ErrInput)
	require.False(t, ok)
	require.Empty(t, count.take())
}

// TestBcrypt73Bytes: the hash of 72 bytes, written by PHP, matches any longer password for the implementation
// underneath.
func TestBcrypt73Bytes(t *testing.T) {
	const hash = "$2y$04$abcdefghijklmnopqrstuubzadhGtS2zEF.gu0yd0opP6cVzb.e0i"
	x72 := strings.Repeat("x", 72)
	require.NoError(t, bcrypt.CompareHashAndPassword([]byte(hash), []byte(x72+"y")), "the danger is gone")
	h, count := newWeak(t)
	ok, err := h.Verify(hash, x72)
	require.NoError(t, err)
	require.True(t, ok)
	count.take()
	for _, input := range []string{x72 + "x", x72 + "y", strings.Repeat("é", 37)} {
		require.NoError(t, password.CheckInput(input))
		ok, err = h.Verify(hash, input)
		require.ErrorIs(t, err, password.ErrInput)
		require.False(t, ok)
		require.Empty(t, count.take())
	}
}

func TestNeedsRehash(t *testing.T) {
	h := newHasher(t, password.Config{Argon2id: password.Argon2idParams{Memory: 64 * 1024, Time: 3, Threads: 2}})
	const long = "$" + "AAAAAAAAAAAAAAAAAAAAAA" + "$" + key // salt of 16 bytes
	for hash, want := range map[string]bool{
		"$argon2id$v=19$m=65536,t=3,p=2" + long:                                        false,
		"$argon2id$v=19$m=131072,t=4,p=4" + long:                                       false,
		"$argon2id$v=19$m=65535,t=3,p=2" + long:                                        true,
		"$argon2id$v=19$m=65536,t=2,p=2" + long:                                        true,
		"$argon2id$v=19$m=65536,t=3,p=1" + long:                                        true,
		"$argon2id$v=19$m=65536,t=3,p=2" + tail:                                        true, // salt of 8 bytes
		"$argon2id$v=19$m=65536,t=3,p=2$AAAAAAAAAAAAAAAAAAAAAA$AAAAAAAAAAAAAAAAAAAAAA": true, // hash of 16 bytes
	} {
		require.Equal(t, want, h.NeedsRehash(hash), hash)
	}
	for hash := range topsecret {
		require.True(t, h.NeedsRehash(hash), hash)
	}
	own, err := h.Hash("topsecret")
	require.NoError(t, err)
	require.False(t, h.NeedsRehash(own))
}

func TestNilAndZeroHasherRefuse(t *testing.T) {
	for _, h := range []*password.Hasher{nil, {}} {
		_, err := h.Hash("topsecret")
		require.ErrorIs(t, err, password.ErrNotConfigured)
		for hash := range topsecret {
			ok, err := h.Verify(hash, "topsecret")
			require.ErrorIs(t, err, password.ErrNotConfigured)
			require.False(t, ok)
			require.False(t, h.NeedsRehash(hash))
		}
		h.VerifyDummy("topsecret")
	}
}

func TestPrintingAHasherShowsNothing(t *testing.T) {
	h := newHasher(t, password.Config{Accept: []password.Format{password.Bcrypt}})
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%d", "%x"} {
		require.Equal(t, "password.Hasher(argon2id m=19456,t=2,p=1)", fmt.Sprintf(verb, h), verb)
		require.Equal(t, "password.Hasher(argon2id m=19456,t=2,p=1)", fmt.Sprintf(verb, *h), verb)
	}
	require.Equal(t, "password.Hasher(not configured)", fmt.Sprint(password.Hasher{}))
	require.Equal(t, "<nil>", fmt.Sprint((*password.Hasher)(nil)))
}

// TestRecordsAllocateLittle: a huge record, whatever it begins with, is refused before it is split or decoded.
func TestRecordsAllocateLittle(t *testing.T) {
	for _, start := range []string{
		"", "$argon2id$v=19$", "$argon2id$v=19$m=64,t=1,p=1$", "$argon2id$v=19$m=64,t=1,p=1" + tail,
		"$2y$04$", "$S$D", "$P$9", "U$S$D",
	} {
		for _, filler := range []string{"$", ",", "A", "9"} {
			hash := start + strings.Repeat(filler, 1<<22)
			var before, after runtime.MemStats
			runtime.ReadMemStats(&before)
			_, _, err := password.Parse(hash)
			runtime.ReadMemStats(&after)
			require.Error(t, err)
			require.Less(t, after.TotalAlloc-before.TotalAlloc, uint64(64<<10))
		}
	}
}

func TestConcurrentUse(t *testing.T) {
	h, count := newWeak(t)
	var wg sync.WaitGroup
	for i := range 8 {
		wg.Go(func() {
			input := fmt.Sprintf("topsecret %d", i)
			for range 4 {
				hash, err := h.Hash(input)
				if err != nil {
					t.Error(err)
				}
				ok, err := h.Verify(hash, input)
				if !ok || err != nil || h.NeedsRehash(hash) {
					t.Error(ok, err)
				}
				h.VerifyDummy(input)
			}
		})
	}
	wg.Wait()
	total := 0
	for _, n := range count.take() {
		total += n
	}
	require.Equal(t, 8*4*3, total)
}
