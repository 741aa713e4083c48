package servicetoken

import (
	"context"
	"errors"
	"maps"

	autherr "github.com/apiauth-go/apiauth/errors"
	"github.com/apiauth-go/apiauth/store"
)

// Properties are what a token is signed over besides its user and its expiry, by name. Values are of type string, bool,
// int, int64, []string, Properties or map[string]any, or nil. Anything else is an error: floats above all have no one spelling.
type Properties map[string]any

// The default properties.
const (
	propName   = "name"   // the user's name
	propPass   = "pass"   // his stored password hash
	propRealm  = "realm"  // Config.Realm
	propStatus = "status" // "1" for an active user and "0" for a blocked one
)

// ErrNoPasswordHash says that a user has no stored password hash, so that no change of his password could end a token. Such a
// user gets tokens only if Config.Properties returns a member "pass" that changes with his password.
var ErrNoPasswordHash = errors.New("servicetoken: the user has no stored password hash")

var errNoProperties = errors.New("servicetoken: Properties returned no members, and the default ones are skipped")

// properties returns what tokens of u are signed over, nil for the default set. Errors are ErrNoPasswordHash or an *autherr.Error.
func (s *Service) properties(ctx context.Context, u store.User) (Properties, error) {
	if s.extend == nil {
		if u.PasswordHash == "" {
			return nil, ErrNoPasswordHash
		}
		return nil, nil
	}
	own, err := s.extend(ctx, u)
	if err != nil {
		if e, ok := errors.AsType[*autherr.Error](err); ok && e != nil {
			return nil, e.WithMethod(method)
		}
		return nil, autherr.Unavailable(method, err)
	}
	if s.skipDefault {
		if len(own) == 0 {
			return nil, autherr.Internal(method, errNoProperties)
		}
		return own, nil
	}
	set := Properties{propName: u.Name, propPass: u.PasswordHash, propRealm: s.realm, propStatus: status(u)}
	maps.Copy(set, own)
	if set[propPass] == nil || set[propPass] == "" {
		return nil, ErrNoPasswordHash
	}
	return set, nil
}

// appendDefault appends the default properties of u, serialized: what appendPHP would make of them, without the map.
func (s *Service) appendDefault(b []byte, u store.User) []byte {
	b = appendPHPArray(b, 4)
	b = appendPHPString(appendPHPString(b, propName), u.Name)
	b = appendPHPString(appendPHPString(b, propPass), u.PasswordHash)
	b = appendPHPString(appendPHPString(b, propRealm), s.realm)
	b = appendPHPString(appendPHPString(b, propStatus), status(u))
	return append(b, '}')
}

func status(u store.User) string {
	if u.Active {
		return "1"
	}
	return "0"
}
