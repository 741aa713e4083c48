package oauth

import (
	"errors"
	"net/http"

	autherr "github.com/apiauth-go/apiauth/errors"
	"github.com/apiauth-go/apiauth/store"
)

// client is authenticateClient with ServerConfig.ClientFailures: unknown clients count like wrong secrets, and the two readings of one request once.
//
// Who says neither for which client he is nor a secret has forged nothing. A client without its secret counts, though: if only unknown ones did, the
// limit would tell which clients there are.
func (s *Server) client(r *http.Request, readings []clientCredential, secretOptional func(store.Client) bool) (store.Client, bool, error) {
	client, proven, err := s.authenticateClient(r.Context(), readings, secretOptional)
	if readings[0] == (clientCredential{}) {
		return client, proven, err
	}
	if errors.Is(err, autherr.InvalidClientID) || errors.Is(err, autherr.InvalidClientSecret) {
		err = s.failures.Refuse(r, err, readings[0].id, readings[0].secret)
	}
	return client, proven, err
}
