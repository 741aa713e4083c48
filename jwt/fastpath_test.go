package jwt_test

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/apiauth-go/apiauth/jwt"
	"github.com/apiauth-go/apiauth/store"
)

// What is read several characters at a time is read as one at a time would be: here by the standard library.

func TestBase64IsDecodedAsByTheStandardLibrary(t *testing.T) {
	const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
	strict := base64.RawURLEncoding.Strict()
	good := 0
	for n := range 40 {
		for range 50 {
			b := make([]byte, n)
			for i := range b {
				b[i] = alphabet[rand.IntN(len(alphabet))]
			}
			texts := []string{string(b)}
			for i := range b { // each place with characters that are not of the alphabet, or not there
				c := b[i]
				for _, bad := range []byte{'+', '/', '=', ' ', 0, 0x7f, 0x80, 0xff, '.', '@', '[', '`', '{', c} {
					b[i] = bad
					texts = append(texts, string(b))
				}
				b[i] = c
			}
			for _, text := range texts {
				want, err := strict.DecodeString(text)
				got, ok := jwt.DecodeSegment([]byte("before"), text)
				require.Equal(t, err == nil, ok, "%q", text)
				if ok {
					good++
					require.Equal(t, "before"+string(want), string(got), "%q", text)
				}
			}
		}
	}
	require.Greater(t, good, 1000)
}

func TestEachByteOfAStringIsSeenWhereverItStands(t *testing.T) {
	for length := range 20 {
		for at := range length {
			for c := range 256 {
				b := []byte(strings.Repeat("a", length))
				b[at] = byte(c)
				object := `{"x":"` + string(b) + `","y":"z"}`
				texts, err := jwt.ScanTexts(object)
				var want map[string]string
				valid := json.Unmarshal([]byte(object), &want) == nil && c < 0x80 // encoding/json replaces what is not UTF-8
				require.Equal(t, valid, err == nil, "%q", object)
				if valid {
					require.Equal(t, want, texts)
				}
			}
		}
	}
}

// Two names may well look alike to the filter before the comparison.
func TestOnlyEqualNamesAreTwice(t *testing.T) {
	var names []string
	for a := 'a'; a <= 'z'; a++ {
		for b := 'a'; b <= 'z'; b++ {
			names = append(names, string(a)+string(b))
		}
	}
	for i := 0; i+14 <= len(names); i += 14 {
		var object strings.Builder
		for _, name := range names[i : i+14] {
			fmt.Fprintf(&object, `,%q:""`, name)
		}
		list := object.String()[1:]
		_, err := jwt.ScanTexts("{" + list + `,"":""}`)
		require.NoError(t, err)
		for _, name := range append(names[i:i+14:i+14], "") {
			_, err = jwt.ScanTexts(fmt.Sprintf(`{%s,"":"",%q:""}`, list, name))
			require.Error(t, err, name)
		}
	}
}

func TestWholeDatesAreReadLikeAllOthers(t *testing.T) {
	for _, n := range []int64{0, 1, 9, 10, 1449517187, 9999999999, 99999999999} {
		for _, text := range []string{fmt.Sprint(n), fmt.Sprint(n) + ".0", fmt.Sprint(n) + "e0", fmt.Sprint(n) + "0e-1"} {
			require.Equal(t, n, jwt.DateTime(text).Unix(), text)
			require.True(t, jwt.DateReached(text, time.Unix(n, 0)), text)
			require.False(t, jwt.DateReached(text, time.Unix(n, -1)), text)
		}
	}
}

// A token of a time far away is marked until it can no longer be valid, or as long as times can be told.
func TestMarksOfDistantTokens(t *testing.T) {
	w := newRevocable(t, nil)
	for _, year := range []int{1960, 9999} {
		iat := time.Date(year, 12, 31, 23, 59, 58, 0, time.UTC)
		w.tokens.ids = nil
		require.NoError(t, w.list.Revoke(t.Context(), &jwt.Claims{Issuer: issuerName, ID: "j", IssuedAt: iat}))
		mark, err := w.tokens.TokenByID(t.Context(), w.tokens.ids[0])
		require.NoError(t, err)
		require.Equal(t, store.RevocationMark, mark.Kind)
		require.False(t, mark.IssuedAt.Before(iat))
		require.True(t, mark.ExpiresAt.After(iat), "%v", mark.ExpiresAt)
		require.Less(t, mark.ExpiresAt.Year(), 10_000)
		require.NoError(t, w.list.Revoke(t.Context(), &jwt.Claims{Issuer: issuerName, ID: "j", IssuedAt: iat}))
		require.Len(t, w.tokens.ids, 1, "once is enough")
		require.Equal(t, store.Token{ID: mark.ID, Kind: mark.Kind, IssuedAt: mark.IssuedAt, ExpiresAt: mark.ExpiresAt}, mark, "it is no user's")
	}
}
