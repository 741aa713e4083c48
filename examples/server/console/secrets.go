package console

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"net/http"
	"strings"

	"github.com/apiauth-go/apiauth/oauth"
	"github.com/apiauth-go/apiauth/store"
)

// renewal is what the page shows that asks whether a client is to have a new secret.
type renewal struct {
	ID, State string
	Secrets   int
}

// secretState tells apart which secrets a client has.
func secretState(client *store.Client) string {
	sum := sha256.Sum256([]byte(strings.Join(client.SecretHashes, " ")))
	return hex.EncodeToString(sum[:8])
}

// askNewSecret asks first: of the secrets that the client has, all but the newest end.
func (c *console) askNewSecret(w http.ResponseWriter, r *http.Request) {
	client, err := c.cfg.Clients.ClientByID(r.Context(), pathID(r))
	if err != nil {
		c.failed(w, r, err)
		return
	}
	c.show(w, r, http.StatusOK, "renew", page{Title: "New secret", Tab: "clients", Data: renewal{client.ID, secretState(&client), len(client.SecretHashes)}})
}

// errOtherSecrets is why a form for a new secret is refused that was sent twice, or after somebody else's.
var errOtherSecrets = errors.New("the client has got a new secret since the page was shown")

// newSecret gives a client one more secret and shows it. The newest of those that it has goes on working until the next time. A form makes one
// only: a double click, which would end the secret that is in use, is refused.
func (c *console) newSecret(w http.ResponseWriter, r *http.Request) {
	id, secret := pathID(r), ""
	err := readForm(w, r)
	if err == nil {
		err = c.update(r.Context(), id, func(client *store.Client) (err error) {
			if r.PostForm.Get("state") != secretState(client) {
				return errOtherSecrets
			}
			if *client, secret, err = oauth.RotateSecret(*client); err != nil {
				return inputError("The client cannot have a new secret: " + err.Error() + ".")
			}
			return nil
		})
	}
	if errors.Is(err, errOtherSecrets) {
		c.sorry(w, r, http.StatusConflict, "The client has got a new secret since this was asked, perhaps by a second click. The secret before it goes on working, until another new one is made.")
		return
	}
	if err != nil {
		c.failed(w, r, err)
		return
	}
	c.show(w, r, http.StatusOK, "secret", page{Title: "New secret", Tab: "clients", Data: newCredential{id, secret, true}})
}
