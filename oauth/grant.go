package oauth

import (
	"errors"
	"net/http"
	"slices"

	"github.com/apiauth-go/apiauth/auth"
	autherr "github.com/apiauth-go/apiauth/errors"
	"github.com/apiauth-go/apiauth/store"
)

// The grant types, as clients send them and as they stand in Client.Grants.
const (
	GrantPassword          = "password"           // RFC 6749 section 4.3
	GrantClientCredentials = "client_credentials" // RFC 6749 section 4.4
)

// grant is what one grant type adds to the steps that the token endpoint takes for all of them.
type grant struct {
	// name is the value of grant_type.
	name string

	// required are the grant's own parameters, in the order in which they are missed.
	required []requirement

	// secretOptional reports whether the client may go without its secret. Nil means that none may.
	secretOptional func(store.Client) bool

	// user returns the user for whom the token is to act. By then everything else has been checked: the client is who it says,
	// may use the grant and gets its scopes.
	user func(r *http.Request, c store.Client, f form) (store.User, error)
}

// requirement is a parameter that must be there, and what its absence is called.
type requirement struct {
	param   string
	missing autherr.Code
}

// passwordGrant gives a token to a user who tells the client his password.
func passwordGrant(login *auth.Login) grant {
	return grant{
		name:     GrantPassword,
		required: []requirement{{paramUsername, autherr.MissingUsername}, {paramPassword, autherr.MissingPassword}},
		secretOptional: func(c store.Client) bool {
			return c.InsecurePasswordGrantWithoutSecret
		},
		user: func(r *http.Request, _ store.Client, f form) (store.User, error) {
			return login.Check(r, auth.Attempt{Method: autherr.MethodOAuth, Name: f[paramUsername], Password: f[paramPassword]})
		},
	}
}

// clientCredentialsGrant gives a token to a client that acts for a user who has been assigned to it.
func clientCredentialsGrant(users store.UserStore) grant {
	return grant{
		name:     GrantClientCredentials,
		required: []requirement{{paramUsername, autherr.MissingUsername}},
		user: func(r *http.Request, c store.Client, f form) (store.User, error) {
			return assignedUser(r, users, c, f[paramUsername])
		},
	}
}

// assignedUser returns the user with this name if the client may act for him. A user who is unknown, blocked or not on the client's list
// gets one answer: which of them it is, is not the client's business.
func assignedUser(r *http.Request, users store.UserStore, c store.Client, name string) (store.User, error) {
	refuse := func(why string) (store.User, error) {
		return store.User{}, autherr.New(autherr.MethodOAuth, autherr.UnauthorizedClient, errors.New(why))
	}
	if len(name) > auth.MaxName {
		return refuse("user name is too long")
	}
	u, err := users.UserByName(r.Context(), name)
	switch {
	case errors.Is(err, store.ErrNotFound):
		return refuse("unknown user")
	case err != nil:
		return store.User{}, autherr.Unavailable(autherr.MethodOAuth, err)
	case u.ID == "":
		return store.User{}, autherr.Internal(autherr.MethodOAuth, errors.New("store returned a user without an ID"))
	case !u.Active:
		return refuse("user is blocked")
	case !c.AnyUser && !slices.Contains(c.Users, u.ID):
		return refuse("user is not on the client's list")
	}
	return u, nil
}
