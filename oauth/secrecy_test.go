package oauth_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/apiauth-go/apiauth/oauth"
)

func TestOnlyTheExactTokenIsAccepted(t *testing.T) {
	w := newWorld(t, "2025")
	token := w.token(t, passwordBody)
	refused := func(other string) {
		t.Helper()
		a := w.do(get(other))
		require.Equal(t, 401, a.status, "%q", other)
		require.Equal(t, "INVALID_ACCESS_TOKEN", a.code(t), "%q", other)
		require.NotContains(t, a.body, token[4:])
	}
	for i := range token {
		refused(token[:i])
		refused(token[i+1:])
		for bit := range 8 {
			b := []byte(token)
			b[i] ^= 1 << bit
			refused(string(b))
		}
	}
	for c := range 256 {
		if c != ' ' {
			refused(string([]byte{byte(c)}) + token)
		}
		refused(token + string([]byte{byte(c)}))
	}
	refused(strings.ToUpper(token))
	refused(token + token)
	refused(token + "=")
	require.Equal(t, 200, w.do(get(token)).status)
}

func TestNothingPrintedHoldsASecret(t *testing.T) {
	w := newWorld(t, "2025")
	token := w.token(t, clientBody)
	secrets := []string{token, robotSecret, "topsecret", userHash(), mustHash(t, robotSecret), oauth.TokenID(token).String()}
	require.NotEqual(t, 200, w.do(post(withSecret(asUser+"&client_id=nobody"), "Authorization", "Bearer "+token)).status)
	require.NotEqual(t, 200, w.do(post(withSecret(asUser+"&client_id=nobody"))).status)
	require.NotEqual(t, 200, w.do(post(passwordBody+"&password=topsecret")).status)
	require.NotEqual(t, 200, w.do(revokeAs("reader", jsonType, `{"token":"`+token+`","token":1}`)).status)
	require.NotEqual(t, 200, w.do(get(token+"x")).status)
	var printed strings.Builder
	for _, format := range []string{"%v", "%+v", "%#v", "%s"} {
		fmt.Fprintf(&printed, format, w.server)
		fmt.Fprintf(&printed, format, w.verifier)
		for _, e := range w.errors {
			fmt.Fprintf(&printed, format, e)
		}
	}
	for _, s := range secrets {
		require.NotContains(t, printed.String(), s)
	}
	require.NotEmpty(t, w.errors)
}
