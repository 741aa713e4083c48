package oauth

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"

	"github.com/apiauth-go/apiauth/auth"
	autherr "github.com/apiauth-go/apiauth/errors"
	"github.com/apiauth-go/apiauth/store"
)

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

// authenticateClient returns the client of the first reading that is good. A client that the grant lets go without a secret may send
// none; one that is sent is always checked. An unknown client costs the same as a known one.
func (s *Server) authenticateClient(ctx context.Context, readings []clientCredential, secretOptional func(store.Client) bool) (store.Client, error) {
	var refusal error
	for _, c := range readings {
		client, err := findClient(ctx, s.clients, s.application, c.id)
		unknown := errors.Is(err, errNoClient)
		if err != nil && !unknown {
			return store.Client{}, err
		}
		match := matchesSecret(client.SecretHashes, c.secret)
		switch {
		case unknown:
			if refusal == nil {
				refusal = autherr.New(autherr.MethodOAuth, autherr.InvalidClientID, err)
			}
		case c.secret == "" && secretOptional != nil && secretOptional(client):
			return client, nil
		case !match: // none was sent, or a wrong one: an unknown client is told neither, in the rfc profile
			refusal = autherr.New(autherr.MethodOAuth, autherr.InvalidClientSecret, nil)
		default:
			return client, nil
		}
	}
	return store.Client{}, refusal
}

// errNoClient says that a client cannot be used: to whoever asks it is unknown.
var errNoClient = errors.New("oauth: no such client")

// findClient returns the active client of the application with this ID. Its errors are errNoClient, with a zero Client, and *autherr.Error: an
// outage (503), or a store that answers with another client's record (500).
func findClient(ctx context.Context, clients store.ClientStore, application, id string) (store.Client, error) {
	if id == "" || len(id) > maxClientID {
		return store.Client{}, errNoClient
	}
	c, err := clients.ClientByID(ctx, id)
	switch {
	case errors.Is(err, store.ErrNotFound):
		return store.Client{}, errNoClient
	case err != nil:
		return store.Client{}, autherr.Unavailable(autherr.MethodOAuth, err)
	case c.ID != id:
		return store.Client{}, autherr.Internal(autherr.MethodOAuth, errors.New("store returned another client's record"))
	case c.Application != application:
		return store.Client{}, fmt.Errorf("%w: it belongs to another application", errNoClient)
	case !c.Active:
		return store.Client{}, fmt.Errorf("%w: it is not active", errNoClient)
	}
	return c, nil
}
