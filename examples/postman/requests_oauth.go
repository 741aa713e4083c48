package main

func oauthFolder() folder {
	ask := func(grant string, members ...string) request {
		return post(pathToken).members("grant_type", grant).members(members...)
	}
	password := func(members ...string) request { return ask("password", members...) }
	credentialsGrant := func(members ...string) request { return ask("client_credentials", members...) }
	var (
		id     = []string{"client_id", "{{clientId}}"}
		secret = []string{"client_id", "{{clientId}}", "client_secret", "{{clientSecret}}"}
		name   = []string{"username", "{{username}}"}
		pass   = []string{"password", "{{password}}"}
	)
	return folder{
		name:  "OAuth: get a token",
		about: "POST /rest_api/access_token, without AUTH-METHOD, as in the manuals.",
		requests: []request{
			password(name...).members(pass...).members(id...).call("Password Grant", "The form of the manual, without a secret: the client's record allows that. There is no refresh token then.").
				answers(given(tokenBody, map[string]string{"access_token": "accessToken"})),
			password("username", "{{username}} ").members(pass...).members("client_id", " {{clientId}}").
				call("Password Grant, with stray blanks", "The command lines of the manual have blanks around the user name and the client id.").answers(given(tokenBody, nil)),
			credentialsGrant(secret...).members(name...).call("Client Credentials Grant", "The form of the manual: username is the account for which the client acts.").
				answers(given(tokenBody, map[string]string{"access_token": "accessToken"})),
			credentialsGrant(secret...).members("Username", "{{username}}").call("Client Credentials Grant, Username", "The manual prints it with a capital once.").answers(given(tokenBody, nil)),
			credentialsGrant(name...).as(client).call("Client Credentials Grant, the client as Basic", "RFC 6749 section 2.3.1.").answers(given(tokenBody, nil)),
			password(name...).members(pass...).members(secret...).call("Password Grant, with the secret", "A client that shows its secret gets a refresh token too.").
				answers(given(refreshBody, map[string]string{"refresh_token": "refreshToken"})),
			ask("refresh_token", secret...).members("refresh_token", "{{refreshToken}}").call("Refresh Token Grant", "A refresh token is good for one new pair.").
				answers(given(refreshBody, map[string]string{"access_token": "accessToken"})),
			ask("refresh_token", secret...).members("refresh_token", "{{refreshToken}}").
				refused("The same once more. All that descends from its grant ends, too.", "oauth", "INVALID_REFRESH_TOKEN"),
			credentialsGrant(secret...).members(name...).call("Client Credentials Grant, for the rest", "The token that the following requests use.").
				answers(given(tokenBody, map[string]string{"access_token": "accessToken"})),

			password(name...).members("password", "wrong").members(id...).refused("A wrong password.", "oauth", "INVALID_CREDENTIALS", basicChallenge),
			password("username", "nobody", "password", "wrong").members(id...).refused("An unknown user is answered alike.", "oauth", "INVALID_CREDENTIALS", basicChallenge).because("nobody"),
			password("username", "{{blockedUsername}}", "password", "{{blockedPassword}}").members(id...).
				refused("So is a blocked user, even if he knows his password.", "oauth", "INVALID_CREDENTIALS", basicChallenge).because("blocked"),
			password(name...).members(pass...).members("client_id", "unknown").refused("An unknown client.", "oauth", "INVALID_CLIENT_ID", basicChallenge),
			credentialsGrant(id...).members("client_secret", "wrong").members(name...).refused("A wrong secret.", "oauth", "INVALID_CLIENT_SECRET", basicChallenge),
			password(name...).members(pass...).members(id...).members("client_secret", "wrong").
				refused("A secret that is sent is checked, even where none is needed.", "oauth", "INVALID_CLIENT_SECRET", basicChallenge).because("password grant"),
			password(pass...).members(id...).refused("Password grant without username.", "oauth", "MISSING_USERNAME"),
			credentialsGrant(secret...).refused("Client credentials grant without username.", "oauth", "MISSING_USERNAME").because("client credentials grant"),
			post(pathToken).members(name...).members(id...).refused("No grant_type.", "oauth", "MISSING_GRANT_TYPE"),
			password(name...).members(id...).refused("No password.", "oauth", "MISSING_PASSWORD"),
			password(name...).members(pass...).refused("No client_id.", "oauth", "MISSING_CLIENT_ID"),
			credentialsGrant(id...).members(name...).refused("No client_secret.", "oauth", "MISSING_CLIENT_SECRET"),
			ask("implicit", id...).refused("A grant that is not there.", "oauth", "UNSUPPORTED_GRANT_TYPE"),
			credentialsGrant(secret...).members("username", "{{blockedUsername}}").refused("The client may not act for this user: he is blocked.", "oauth", "UNAUTHORIZED_CLIENT"),
			credentialsGrant(secret...).members(name...).members("scope", "admin").refused("A scope that the client may not have.", "oauth", "INVALID_SCOPE"),
			password("grant_type", "password").refused("A parameter is there twice.", "oauth", "INVALID_REQUEST"),
			post(pathToken).sending(`{"grant_type":"password"}`).refused("Not a form.", "oauth", "INVALID_REQUEST").withStatus(415).because("media type"),
			get(pathToken).refused("Only POST is taken.", "oauth", "INVALID_HTTP_METHOD").allowing("POST"),
		},
	}
}

// withStatus is a refusal with another status than usual.
func (r request) withStatus(status int) request { r.want = r.want.withStatus(status); return r }

func accessTokenFolder() folder {
	of := func(r request) request { return r.to(appOAuth) }
	return folder{
		name:  "OAuth/Access Token: use it",
		about: "Authorization: Bearer <access token>.",
		requests: []request{
			of(post("/node")).as(accessToken).sending(newPage).call("Create page", "The example of the manuals.").answers(page(201, pageBody)),
			of(get(pathUser)).as(accessToken).call("Get user", "The same for a page that is there.").answers(page(200, userBody)),
			get(pathUser).as(accessToken).call("Without AUTH-METHOD", "The default application takes access tokens too.").answers(page(200, userBody)),
			of(get(pathUser)).refused("No Authorization header.", "oauth", "MISSING_AUTHORIZATION_HEADER", anyMethod...),
			of(get(pathUser)).as(user).refused("Another scheme than Bearer. The manual says 405, and a 405 has to have Allow: it names the request's own method.", "oauth", "INVALID_AUTHORIZATION_HEADER_TOKEN_TYPE").allowing("GET"),
			of(get(pathUser)).as(credentials{bearer: "aat_0123456789abcdefghijklmnopqrstuv"}).refused("A token that nobody was given.", "oauth", "INVALID_ACCESS_TOKEN", badToken...),
		},
	}
}

func standardsFolder() folder {
	of := func(path string, c credentials, members ...string) request {
		return post(path).as(c).members(members...)
	}
	anew := post(pathToken).members("grant_type", "client_credentials", "client_id", "{{clientId}}", "client_secret", "{{clientSecret}}", "username", "{{username}}")
	return folder{
		name:  "OAuth: endpoints of the RFCs",
		about: "For clients of OAuth 2.0 that follow the RFCs. The manuals do not have them.",
		requests: []request{
			get("/.well-known/oauth-authorization-server").call("Metadata (RFC 8414)", "Where the other endpoints are.").
				answers(answer{status: 200, mediaType: "application/json", pattern: `\{"issuer":"http[^"]+",.*"token_endpoint":"http[^"]+/rest_api/access_token".*\}\n?`}),
			get("/.well-known/jwks.json").call("Key set (RFC 7517)", "The public keys with which others verify JWTs.").
				answers(answer{status: 200, mediaType: "application/jwk-set+json", pattern: `\{"keys":\[\{.*\}\]\}\n?`}),
			anew.call("A token with a scope", "The example server gives scopes to those who ask for them.").members("scope", "profile").
				answers(given(`\{"access_token":"[\w-]{20,}","token_type":"Bearer","expires_in":\d+,"scope":"profile"\}`, map[string]string{"access_token": "accessToken"})),
			get("/profile").to(appOAuth).as(accessToken).call("A page for a scope", "It needs the scope profile.").answers(page(200, `\{"uid":1,"name":"my_username"\}\n`)),
			get("/profile").to(appBasic).as(user).refused("A password has no scopes.", "basic", "ACCESS_DENIED").because("scope"),
			of("/oauth/introspect", client, "token", "{{accessToken}}").call("Introspection (RFC 7662): active", "What a token is good for.").
				answers(given(`\{"active":true,.*"username":"my_username".*\}\n?`, nil)),
			of("/oauth/introspect", client, "token", "unknown").call("Introspection (RFC 7662): not active", "Nothing is told of a token that is not good.").answers(given(`\{"active":false\}\n?`, nil)),
			of("/oauth/introspect", nobody, "token", "x").refused("Who asks is not told.", "oauth", "INVALID_CLIENT_ID", basicChallenge).because("introspection without a client"),
			of("/oauth/introspect", credentials{user: "{{clientId}}", password: "wrong"}, "token", "x").
				refused("A wrong secret.", "oauth", "INVALID_CLIENT_SECRET", basicChallenge).because("introspection"),
			of("/oauth/revoke", client, "token", "{{accessToken}}").call("Revocation (RFC 7009)", "A client ends its own token.").answers(given(`\{\}`, nil)),
			get("/profile").to(appOAuth).as(accessToken).refused("A token that was revoked.", "oauth", "INVALID_ACCESS_TOKEN", badToken...).because("revoked by its client"),
			of("/oauth/revoke", nobody, "token", "x").refused("Whose it is must be told.", "oauth", "INVALID_CLIENT_ID", basicChallenge).because("revocation without a client"),
		},
	}
}
