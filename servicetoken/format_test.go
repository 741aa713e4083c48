package servicetoken_test

import (
	"encoding/base64"
	"math"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/apiauth-go/apiauth/auth"
	"github.com/apiauth-go/apiauth/servicetoken"
)

var someMAC = strings.Repeat("A", 43)

func TestUserIDsHaveOneSpellingEach(t *testing.T) {
	for id, want := range map[string]string{
		"0":                    "0",
		"1":                    "1",
		"4711":                 "1267",
		"18446744073709551615": "ffffffffffffffff",
		"18446744073709551616": "uMTg0NDY3NDQwNzM3MDk1NTE2MTY", // over uint64
		"01":                   "uMDE",
		"00":                   "uMDA",
		"-1":                   "uLTE",
		"+1":                   "uKzE",
		" 1":                   "uIDE",
		"u":                    "udQ",
		"u1":                   "udTE",
		"ff":                   "uZmY",
		"uMDE":                 "udU1ERQ",
		"zoé":                  "uem_DqQ",
		"\x00\xff":             "uAP8",
	} {
		head := string(servicetoken.AppendHead(nil, id, 255))
		require.Equal(t, want+".ff.", head)
		got, expires, ok := servicetoken.ParseToken(head + someMAC)
		require.True(t, ok, "%q", id)
		require.Equal(t, id, got)
		require.EqualValues(t, 255, expires)
	}
}

func TestParseRefusesWhatIsNotCanonical(t *testing.T) {
	for name, token := range map[string]string{
		"empty":                  "",
		"dots":                   "..",
		"no expiry":              "1." + someMAC,
		"no user":                ".ff." + someMAC,
		"empty expiry":           "1.." + someMAC,
		"upper-case user":        "A.ff." + someMAC,
		"upper-case expiry":      "1.FF." + someMAC,
		"leading zero of user":   "01.ff." + someMAC,
		"leading zero of expiry": "1.0ff." + someMAC,
		"expiry of zero":         "1.0." + someMAC,
		"expiry after 9999":      "1.3afff44180." + someMAC,
		"expiry of -1":           "1.ffffffffffffffff." + someMAC,
		"user over uint64":       "10000000000000000.ff." + someMAC,
		"expiry over uint64":     "1.10000000000000000." + someMAC,
		"sign":                   "+1.ff." + someMAC,
		"hex prefix":             "0x1.ff." + someMAC,
		"underscore":             "1_0.ff." + someMAC,
		"short MAC":              "1.ff." + someMAC[1:],
		"long MAC":               "1.ff." + someMAC + "A",
		"four segments":          "1.ff.A." + someMAC,
		"decimal ID marked":      "uMQ.ff." + someMAC,
		"empty ID marked":        "u.ff." + someMAC,
		"upper-case mark":        "UMDE.ff." + someMAC,
		"trailing bits":          "uMDF.ff." + someMAC,
		"padding":                "uMDE=.ff." + someMAC,
		"line end":               "uMD\nE.ff." + someMAC,
		"standard alphabet":      "uem/DqQ.ff." + someMAC,
		"ID that is refused":     "u" + base64.RawURLEncoding.EncodeToString([]byte("1a:1:{")) + ".ff." + someMAC,
		"ID that is too long":    "u" + base64.RawURLEncoding.EncodeToString([]byte(strings.Repeat("x", servicetoken.MaxUserID+1))) + ".ff." + someMAC,
	} {
		t.Run(name, func(t *testing.T) {
			id, expires, ok := servicetoken.ParseToken(token)
			require.False(t, ok, "%q %d", id, expires)
		})
	}
}

func TestTheLongestUserIDFitsIntoACredential(t *testing.T) {
	id := strings.Repeat("x", servicetoken.MaxUserID)
	require.NoError(t, servicetoken.CheckUserID(id))
	token := string(servicetoken.AppendHead(nil, id, 253402300799)) + someMAC
	require.LessOrEqual(t, base64.StdEncoding.EncodedLen(len(token)+1), auth.MaxBasic)
	require.ErrorContains(t, servicetoken.CheckUserID(id+"x"), "1025 bytes")
}

// TestNoTwoUsersShareASignedText: without the rule for IDs, a user could be named such that the text signed for him, ID first,
// is the text signed for somebody else.
func TestNoTwoUsersShareASignedText(t *testing.T) {
	s := newService(t, servicetoken.Config{})
	victim, attacker := vectorUser(), vectorUser()
	attacker.Name = `Xa:4:{s:4:"name";s:11:"` + victim.Name
	victim.ID = `1a:4:{s:4:"name";s:` + strconv.Itoa(len(attacker.Name)) + `:"X`
	one, err := s.SignedText(attacker, nil, vectorEnd)
	require.NoError(t, err)
	other, err := s.SignedText(victim, nil, vectorEnd)
	require.NoError(t, err)
	require.Equal(t, one, other, "the two texts do collide")

	require.ErrorContains(t, servicetoken.CheckUserID(victim.ID), `":{"`)
	require.NoError(t, servicetoken.CheckUserID("{6ba7b810-9dad-11d1-80b4-00c04fd430c8}"))
	require.NoError(t, servicetoken.CheckUserID("urn:uuid:6ba7b810-9dad-11d1-80b4-00c04fd430c8"))
	require.Error(t, servicetoken.CheckUserID(""))
}

// FuzzToken: whatever is accepted is what is written for the same user and time.
func FuzzToken(f *testing.F) {
	for _, s := range []string{
		vectorToken, "1.ff." + someMAC, "uMDE.ff." + someMAC, "uMQ.ff." + someMAC, "u.1." + someMAC, "A.FF." + someMAC,
		"ffffffffffffffff.3afff4417f." + someMAC, "1.0." + someMAC, "..", "", "u\n.1." + someMAC, "uem_DqQ.5665e083." + someMAC,
	} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, token string) {
		var id string
		var expires int64
		var ok bool
		// The ID is decoded, and copied.
		takesAtMost(t, 16<<10, 2, len(token), func() { id, expires, ok = servicetoken.ParseToken(token) })
		if !ok {
			require.Empty(t, id)
			return
		}
		require.NoError(t, servicetoken.CheckUserID(id))
		require.Positive(t, expires)
		require.Equal(t, token[:len(token)-43], string(servicetoken.AppendHead(nil, id, expires)))
	})
}

// FuzzUserID: an ID is read back as it was, and never as another.
func FuzzUserID(f *testing.F) {
	for _, s := range []string{"1", "01", "u1", "u", "-1", "zoé", "\x00", "18446744073709551616", strconv.FormatUint(math.MaxUint64, 10)} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, id string) {
		if servicetoken.CheckUserID(id) != nil {
			return
		}
		var head []byte
		takesAtMost(t, 16<<10, 8, len(id), func() { head = servicetoken.AppendHead(nil, id, 1) })
		token := string(head) + someMAC
		require.True(t, auth.IsServiceToken(token, ""))
		got, _, ok := servicetoken.ParseToken(token)
		require.True(t, ok)
		require.Equal(t, id, got)
		_, number := servicetoken.Decimal(id)
		require.Equal(t, !number, token[0] == 'u')
	})
}
