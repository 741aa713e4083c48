package jwt

import "errors"

// An ECDSA signature is r and s side by side in a JWS, each as long as the curve's order (RFC 7518 section 3.4), and a DER SEQUENCE of two
// INTEGERs everywhere else. These two functions go from one to the other.

// maxDER is the length of the longest ECDSA signature in DER: two integers of P-521.
const maxDER = 3 + 2*(2+67)

var errSignature = errors.New("the signer returned no ECDSA signature")

// appendDER appends the DER form of sig.
func appendDER(b, sig []byte) []byte {
	start := len(b)
	b = append(b, 0x30, 0)
	if len(sig) > 120 { // only P-521: the content is longer than 127 bytes or nearly so
		b = append(b, 0)
	}
	head := len(b)
	b = appendInteger(b, sig[:len(sig)/2])
	b = appendInteger(b, sig[len(sig)/2:])
	switch n := len(b) - head; {
	case head-start == 2:
		b[start+1] = byte(n)
	case n > 127:
		b[start+1], b[start+2] = 0x81, byte(n)
	default: // small numbers: DER wants the short form
		b[start+1] = byte(n)
		b = append(b[:start+2], b[head:]...)
	}
	return b
}

// appendInteger appends a positive INTEGER: no leading zeros but for one that keeps the sign bit clear.
func appendInteger(b, n []byte) []byte {
	for len(n) > 1 && n[0] == 0 {
		n = n[1:]
	}
	if n[0]&0x80 != 0 {
		b = append(b, 0x02, byte(len(n)+1), 0)
	} else {
		b = append(b, 0x02, byte(len(n)))
	}
	return append(b, n...)
}

// fromDER returns r and s side by side, size bytes each.
func fromDER(der []byte, size int) ([]byte, error) {
	if len(der) < 2 || der[0] != 0x30 {
		return nil, errSignature
	}
	rest := der[2:]
	if der[1] == 0x81 && len(rest) > 0 {
		rest = rest[1:]
	}
	sig := make([]byte, 2*size)
	for _, half := range [...][]byte{sig[:size], sig[size:]} {
		if len(rest) < 2 || rest[0] != 0x02 || len(rest) < 2+int(rest[1]) {
			return nil, errSignature
		}
		n := rest[2 : 2+int(rest[1])]
		rest = rest[2+int(rest[1]):]
		for len(n) > 0 && n[0] == 0 {
			n = n[1:]
		}
		if len(n) > size {
			return nil, errSignature
		}
		copy(half[size-len(n):], n)
	}
	if len(rest) != 0 {
		return nil, errSignature
	}
	return sig, nil
}
