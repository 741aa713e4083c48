package oauth

import (
	"context"
	"errors"
	"net/http"
	"slices"

	"github.com/apiauth-go/apiauth/auth"
	autherr "github.com/apiauth-go/apiauth/errors"
	"github.com/apiauth-go/apiauth/store"
)

// clientCredentialsGrant gives a token to a client that acts for a user who has been assigned to it: the one whom the request names or, if it
// names none, the client's own. There is no refresh token, for the client can ask again (RFC 6749 section 4.4.3).
func clientCredentialsGrant(users store.UserStore) grant {
	return grant{
		name:     GrantClientCredentials,
		required: []requirement{{param: paramUsername, missing: autherr.MissingUsername, orRecord: true}},
		decide: func(r *http.Request, q tokenRequest) (decision, error) {
			name := q.form[paramUsername]
			switch {
			case name != "":
				user, err := assignedUser(r.Context(), users, q.client, name)
				return decision{user: user, scopes: q.scopes}, err
			case q.client.DefaultUser != "":
				user, err := defaultUser(r.Context(), users, q.client)
				return decision{user: user, scopes: q.scopes}, err
			}
			return decision{}, autherr.New(autherr.MethodOAuth, autherr.MissingUsername, nil)
		},
	}
}

// errNotAssigned is the one answer for a user who is unknown, blocked or not on the client's list: which of them it is, is not the client's
// business.
func errNotAssigned(why string) error {
	return autherr.New(autherr.MethodOAuth, autherr.UnauthorizedClient, errors.New(why))
}

// assignedUser returns the user with this name if the client may act for him.
func assignedUser(ctx context.Context, users store.UserStore, c store.Client, name string) (store.User, error) {
	u, err := auth.ActiveUserByName(ctx, users, autherr.MethodOAuth, name)
	switch {
	case err == auth.ErrNoUser && u.ID == "":
		return store.User{}, errNotAssigned("unknown user")
	case err == auth.ErrNoUser:
		return store.User{}, errNotAssigned("user is blocked")
	case err != nil:
		return store.User{}, err
	case !c.AnyUser && len(c.Users) == 0 && u.ID != c.DefaultUser: // nobody has to show a password here
		return store.User{}, errNotAssigned("no user is on the client's list")
	}
	return u, nil
}

// mayActFor reports whether the client's list lets it act for a user, by any grant. A client without a list acts for whoever shows a password, and with
// client_credentials for nobody but its own user.
func mayActFor(c store.Client, u store.User) bool {
	return c.AnyUser || len(c.Users) == 0 || slices.Contains(c.Users, u.ID) || u.ID == c.DefaultUser && u.ID != ""
}

// defaultUser returns the client's own user.
func defaultUser(ctx context.Context, users store.UserStore, c store.Client) (store.User, error) {
	u, err := auth.ActiveUser(ctx, users, autherr.MethodOAuth, c.DefaultUser)
	if err == auth.ErrNoUser {
		return store.User{}, errNotAssigned("the client's own user is gone or blocked")
	}
	return u, err
}
