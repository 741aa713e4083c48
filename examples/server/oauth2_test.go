package main

import (
	"context"
	"errors"
	"io"
	"net/http"
	"net/url"
	"testing"

	"github.com/stretchr/testify/require"
	"golang.org/x/oauth2"
	"golang.org/x/oauth2/clientcredentials"
)

// The client library that Go programs use, in each of its ways to authenticate a client.
var authStyles = map[string]oauth2.AuthStyle{
	"auto-detect": oauth2.AuthStyleAutoDetect,
	"in params":   oauth2.AuthStyleInParams,
	"in header":   oauth2.AuthStyleInHeader,
}

func TestOAuth2ClientGetsAndUsesTokens(t *testing.T) {
	for _, profile := range profiles {
		s := startServer(t, "-profile", profile)
		for name, style := range authStyles {
			t.Run(profile+" "+name, func(t *testing.T) {
				ctx := context.Background()

				password := oauth2.Config{ClientID: s.clientID, ClientSecret: s.secret, Endpoint: oauth2.Endpoint{TokenURL: s.base + "/rest_api/access_token", AuthStyle: style}}
				token, err := password.PasswordCredentialsToken(ctx, "my_username", "topsecret")
				require.NoError(t, err)
				require.Equal(t, "Bearer", token.Type())
				require.InDelta(t, 3600, token.ExpiresIn, 1)
				requireUser(t, password.Client(ctx, token), s.base)

				credentials := clientcredentials.Config{
					ClientID: s.clientID, ClientSecret: s.secret, TokenURL: s.base + "/rest_api/access_token", AuthStyle: style,
					EndpointParams: url.Values{"username": {"my_username"}},
				}
				requireUser(t, credentials.Client(ctx), s.base)
			})
		}
	}
}

func requireUser(t *testing.T, client *http.Client, base string) {
	t.Helper()
	resp, err := client.Get(base + "/user/1")
	require.NoError(t, err)
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	require.NoError(t, err)
	require.Equal(t, 200, resp.StatusCode, string(body))
	require.JSONEq(t, `{"uid":1,"name":"my_username","roles":["editor"]}`, string(body))
}

func TestOAuth2ClientSeesTheDocumentedCode(t *testing.T) {
	for profile, want := range map[string]struct{ wrongPassword, wrongSecret string }{
		"2025":   {"INVALID_CREDENTIALS", "INVALID_CLIENT_SECRET"},
		"legacy": {"INVALID_CREDENTIALS", "INVALID_CLIENT_SECRET"},
		"rfc":    {"invalid_grant", "invalid_client"},
	} {
		s := startServer(t, "-profile", profile)
		for name, style := range authStyles {
			t.Run(profile+" "+name, func(t *testing.T) {
				cfg := oauth2.Config{ClientID: s.clientID, ClientSecret: s.secret, Endpoint: oauth2.Endpoint{TokenURL: s.base + "/rest_api/access_token", AuthStyle: style}}
				_, err := cfg.PasswordCredentialsToken(context.Background(), "my_username", "wrong")
				requireCode(t, err, want.wrongPassword)

				cfg.ClientSecret = "not-the-client-secret"
				_, err = cfg.PasswordCredentialsToken(context.Background(), "my_username", "topsecret")
				requireCode(t, err, want.wrongSecret)
			})
		}
	}
}

func requireCode(t *testing.T, err error, code string) {
	t.Helper()
	var refused *oauth2.RetrieveError
	require.True(t, errors.As(err, &refused), "%v", err)
	require.Equal(t, code, refused.ErrorCode, string(refused.Body))
	require.NotEmpty(t, refused.ErrorDescription)
}
