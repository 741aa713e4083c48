package storetest_test

import (
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/stretchr/testify/require"

	"github.com/apiauth-go/apiauth/store"
	"github.com/apiauth-go/apiauth/store/memstore"
	"github.com/apiauth-go/apiauth/store/storetest"
)

// In the tests of a store this is func TestUserStore(t *testing.T).
func ExampleTestUserStore() {
	_ = func(t *testing.T) {
		storetest.TestUserStore(t, func(t *testing.T) storetest.UserHarness {
			s, err := memstore.New(nil)
			require.NoError(t, err)
			return storetest.UserHarness{Store: s, Put: s.PutUser}
		})
	}
}

// A store that outlives the process is opened anew in between, and says what its database cannot keep.
func ExampleTestTokenStore() {
	open := func(t *testing.T, dir string) *memstore.Store { // opens the files in dir and closes them by t.Cleanup
		s, err := memstore.New(nil)
		require.NoError(t, err)
		return s
	}
	_ = func(t *testing.T) {
		storetest.TestTokenStore(t, func(t *testing.T) storetest.TokenHarness {
			dir := t.TempDir()
			return storetest.TokenHarness{
				Store:       open(t, dir),
				Reopen:      func() store.TokenStore { return open(t, dir) },
				CannotStore: func(text string) bool { return !utf8.ValidString(text) || strings.Contains(text, "\x00") },
			}
		})
	}
}
