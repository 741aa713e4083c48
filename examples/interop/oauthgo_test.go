package interop

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"testing"
	"time"

	"golang.org/x/oauth2"
	"golang.org/x/oauth2/clientcredentials"
)

// goStyles are the ways in which golang.org/x/oauth2 authenticates clients.
var goStyles = map[string]oauth2.AuthStyle{"basic": oauth2.AuthStyleInHeader, "post": oauth2.AuthStyleInParams}

// startGoOAuth2 drives golang.org/x/oauth2, which needs no process of its own.
func startGoOAuth2(_ *testing.T, base string) func(oauthJob) oauthOutcome {
	return func(j oauthJob) oauthOutcome {
		value, err := goOAuth2(base, j)
		if err != nil {
			return oauthOutcome{Error: goFailure(err)}
		}
		return oauthOutcome{Value: value, Unsupported: value == nil}
	}
}

func goConfig(base string, j oauthJob) *oauth2.Config {
	return &oauth2.Config{ClientID: j.ID, ClientSecret: j.Secret, Endpoint: oauth2.Endpoint{TokenURL: base + tokenPath, AuthStyle: goStyles[j.Auth]}}
}

func goOAuth2(base string, j oauthJob) (map[string]any, error) {
	ctx := context.Background()
	switch j.Op {
	case "token":
		return goToken(ctx, base, j)
	case "use":
		return goUse(oauth2.NewClient(ctx, oauth2.StaticTokenSource(&oauth2.Token{AccessToken: j.Token})), base+j.Path)
	case "autorefresh":
		source := goConfig(base, j).TokenSource(ctx, &oauth2.Token{AccessToken: "expired", Expiry: time.Unix(1, 0), RefreshToken: j.Token})
		var answers []any
		for range 2 {
			answer, err := goUse(oauth2.NewClient(ctx, source), base+j.Path)
			if err != nil {
				return nil, err
			}
			answers = append(answers, answer)
		}
		token, err := source.Token()
		if err != nil {
			return nil, err
		}
		return map[string]any{"answers": answers, "refreshed": 1.0, "token": goFields(token)}, nil
	}
	return nil, nil
}

func goToken(ctx context.Context, base string, j oauthJob) (map[string]any, error) {
	var token *oauth2.Token
	var err error
	cfg := goConfig(base, j)
	switch j.Grant {
	case "client_credentials":
		params := url.Values{}
		for name, value := range j.Params {
			params.Set(name, value)
		}
		credentials := clientcredentials.Config{ClientID: j.ID, ClientSecret: j.Secret, TokenURL: cfg.Endpoint.TokenURL, AuthStyle: cfg.Endpoint.AuthStyle, EndpointParams: params}
		token, err = credentials.Token(ctx)
	case "password":
		if scope := j.Params["scope"]; scope != "" {
			cfg.Scopes = []string{scope}
		}
		token, err = cfg.PasswordCredentialsToken(ctx, j.Params["username"], j.Params["password"])
	case "refresh_token":
		token, err = cfg.TokenSource(ctx, &oauth2.Token{RefreshToken: j.Params["refresh_token"]}).Token()
	default:
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	return goFields(token), nil
}

// goFields shows a token as the other libraries do.
func goFields(t *oauth2.Token) map[string]any {
	fields := map[string]any{"access_token": t.AccessToken, "token_type": t.TokenType, "expires_in": t.Extra("expires_in")}
	if t.RefreshToken != "" {
		fields["refresh_token"] = t.RefreshToken
	}
	if scope := t.Extra("scope"); scope != nil {
		fields["scope"] = scope
	}
	return fields
}

// goRefused is what the package leaves to its caller: an answer of the resource that is no success.
type goRefused struct{ failure oauthFailure }

func (e goRefused) Error() string { return e.failure.Code }

func goUse(client *http.Client, address string) (map[string]any, error) {
	res, err := client.Get(address)
	if err != nil {
		return nil, err
	}
	defer res.Body.Close()
	var body map[string]any
	if err := json.NewDecoder(res.Body).Decode(&body); err != nil {
		return nil, err
	}
	if res.StatusCode != http.StatusOK {
		return nil, goRefused{oauthFailure{Type: "", Code: fmt.Sprint(body["error"]), Status: res.StatusCode, Fields: res.Header.Values("Www-Authenticate")}}
	}
	return body, nil
}

func goFailure(err error) *oauthFailure {
	var refused goRefused
	var retrieve *oauth2.RetrieveError
	switch {
	case errors.As(err, &refused):
		return &refused.failure
	case errors.As(err, &retrieve):
		return &oauthFailure{Type: fmt.Sprintf("%T", retrieve), Code: retrieve.ErrorCode, Description: retrieve.ErrorDescription, Status: retrieve.Response.StatusCode}
	}
	return &oauthFailure{Type: fmt.Sprintf("%T", err), Message: err.Error()}
}
