package oauth

import (
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"

	"github.com/apiauth-go/apiauth/auth/outbound"
	autherr "github.com/apiauth-go/apiauth/errors"
)

// introspection reads the answers of an introspection endpoint.
type introspection struct {
	audience []string // nil: not looked at
	issuer   string   // empty: not looked at
	scopes   []string // those that count here
	username string   // the member that names the user; empty: the answer is kept for MapUser
}

// Why the other server's answer refuses a token.
var (
	errInactive        = refusal(autherr.InvalidAccessToken, "the other server says that the token is not active")
	errForeignIssuer   = refusal(autherr.InvalidAccessToken, "the token is of another issuer")
	errForeignAudience = refusal(autherr.InvalidAccessToken, "the token is for another audience")
	errBound           = refusal(autherr.InvalidAccessToken, "the token is bound to a key (cnf) and not a bearer token")
	errNotBearer       = refusal(autherr.InvalidAccessToken, "the token is not a bearer token")
	errNotAccess       = refusal(autherr.InvalidAccessToken, "the token is not an access token")
)

// read returns what an answer says about a token that is good for this service (RFC 7662 section 2.2). Everything that is looked at must be of its
// type, or the answer counts for nothing. null is taken for absent, as servers write it.
func (i *introspection) read(answer *outbound.Answer) (*known, error) {
	switch answer.Status {
	case http.StatusOK:
	case http.StatusUnauthorized, http.StatusForbidden:
		return nil, fmt.Errorf("status %d: the server does not accept our ClientID and ClientSecret", answer.Status)
	default:
		return nil, fmt.Errorf("status %d", answer.Status)
	}
	a, err := readAnswer(answer)
	if err != nil {
		return nil, err
	}
	switch string(a.members["active"]) {
	case "true":
	case "false":
		return nil, errInactive
	default:
		return nil, errors.New("member active is neither true nor false")
	}
	var k known
	if err := i.judge(a.members); err != nil {
		return nil, err
	}
	if k.expires, err = a.members.date("exp"); err != nil {
		return nil, err
	}
	if k.notBefore, err = a.members.date("nbf"); err != nil {
		return nil, err
	}
	if k.scopes, err = i.granted(a.members); err != nil {
		return nil, err
	}
	if err := k.named(a, i.username); err != nil {
		return nil, err
	}
	return &k, nil
}

// judge decides whether a token is meant for this service and can be used by whoever holds it.
func (i *introspection) judge(m members) error {
	issuer, err := m.text("iss")
	if err != nil {
		return err
	}
	audience, err := m.texts("aud")
	if err != nil {
		return err
	}
	typ, err := m.text("token_type")
	if err != nil {
		return err
	}
	use, err := m.text("token_use")
	if err != nil {
		return err
	}
	switch {
	case i.issuer != "" && issuer != i.issuer:
		return errForeignIssuer
	case len(i.audience) > 0 && !slices.ContainsFunc(audience, func(s string) bool { return slices.Contains(i.audience, s) }):
		return errForeignAudience
	case m.has("cnf"): // RFC 7800
		return errBound
	case m.has("token_type") && !strings.EqualFold(typ, "Bearer"): // EqualFold knows of no other letters that fold to these
		return errNotBearer
	case m.has("token_use") && use != "access_token": // with which some servers tell refresh tokens, of which they know too
		return errNotAccess
	}
	return nil
}

// granted returns the token's scopes that count here.
func (i *introspection) granted(m members) ([]string, error) {
	text, err := m.text("scope")
	if err != nil {
		return nil, err
	}
	var scopes []string
	for scope := range strings.SplitSeq(text, " ") {
		if n := slices.Index(i.scopes, scope); n >= 0 && !slices.Contains(scopes, scope) {
			scopes = append(scopes, i.scopes[n]) // which keeps nothing of the answer
		}
	}
	return scopes, nil
}
