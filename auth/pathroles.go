package auth

import (
	"errors"
	"fmt"
	"net/http"
	"slices"

	autherr "github.com/apiauth-go/apiauth/errors"
)

// PathRolesConfig configures [NewPathRoles].
type PathRolesConfig struct {
	// Rules in the order in which they are tried: the first whose Pattern matches decides, and no other is looked at. So the narrow ones come first;
	// one that is never reached, as /admin/* behind /*, is an error. Required.
	Rules []PathRule

	// InsecureAllowUnmatched lets every user pass on paths that no rule matches. By default nobody may.
	InsecureAllowUnmatched bool
}

// PathRule says who may use the paths that match a pattern.
type PathRule struct {
	// Pattern is a path in which each * stands for any characters, slashes included, and for none as well. All others stand for themselves, in
	// this case. It is written as the path is decoded, with a blank for %20, and begins with / or *. Required.
	//
	// A slash at the end makes no difference, neither in the path nor here: /admin and /admin/ are one, so /admin/* matches /admin too. /admin*
	// matches /administrator as well.
	Pattern string

	// Roles are those of which a user must have one. Without any nobody passes.
	Roles []string

	// AnyUser lets every authenticated user pass, whatever his roles. It contradicts Roles.
	AnyUser bool
}

// NewPathRoles returns middleware that lets users pass by the path that they ask for and their roles, and refuses others with ACCESS_DENIED
// (403). It stands inside [Require]; anywhere else it refuses every request with 500. Behind http.StripPrefix it sees what that leaves of the
// path.
//
// Paths are compared with regard to case. If what is behind does not, such as a file system, write patterns for all that it takes for the same,
// or better, only such as let people pass.
//
// The path that is compared is decoded, has no query, one slash in place of several and none at the end. What is behind might read the same path
// otherwise, and is then asked for what nobody was checked for. So a path is refused with INVALID_REQUEST (400) if it has a segment . or .., a
// backslash, an encoded slash, a semicolon, with which some servers begin what they take out of a path, control characters, bytes that are not
// UTF-8, or what is an encoding still after it was decoded once, however each is encoded.
func NewPathRoles(cfg PathRolesConfig) (func(http.Handler) http.Handler, error) {
	p, err := newPathRoles(cfg)
	if err != nil {
		return nil, fmt.Errorf("auth: NewPathRoles: %w", err)
	}
	return access(p.decide), nil
}

// RequirePathRoles is [NewPathRoles] with these rules, for those that are written in the program. It panics where NewPathRoles returns an error.
func RequirePathRoles(rules ...PathRule) func(http.Handler) http.Handler {
	p, err := newPathRoles(PathRolesConfig{Rules: rules})
	if err != nil {
		panic("auth: RequirePathRoles: " + err.Error())
	}
	return access(p.decide)
}

// pathRoles is what NewPathRoles made of its configuration.
type pathRoles struct {
	rules     []pathRule
	unmatched bool
}

// pathRule is a PathRule that can be asked.
type pathRule struct {
	pattern pathPattern
	roles   []string
	anyUser bool
	missing error // what those lack who do not pass
}

func newPathRoles(cfg PathRolesConfig) (*pathRoles, error) {
	if len(cfg.Rules) == 0 {
		return nil, errors.New("the Rules are missing")
	}
	p := &pathRoles{unmatched: cfg.InsecureAllowUnmatched}
	for i, rule := range cfg.Rules {
		fail := func(err error) (*pathRoles, error) {
			return nil, fmt.Errorf("entry %d of Rules, %q: %w", i+1, printable(rule.Pattern, maxLogged), err)
		}
		pattern, err := newPathPattern(rule.Pattern)
		switch {
		case err != nil:
			return fail(err)
		case slices.Contains(rule.Roles, ""):
			return fail(errors.New("there is an empty role in Roles"))
		case rule.AnyUser && len(rule.Roles) > 0:
			return fail(errors.New("both Roles and AnyUser are set"))
		}
		for before, earlier := range p.rules {
			if earlier.pattern.covers(pattern) {
				return fail(fmt.Errorf("the Pattern is of no use: all of it is that of entry %d, which decides first", before+1))
			}
		}
		p.rules = append(p.rules, pathRule{
			pattern: pattern,
			roles:   slices.Clone(rule.Roles),
			anyUser: rule.AnyUser,
			missing: fmt.Errorf("none of the roles %q, which the path pattern %q takes", rule.Roles, rule.Pattern),
		})
	}
	return p, nil
}

var errNoRule = errors.New("no rule for the path")

// decide is what access asks.
func (p *pathRoles) decide(r *http.Request, id *Identity) error {
	path, err := cleanPath(r.URL)
	if err != nil {
		return autherr.New(id.Method, autherr.InvalidRequest, err)
	}
	for i := range p.rules {
		rule := &p.rules[i]
		switch {
		case !rule.pattern.matches(path):
		case rule.anyUser || slices.ContainsFunc(rule.roles, id.HasRole):
			return nil
		default:
			return denied(id, "", rule.missing)
		}
	}
	if p.unmatched {
		return nil
	}
	return denied(id, "", errNoRule)
}
