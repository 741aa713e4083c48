package password_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/apiauth-go/apiauth/auth/password"
)

// TestVectors verifies records that other programs wrote; each file says which. The right password matches, another one
// does not, and both cost one computation of the format that the file's name begins with.
func TestVectors(t *testing.T) {
	files, err := filepath.Glob("testdata/*.json")
	require.NoError(t, err)
	require.NotEmpty(t, files)
	h, count := newWeak(t)
	for _, file := range files {
		t.Run(filepath.Base(file), func(t *testing.T) {
			text, err := os.ReadFile(file)
			require.NoError(t, err)
			var data struct {
				Origin  string
				Vectors []struct{ Password, Hash string }
			}
			require.NoError(t, json.Unmarshal(text, &data))
			require.NotEmpty(t, data.Origin)
			require.NotEmpty(t, data.Vectors)
			name, _, _ := strings.Cut(strings.TrimSuffix(filepath.Base(file), ".json"), "_")
			once := map[password.Format]int{password.Format(name): 1}

			for _, v := range data.Vectors {
				ok, err := h.Verify(v.Hash, v.Password)
				require.NoError(t, err, v.Hash)
				require.True(t, ok, v.Hash)
				require.Equal(t, once, count.take(), v.Hash)

				if _, cost, err := password.Parse(v.Hash); err != nil || cost > 30_000_000 {
					continue // a second computation would make the test slow
				}
				ok, err = h.Verify(v.Hash, "another")
				require.NoError(t, err, v.Hash)
				require.False(t, ok, v.Hash)
				require.Equal(t, once, count.take(), v.Hash)
			}
		})
	}
}

// TestEachCharacterCounts changes each character of the hash part of a record; nothing may match any more.
func TestEachCharacterCounts(t *testing.T) {
	h, _ := newWeak(t)
	for hash := range topsecret {
		if strings.HasPrefix(hash, "$S$") {
			hash = "$S$5N/ntXPbqS/s.urFEsT5ufrU6A4KGjixVe9N/7GrMD.avw9K2hRz" // of another password, cheaper
		}
		start := len(hash) - 20
		for i := start; i < len(hash); i++ {
			b := []byte(hash)
			b[i] = 'A' + (b[i]+1)%26
			if string(b) == hash {
				continue
			}
			ok, err := h.Verify(string(b), "topsecret")
			if err != nil {
				require.ErrorIs(t, err, password.ErrMalformed) // trailing bits of base64
			}
			require.False(t, ok, "%s", b)
		}
	}
}

// TestBcryptUnusedSaltBits: 22 characters hold 132 bits, the salt has 128.
func TestBcryptUnusedSaltBits(t *testing.T) {
	h, _ := newWeak(t)
	ok, err := h.Verify("$2y$04$abcdefghijklmnopqrstuv6713Aafs.5Fl13bhEljD32S1Tq9MoGW", "topsecret")
	require.NoError(t, err)
	require.True(t, ok)
}
