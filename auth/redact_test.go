package auth_test

import (
	"bytes"
	"fmt"
	"log/slog"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/apiauth-go/apiauth/auth"
)

func TestNothingThatHoldsASecretPrintsIt(t *testing.T) {
	attempt := auth.Attempt{Method: "basic", Name: "my_username", Password: "SeCrEt"}
	credentials, err := auth.ReadCredentials(request("Authorization", "Bearer SeCrEt"), "")
	require.NoError(t, err)
	bare, err := auth.ReadCredentials(request("Authorization", "SeCrEt"), "")
	require.NoError(t, err)
	reply := auth.Reply{Status: 200, Body: map[string]string{"access_token": "SeCrEt"}}
	for _, v := range []any{attempt, &attempt, credentials, &credentials, bare, reply, &reply, []any{attempt, credentials, reply},
		struct{ A auth.Attempt }{attempt}, struct{ R auth.Reply }{reply}, struct{ C auth.Credentials }{credentials}} {
		for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%d"} {
			text := fmt.Sprintf(verb, v)
			require.NotContains(t, text, "SeCrEt", verb)
			require.NotContains(t, text, fmt.Sprintf("%x", "SeCrEt"), verb)
			require.NotEmpty(t, text)
		}
	}
	for _, v := range []any{attempt, &attempt, credentials, &credentials, bare, []any{attempt, credentials}, struct{ A auth.Attempt }{attempt}, reply, &reply} {
		var text, object bytes.Buffer
		slog.New(slog.NewTextHandler(&text, nil)).Info("x", "v", v)
		slog.New(slog.NewJSONHandler(&object, nil)).Info("x", "v", v)
		require.NotContains(t, text.String()+object.String(), "SeCrEt")
	}
	require.Less(t, len(fmt.Sprint(auth.Attempt{Name: strings.Repeat("x", 1<<20)})), 300, "a log line is not flooded")
	require.NotContains(t, fmt.Sprint(auth.Attempt{Name: "a\nb"}), "\n", "nor broken")
	require.Contains(t, fmt.Sprint(attempt), "my_username", "what is no secret helps")
	require.Contains(t, fmt.Sprint(credentials), "Bearer")
	require.Contains(t, fmt.Sprint(reply), "200")
}
