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

// clientParams are the parameters by which a client can say who it is.
var clientParams = []string{paramClientID, paramClientSecret}

// clientCredential is what a request says about its client. Secret is empty if none was sent.
type clientCredential struct{ id, secret string }

// readClient returns the client credential of a request: from its Authorization field or from its body, never from both.
//
// RFC 6749 section 2.3.1 wants identifier and secret form-encoded before they become a Basic credential. Many clients do not do that, so the pair as it
// was sent is returned as a second reading where it differs. A client_id in the body is allowed besides a Basic credential if it is the same.
func readClient(r *http.Request, f form) ([]clientCredential, error) {
	c, err := auth.ReadCredentials(r, "")
	switch {
	case err != nil:
		return nil, autherr.From(err).WithMethod(autherr.MethodOAuth)
	case !c.Present():
		return []clientCredential{{f[paramClientID], f[paramClientSecret]}}, nil
	case !c.Is("Basic"):
		return nil, invalid(autherr.MethodOAuth, "the Authorization field holds no Basic credential")
	case f[paramClientSecret] != "":
		return nil, invalid(autherr.MethodOAuth, "the client authenticates twice")
	}
	id, secret, ok := c.Basic()
	if !ok {
		return nil, invalid(autherr.MethodOAuth, "the Basic credential is not well-formed")
	}
	readings := make([]clientCredential, 0, 2)
	raw := clientCredential{id, secret}
	decoded, ok := raw.decode()
	if ok {
		readings = append(readings, decoded)
	}
	if !ok || raw != decoded {
		readings = append(readings, raw)
	}
	if id := f[paramClientID]; id != "" {
		readings = slices.DeleteFunc(readings, func(c clientCredential) bool { return c.id != id })
		if len(readings) == 0 {
			return nil, invalid(autherr.MethodOAuth, "client_id is not the user name of the Basic credential")
		}
	}
	return readings, nil
}

// decode undoes the encoding that RFC 6749 section 2.3.1 prescribes.
func (c clientCredential) decode() (clientCredential, bool) {
	id, ok := decode(c.id)
	secret, ok2 := decode(c.secret)
	return clientCredential{id, secret}, ok && ok2
}

// authenticateClient returns the client of the first reading that is good, and whether it has proved who it is by its secret. A client that
// secretOptional lets go without one may send none; one that is sent is always checked. An unknown client costs the same as a known one.
func (s *Server) authenticateClient(ctx context.Context, readings []clientCredential, secretOptional func(store.Client) bool) (client store.Client, proven bool, err error) {
	var refusal error
	for _, c := range readings {
		client, err := findClient(ctx, s.clients, s.application, c.id)
		_, unknown := err.(noClient)
		if err != nil && !unknown {
			return store.Client{}, false, err
		}
		match := matchesSecret(client.SecretHashes, c.secret) // of an unknown one, too, which says nothing
		switch {
		case unknown:
			if refusal == nil {
				refusal = autherr.New(autherr.MethodOAuth, autherr.InvalidClientID, err)
			}
		case c.secret == "" && secretOptional != nil && secretOptional(client):
			return client, false, nil
		case !match: // none was sent, or a wrong one: an unknown client is told neither, in the rfc profile
			refusal = autherr.New(autherr.MethodOAuth, autherr.InvalidClientSecret, nil)
		default:
			return client, true, nil
		}
	}
	return store.Client{}, false, refusal
}

// clientOf takes the steps that introspection and revocation share with the token endpoint: the form with the parameter token, which they both
// need, the connection, and the client. A request that names no client is refused like one that names an unknown one (RFC 7662 section 2.3).
func (s *Server) clientOf(r *http.Request, secretOptional func(store.Client) bool) (store.Client, form, error) {
	fail := func(err error) (store.Client, form, error) { return store.Client{}, nil, err }
	f, err := readClientForm(r, append([]string{paramToken, paramTokenTypeHint}, clientParams...))
	if err != nil {
		return fail(err)
	}
	readings, err := readClient(r, f)
	if err != nil {
		return fail(err)
	}
	if err := s.login.CheckTransport(autherr.MethodOAuth, r); err != nil {
		return fail(err)
	}
	client, _, err := s.client(r, readings, secretOptional)
	if err != nil {
		return fail(err)
	}
	auth.NoteClient(r.Context(), client.ID)
	if f[paramToken] == "" {
		return fail(invalid(autherr.MethodOAuth, "parameter token is missing"))
	}
	return client, f, nil
}

// noClient is the error for a client that cannot be used: to whoever asks it is unknown. Why, is for the log, and costs nothing to make: what is
// switched off must not be told from what there is not by the time that it takes to say so.
type noClient string

func (n noClient) Error() string { return string(n) }

const (
	errNoClient      noClient = "oauth: no such client"
	errClientForeign noClient = "oauth: no such client: it belongs to another application"
	errClientOff     noClient = "oauth: no such client: it is not active"
)

// findClient returns the active client of the application with this ID. Its errors are *autherr.Error, for an outage (503) or a store that answers
// with another client's record (500), and of type noClient. With a noClient comes a record that must not be used, that of the client or one that
// stands in for it: whoever compares a secret does it with that, so that whatever is wrong with a client takes the same steps.
func findClient(ctx context.Context, clients store.ClientStore, application, id string) (store.Client, error) {
	if id == "" || len(id) > maxClientID {
		return store.Client{}, errNoClient
	}
	c, err := clients.ClientByID(ctx, id)
	if err != nil {
		if !errors.Is(err, store.ErrNotFound) {
			return store.Client{}, autherr.Unavailable(autherr.MethodOAuth, err)
		}
		c = store.Client{ID: id, Application: application, Active: true, SecretHashes: noHashes}
	}
	switch {
	case c.ID != id:
		return store.Client{}, autherr.Internal(autherr.MethodOAuth, errors.New("store returned another client's record"))
	case c.Application != application:
		return c, errClientForeign
	case !c.Active:
		return c, errClientOff
	case err != nil:
		return c, errNoClient
	}
	return c, nil
}
