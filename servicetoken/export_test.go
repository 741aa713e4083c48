package servicetoken

import "github.com/apiauth-go/apiauth/store"

// What the tests outside of the package look at from within.
var (
	AppendPHP   = appendPHP
	AppendHead  = appendHead
	ParseToken  = parseToken
	Decimal     = decimal
	CheckUserID = checkUserID
)

// SignedText returns what is signed for u. A nil set means the default properties.
func (s *Service) SignedText(u store.User, set Properties, expires int64) (string, error) {
	g, err := s.prepare(u, set, expires)
	if err != nil {
		return "", err
	}
	defer s.release(g)
	return string(g.text), nil
}
