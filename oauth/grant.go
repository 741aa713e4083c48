package oauth

import (
	"net/http"

	autherr "github.com/apiauth-go/apiauth/errors"
	"github.com/apiauth-go/apiauth/store"
)

// The grant types, as clients send them and as they stand in Client.Grants.
const (
	GrantPassword          = "password"           // RFC 6749 section 4.3
	GrantClientCredentials = "client_credentials" // RFC 6749 section 4.4
	GrantRefreshToken      = "refresh_token"      // RFC 6749 section 6
)

// grantTypes are all of them, for CheckClient.
var grantTypes = []string{GrantPassword, GrantClientCredentials, GrantRefreshToken}

// grant is what one grant type adds to the steps that the token endpoint takes for all of them: it decides for whom a token is to act, and
// nothing else.
//
// To add a grant: give it a constant and a place in grantTypes, write a function that returns such a value in a file of its own (passwordgrant.go is a
// short one), and name it in NewServer. The endpoint then reads its parameters and the metadata lists it. Parameters have their names in
// form.go. CheckClient wants a secret of every client that may use it, and takes the password grant for the only one that is refreshable: change that for another.
type grant struct {
	// name is the value of grant_type.
	name string

	// required are the grant's own parameters, in the order in which they are missed.
	required []requirement

	// secretOptional reports whether the client may go without its secret. Nil means that none may.
	secretOptional func(store.Client) bool

	// refreshable says that tokens of the grant come with a refresh token, for a client that may use one.
	refreshable bool

	// decide is asked when everything else has been checked: the client is who it says, may use the grant and has the scopes.
	decide func(*http.Request, tokenRequest) (decision, error)
}

// requirement is a parameter that must be there, and what its absence is called.
type requirement struct {
	param   string
	missing autherr.Code

	// orRecord says that the client's record may stand in for the parameter: decide says that it is missing, once the client is known.
	orRecord bool
}

// tokenRequest is a request for a token whose client is known to be good.
type tokenRequest struct {
	client store.Client
	proven bool // it has shown its secret
	form   form

	// scopes are those that the client asked for or, if asked is false, its default ones.
	scopes []string
	asked  bool
}

// decision is what a grant decides.
type decision struct {
	// user is for whom the token acts.
	user store.User

	// scopes of the access token, all of them scopes of the client.
	scopes []string

	// used is the refresh token that is used up by the request, nil if the grant is the first of its family.
	used *store.Token
}
