package jwt

import "errors"

// TokenType is the kind of a token, the member typ of its header. No kind is accepted where another is expected (RFC 8725 section 3.11).
type TokenType string

// The kinds of tokens.
const (
	// IdentityToken says who the user is. It is what an [Issuer] gives out for a password.
	IdentityToken TokenType = "JWT"

	// AccessToken grants a client access to an API (RFC 9068).
	AccessToken TokenType = "at+jwt"
)

// otherType is a kind that is neither.
const otherType TokenType = "other"

// header is what is used of a token's header. Keys, certificates and addresses of keys in it (jwk, x5c, jku, x5u) are never looked at: which keys are
// good is a matter of configuration.
type header struct {
	alg string // as it is written
	kid string
	typ TokenType // empty if absent

	// refuse is why the header cannot be accepted, although it is well-formed.
	refuse error
}

var (
	errNoAlg    = errors.New("the header has no alg")
	errCritical = errors.New("the header demands an extension (crit or b64)")
	errNested   = errors.New("the token is nested in another (cty)")
	errTypType  = errors.New("typ is not a string")
)

// parseHeader reads a decoded header. An error means that it is no header of a JWS.
func parseHeader(text string) (h header, err error) {
	p := newScanner(text)
	for p.member() {
		switch p.name {
		case "alg":
			if h.alg, _ = p.text(); h.alg == "" {
				p.fail(errNoAlg)
			}
		case "kid":
			kid, ok := p.text()
			if !ok {
				p.fail(errMemberType)
			}
			h.kid = kid
		case "typ":
			typ, ok := p.text()
			if !ok {
				h.refuse = errTypType
			}
			h.typ = tokenType(typ)
		case "cty":
			if cty, ok := p.text(); !ok || tokenType(cty) == IdentityToken {
				h.refuse = errNested
			}
		case "crit", "b64": // RFC 7515 section 4.1.11, RFC 7797
			h.refuse = errCritical
			p.skip()
		default:
			p.skip()
		}
	}
	if err := p.end(); err != nil {
		return header{}, err
	}
	if h.alg == "" {
		return header{}, errNoAlg
	}
	return h, nil
}

// tokenType returns the kind that typ means. It is a media type, so case makes no difference and "application/" may be left out (RFC 7515 section 4.1.9).
func tokenType(typ string) TokenType {
	const prefix = "application/"
	if len(typ) > len(prefix) && foldASCII(typ[:len(prefix)], prefix) {
		typ = typ[len(prefix):]
	}
	switch {
	case typ == "":
		return ""
	case foldASCII(typ, string(IdentityToken)):
		return IdentityToken
	case foldASCII(typ, string(AccessToken)):
		return AccessToken
	}
	return otherType
}

// foldASCII compares without regard to the case of ASCII letters, and of no others.
func foldASCII(a, b string) bool {
	if len(a) != len(b) {
		return false
	}
	for i := range len(a) {
		x, y := a[i], b[i]
		if x != y && (x|0x20 != y|0x20 || x|0x20 < 'a' || x|0x20 > 'z') {
			return false
		}
	}
	return true
}
