package jwt_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/apiauth-go/apiauth/jwt"
)

// A token that names an address is not asked about there: not for keys, not for anything (RFC 8725 section 3.10).
func TestNothingInATokenIsFetched(t *testing.T) {
	var asked atomic.Int32
	server := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { asked.Add(1) }))
	defer server.Close()
	resp, err := http.Get(server.URL)
	require.NoError(t, err)
	resp.Body.Close()
	require.EqualValues(t, 1, asked.Swap(0), "the server is there")

	w := newWorld(t, jwt.HS256, nil)
	for _, address := range []string{server.URL + "/jwks", "//" + server.Listener.Addr().String() + "/jwks"} {
		for _, member := range []string{"jku", "x5u", "iss", "url", "jwks_uri", "x-jku"} {
			header := fmt.Sprintf(`{"alg":"HS256","typ":"JWT","kid":"k1",%q:%q}`, member, address)
			w.accepts(w.forge(header, claims(map[string]any{"jwks_uri": address, "jku": address})), member)

			header = fmt.Sprintf(`{"alg":"RS256","typ":"JWT","kid":%q,%q:%q}`, address, member, address)
			_, err := w.verifier.Verify(t.Context(), w.forge(header, claims(nil)))
			require.Error(t, err, member)
			_, err = w.verifier.Verify(t.Context(), w.forge(header, claims(map[string]any{"iss": address})))
			require.Error(t, err, member)
		}
	}
	require.Zero(t, asked.Load())
}
