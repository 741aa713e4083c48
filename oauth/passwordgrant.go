package oauth

import (
	"net/http"

	"github.com/apiauth-go/apiauth/auth"
	autherr "github.com/apiauth-go/apiauth/errors"
	"github.com/apiauth-go/apiauth/store"
)

// passwordGrant gives a token to a user who tells the client his password.
func passwordGrant(login *auth.Login) grant {
	return grant{
		name:     GrantPassword,
		required: []requirement{{param: paramUsername, missing: autherr.MissingUsername}, {param: paramPassword, missing: autherr.MissingPassword}},
		secretOptional: func(c store.Client) bool {
			return c.InsecurePasswordGrantWithoutSecret
		},
		refreshable: true,
		decide: func(r *http.Request, q tokenRequest) (decision, error) {
			user, err := login.Check(r, auth.Attempt{Method: autherr.MethodOAuth, Name: q.form[paramUsername], Password: q.form[paramPassword]})
			return decision{user: user, scopes: q.scopes}, err
		},
	}
}
