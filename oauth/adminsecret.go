package oauth

import (
	"github.com/apiauth-go/apiauth/store"
)

// RotateSecret adds a new secret to a client's record and keeps the newest of its old ones, so that both work until the client uses the new one;
// then [DropOldSecrets]. The caller stores the record and hands over the secret, which is stored nowhere. c is not changed.
//
// The old one of a secret that has leaked must not go on working: set SecretHashes of c to nil before.
func RotateSecret(c store.Client) (client store.Client, secret string, err error) {
	client = newestSecret(c)
	secret, hash := NewClientSecret()
	client.SecretHashes = append(client.SecretHashes, hash)
	if err := CheckClient(client); err != nil {
		return store.Client{}, "", err
	}
	return client, secret, nil
}

// DropOldSecrets returns the record with the newest of its secrets only: the end of a rotation. c is not changed.
func DropOldSecrets(c store.Client) store.Client { return newestSecret(c) }

// newestSecret returns a copy of a record with the newest of its secrets that work: they are added at the end, and only the first two count.
func newestSecret(c store.Client) store.Client {
	client := c.Clone()
	working := client.SecretHashes[:min(len(client.SecretHashes), maxSecrets)]
	client.SecretHashes = working[max(0, len(working)-1):]
	return client
}
