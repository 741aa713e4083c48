package jwt

import (
	"context"
	"net/http"
	"time"

	"github.com/apiauth-go/apiauth/auth/outbound"
)

// Signatures of texts that are no claims, for the vectors of the standards.

func (k *VerificationKey) Verifies(input, sig []byte) bool {
	return k.verifies(input, sig, new(scratch))
}

func (k *SigningKey) Sign(input []byte) ([]byte, error) { return k.sign(input) }

var (
	AppendDER = appendDER
	FromDER   = fromDER

	DecodeSegment = decodeSegment
	CheckEd25519  = checkEd25519

	KeySetTTL = keySetTTL
)

// DateReached reports whether a number taken as a date is now or past.
func DateReached(number string, now time.Time) bool { return parseDate(number).reached(now) }

// DateTime returns a number taken as a date.
func DateTime(number string) time.Time { return parseDate(number).time() }

// ScanTexts returns the members of an object that are strings.
func ScanTexts(object string) (map[string]string, error) {
	texts := make(map[string]string)
	p := newScanner(object)
	for p.member() {
		name := p.name
		if v, ok := p.text(); ok {
			texts[name] = v
		}
	}
	return texts, p.end()
}

// Remembers reports whether a token is in the cache.
func (v *Verifier) Remembers(token string) bool { return v.cache.find(token) != nil }

// Remembered returns how many tokens are in the cache.
func (v *Verifier) Remembered() (n int) {
	for i := range v.cache.places {
		if v.cache.places[i].token.Load() != nil {
			n++
		}
	}
	return n
}

// AdmitAt judges the dates of a token in the cache.
func (v *Verifier) AdmitAt(token string, now time.Time) error {
	return v.judgeDates(&v.cache.find(token).rec, now)
}

// KnownHeaders returns the segments in the cache of headers.
func (v *Verifier) KnownHeaders() (list []string) {
	if known := v.headers.known.Load(); known != nil {
		for _, k := range *known {
			list = append(list, k.segment)
		}
	}
	return list
}

// NewTransport returns the connections of one fetch.
func NewTransport() *http.Transport { return outbound.Connections(context.Background(), false, 0) }
