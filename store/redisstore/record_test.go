package redisstore_test

import (
	"encoding/hex"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/apiauth-go/apiauth/store"
	"github.com/apiauth-go/apiauth/store/redisstore"
)

// goldenToken is the token of the golden record.
func goldenToken() store.Token {
	at := time.Date(2026, 1, 2, 3, 4, 5, 678_901_000, time.UTC)
	return store.Token{
		ID: tokenID(1), Kind: store.RefreshToken, UserID: "17", ClientID: "portal", Application: "oauth001", Family: "f\x00\xff",
		Scopes: []string{"read", "", strings.Repeat("w", 130)}, Stamp: "s", IssuedAt: at, ExpiresAt: at.Add(time.Hour),
	}
}

const goldenRecord = "01cd2662154e6d76b2b2b92e70c0cac3cc" + // version and half of the ID
	"0006475ef6574f35" + // IssuedAt
	"0006475fcceaf335" + // ExpiresAt
	"8000000000000000" + // SpentAt
	"0000000000000000" + // nonce
	"02313706706f7274616c036600ff0772656672657368086f617574683030310173030472656164008201"

// TestRecordForm: records outlive programs. Another form needs another version.
func TestRecordForm(t *testing.T) {
	tok := goldenToken()
	record := redisstore.AppendRecord(nil, &tok)
	require.Equal(t, goldenRecord+strings.Repeat("77", 130), hex.EncodeToString(record))
	got, err := redisstore.ParseRecord(tok.ID, string(record))
	require.NoError(t, err)
	require.Equal(t, tok, got)
}

func TestRecordRoundTrip(t *testing.T) {
	for name, tok := range map[string]store.Token{
		"zero":   {},
		"full":   newToken(),
		"golden": goldenToken(),
		"far":    {IssuedAt: time.Date(1, 1, 1, 0, 0, 0, 1000, time.UTC), ExpiresAt: time.Date(9999, 12, 31, 23, 59, 59, 999_999_000, time.UTC), SpentAt: time.Unix(0, 0).UTC()},
		"large":  {UserID: strings.Repeat("\x80", redisstore.MaxRecord)},
	} {
		got, err := redisstore.ParseRecord(tok.ID, string(redisstore.AppendRecord(nil, &tok)))
		require.NoError(t, err, name)
		require.Equal(t, tok, got, name)
	}
}

// TestRecordOfElsewhere: times are kept to the microsecond, whatever their zone.
func TestRecordOfElsewhere(t *testing.T) {
	tok := goldenToken()
	tok.IssuedAt = tok.IssuedAt.In(time.FixedZone("", 5*3600)).Add(999)
	got, err := redisstore.ParseRecord(tok.ID, string(redisstore.AppendRecord(nil, &tok)))
	require.NoError(t, err)
	require.Equal(t, goldenToken(), got)
}

// TestRecordRefused: no part of a record, nor one with another byte in what says how to read it, is a record.
func TestRecordRefused(t *testing.T) {
	tok := goldenToken()
	record := string(redisstore.AppendRecord(nil, &tok))
	for n := range len(record) {
		_, err := redisstore.ParseRecord(tok.ID, record[:n])
		require.Error(t, err, n)
	}
	for _, other := range []string{record + "\x00", "\x00" + record[1:], "\x02" + record[1:], record[:1] + "x" + record[2:],
		record[:49] + "\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01" + record[50:], record[:49] + "\x82\x00" + record[50:], record[:49] + "\xff\xff\xff\x7f"} {
		_, err := redisstore.ParseRecord(tok.ID, other)
		require.Error(t, err)
		require.NotContains(t, err.Error(), "portal")
	}
	wrong := tok.ID
	wrong[15] ^= 1
	_, err := redisstore.ParseRecord(wrong, record)
	require.Error(t, err)
}

// FuzzRecord: what is read is written in the same way, and nothing else is read.
func FuzzRecord(f *testing.F) {
	for _, tok := range []store.Token{{}, goldenToken(), newToken()} {
		f.Add(redisstore.AppendRecord(nil, &tok))
	}
	f.Add([]byte{})
	f.Fuzz(func(t *testing.T, record []byte) {
		var id store.TokenID
		if len(record) > 17 {
			copy(id[:], record[1:17])
		}
		tok, err := redisstore.ParseRecord(id, string(record))
		if err != nil {
			require.Equal(t, store.Token{}, tok)
			return
		}
		again := redisstore.AppendRecord(nil, &tok)
		copy(again[41:49], record[41:49]) // the nonce is not part of the token
		require.Equal(t, record, again)
	})
}
