package jwt

import "time"

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
