package redisstore

import (
	"encoding/binary"
	"errors"
	"math"
	"time"

	"github.com/apiauth-go/apiauth/store"
)

// The form of a record. What comes before the texts has fixed places, which scripts/owners.lua and scripts/rotate.lua know:
//
//	 0  1 byte    version
//	 1  16 bytes  first half of the ID, by which an answer to another question is recognised
//	17  8 bytes   IssuedAt, in microseconds since 1970, big-endian; the least integer is the zero time
//	25  8 bytes   ExpiresAt
//	33  8 bytes   SpentAt
//	41  8 bytes   nonce of the rotation that spent it, or zeros
//	49  texts     UserID, ClientID, Family, Kind, Application, Stamp, then the number of Scopes and the Scopes;
//	              each text, and the number, begins with a length as encoding/binary's Uvarint
//
// Another version may change everything but the places of the ID and of the first three texts.
const (
	recordVersion = 1
	idBytes       = 16
	nonceBytes    = 8
	headBytes     = 1 + idBytes + 3*8 + nonceBytes
)

// errRecord: what is under the key is not a record of this version, or not that of the token asked for.
var errRecord = errors.New("redisstore: a record that cannot be read")

// appendRecord appends the record of a token.
func appendRecord(b []byte, t *store.Token) []byte {
	b = append(b, recordVersion)
	b = append(b, t.ID[:idBytes]...)
	for _, at := range [...]time.Time{t.IssuedAt, t.ExpiresAt, t.SpentAt} {
		b = binary.BigEndian.AppendUint64(b, uint64(micros(at)))
	}
	b = append(b, make([]byte, nonceBytes)...)
	for _, text := range [...]string{t.UserID, t.ClientID, t.Family, string(t.Kind), t.Application, t.Stamp} {
		b = appendText(b, text)
	}
	b = binary.AppendUvarint(b, uint64(len(t.Scopes)))
	for _, scope := range t.Scopes {
		b = appendText(b, scope)
	}
	return b
}

func appendText(b []byte, text string) []byte {
	return append(binary.AppendUvarint(b, uint64(len(text))), text...)
}

// micros returns the time as it is stored.
func micros(t time.Time) int64 {
	if t.IsZero() {
		return math.MinInt64
	}
	return t.UnixMicro()
}

func fromMicros(n int64) time.Time {
	if n == math.MinInt64 {
		return time.Time{}
	}
	return time.UnixMicro(n).UTC()
}

// parseRecord returns the token with this ID from its record. The token's texts are parts of the record.
func parseRecord(id store.TokenID, record string) (store.Token, error) {
	if len(record) < headBytes || record[0] != recordVersion || record[1:1+idBytes] != string(id[:idBytes]) {
		return store.Token{}, errRecord
	}
	at := func(from int) time.Time {
		return fromMicros(int64(binary.BigEndian.Uint64([]byte(record[from : from+8]))))
	}
	t := store.Token{ID: id, IssuedAt: at(17), ExpiresAt: at(25), SpentAt: at(33)}
	p := parser{rest: record[headBytes:]}
	t.UserID, t.ClientID, t.Family = p.text(), p.text(), p.text()
	t.Kind, t.Application, t.Stamp = store.TokenKind(p.text()), p.text(), p.text()
	t.Scopes = p.texts()
	if p.bad || p.rest != "" {
		return store.Token{}, errRecord
	}
	return t, nil
}

// parser takes texts from the beginning of rest.
type parser struct {
	rest string
	bad  bool
}

// number accepts each number in one spelling only.
func (p *parser) number() int {
	var n uint64
	for i := 0; i < len(p.rest) && i < 4; i++ { // no more than 28 bits
		c := p.rest[i]
		n |= uint64(c&0x7f) << (7 * i)
		if c < 0x80 {
			p.bad = p.bad || c == 0 && i > 0
			p.rest = p.rest[i+1:]
			return int(n)
		}
	}
	p.bad = true
	return 0
}

func (p *parser) text() string {
	n := p.number()
	if p.bad || n > len(p.rest) {
		p.bad = true
		return ""
	}
	text := p.rest[:n]
	p.rest = p.rest[n:]
	return text
}

func (p *parser) texts() []string {
	n := p.number()
	if p.bad || n > len(p.rest) { // each takes a byte at least
		p.bad = true
		return nil
	}
	if n == 0 {
		return nil
	}
	texts := make([]string, n)
	for i := range texts {
		texts[i] = p.text()
	}
	return texts
}
