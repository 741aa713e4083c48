package main

import (
	"net/http"

	"github.com/apiauth-go/apiauth/examples/server/console"
	"github.com/apiauth-go/apiauth/oauth"
)

// What one answer has and another request wants, by the names that the examples use.
const (
	fromJWT     = "jwt"
	fromToken   = "token"
	fromRefresh = "refresh"
	fromService = "service"
)

// examples are the documented requests with the demo's values, for the console.
func (a *app) examples() []console.Example {
	user, client := demoUsers[0], a.demo.client
	application := func(id string) console.Field {
		return console.Field{Label: "AUTH-METHOD", In: console.InHeader, Name: "AUTH-METHOD", Value: id}
	}
	parameter := func(name, value string) console.Field {
		return console.Field{Label: name, In: console.InForm, Name: name, Value: value}
	}
	from := func(f console.Field, what string) console.Field {
		f.From = what
		return f
	}
	bearer := func(label, what string) console.Field {
		return console.Field{Label: label, In: console.InBearer, From: what}
	}
	login := []console.Field{
		{Label: "User name", In: console.InBasicName, Value: user.name},
		{Label: "Password", In: console.InBasicPassword, Value: user.password},
	}
	asClient := []console.Field{
		{Label: "Client id", In: console.InBasicName, Value: client.id},
		{Label: "Client secret", In: console.InBasicPassword, Value: client.secret},
	}
	ownID, ownSecret := parameter("client_id", client.id), parameter("client_secret", client.secret)
	with := func(fields []console.Field, more ...console.Field) []console.Field {
		return append(append([]console.Field(nil), fields...), more...)
	}
	token := from(parameter("token", ""), fromToken)
	page := console.Field{Label: "Page (JSON)", In: console.InBody, Value: `{"title":"Hello"}`}

	get, post := http.MethodGet, http.MethodPost
	return []console.Example{
		{ID: "basic", Title: "Basic: read", Method: get, Path: "/user/1", Fields: with(login, application(appBasic))},
		{ID: "basic-create", Title: "Basic: create a page", Method: post, Path: "/node", Fields: with(login, application(appBasic), page)},
		{ID: "api-key", Title: "API key", Method: get, Path: "/user/1", Fields: []console.Field{
			{Label: "User name", In: console.InKeyName, Value: user.name}, {Label: "API key", In: console.InKey, Value: a.demo.apiKey}, application(appAPIKey),
		}},
		{ID: "api-key-basic", Title: "API key as a Basic credential", Method: get, Path: "/user/1", Fields: []console.Field{
			{Label: "User name", In: console.InBasicName, Value: user.name}, {Label: "API key", In: console.InBasicPassword, Value: a.demo.apiKey}, application(appAPIKeyBasic),
		}},
		{
			ID: "id-token", Title: "JWT: get one for a password", Method: post, Path: routeIDToken, Fields: login,
			Keep: map[string]string{"jwt_token": fromJWT},
		},
		{ID: "jwt", Title: "JWT: use it", Method: get, Path: "/user/1", Fields: []console.Field{bearer("JWT", fromJWT), application(appJWT)}},
		{
			ID: "password", Title: "OAuth: password grant", Method: post, Path: routeToken,
			Note: "The documented clients send no secret. A client that sends it gets a refresh token too.",
			Fields: []console.Field{
				parameter("grant_type", oauth.GrantPassword), parameter("username", user.name), parameter("password", user.password), ownID, ownSecret,
				parameter("scope", scopeProfile),
			},
			Keep: map[string]string{"access_token": fromToken, "refresh_token": fromRefresh},
		},
		{
			ID: "client-credentials", Title: "OAuth: client_credentials grant", Method: post, Path: routeToken,
			Note:   "It gives no refresh token: the client can ask again.",
			Fields: []console.Field{parameter("grant_type", oauth.GrantClientCredentials), ownID, ownSecret, parameter("username", user.name)},
			Keep:   map[string]string{"access_token": fromToken},
		},
		{
			ID: "refresh", Title: "OAuth: refresh", Method: post, Path: routeToken,
			Note:   "Send the password grant first. A refresh token works once; used again, it ends all tokens that came from it.",
			Fields: []console.Field{parameter("grant_type", oauth.GrantRefreshToken), from(parameter("refresh_token", ""), fromRefresh), ownID, ownSecret},
			Keep:   map[string]string{"access_token": fromToken, "refresh_token": fromRefresh},
		},
		{ID: "access-token", Title: "OAuth: use an access token", Method: get, Path: "/user/1", Fields: []console.Field{bearer("Access token", fromToken), application(appOAuth)}},
		{ID: "introspect", Title: "OAuth: ask about a token", Method: post, Path: routeIntrospect, Fields: with(asClient, token)},
		{ID: "client-revoke", Title: "OAuth: a client ends its token", Method: post, Path: routeRevoke, Fields: with(asClient, token)},
		{ID: "revoke", Title: "OAuth: a user ends a token", Method: post, Path: routeUserRevoke, Fields: with(login, token)},
		{ID: "metadata", Title: "OAuth: where everything is", Method: get, Path: a.metadataPath()},
		{ID: "jwks", Title: "JWT: the keys of this server", Method: get, Path: routeJWKS},
		{
			ID: "generate", Title: "Services token: get one for a password", Method: post, Path: routeGenerate, Fields: login,
			Keep: map[string]string{"token": fromService},
		},
		{
			ID: "renew", Title: "Services token: get one for another", Method: post, Path: routeGenerate,
			Fields: []console.Field{{Label: "Services token", In: console.InBasicName, From: fromService}},
			Keep:   map[string]string{"token": fromService},
		},
		{
			ID: "service-token", Title: "Services token: use it", Method: get, Path: "/api/user/1",
			Note:   "The token is the user name, and the password is empty.",
			Fields: []console.Field{{Label: "Services token", In: console.InBasicName, From: fromService}},
		},
	}
}
