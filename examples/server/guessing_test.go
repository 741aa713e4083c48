package main

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"
)

// Whoever tries passwords is stopped, and with him nobody else: another address would get through, and so do other users and tokens.
func TestGuessingIsStopped(t *testing.T) {
	for _, profile := range profiles {
		s := startServer(t, "-profile", profile)
		token := s.accessToken()
		for i := range 5 {
			requireRefused(t, profile, "basic", "INVALID_CREDENTIALS", anyMethod, s.get(t, fmt.Sprintf(`-u my_username:guess%d -H 'AUTH-METHOD: basic001' ${BASE}/user/1`, i)))
		}
		got := s.get(t, `-u my_username:topsecret -H 'AUTH-METHOD: basic001' ${BASE}/user/1`)
		requireRefused(t, profile, "basic", "TOO_MANY_REQUESTS", nil, got)
		require.NotEmpty(t, got.header.Get("Retry-After"))
		require.Equal(t, 429, s.get(t, `-d grant_type=password -d username=my_username -d password=topsecret -d client_id=${CLIENT} ${BASE}/rest_api/access_token`).status, "by every way")

		require.Equal(t, 403, s.get(t, `-u reader:reader-password ${BASE}/user/1`).status, "another user is let in, and lacks the permission")
		require.Equal(t, 200, s.get(t, `-H 'Authorization: Bearer `+token+`' ${BASE}/user/1`).status)
	}
}
