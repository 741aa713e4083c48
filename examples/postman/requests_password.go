package main

// These put what the field API-KEY holds into the variable apiKeyPair.
const (
	encodeAPIKey     = `pm.variables.set("apiKeyPair", btoa(pm.variables.get("username") + ":" + pm.variables.get("apiKey")));`
	encodeBlockedKey = `pm.variables.set("apiKeyPair", btoa(pm.variables.get("blockedUsername") + ":" + pm.variables.get("blockedApiKey")));`
)

func choiceFolder() folder {
	return folder{
		name:  "AUTH-METHOD",
		about: "Which application answers for a request: the header AUTH-METHOD holds its id. Without the header it is the default application, if there is one.",
		requests: []request{
			get(pathUser).to(appBasic).as(user).call("An application", "The application that the header names demands its method, here Basic Authentication.").answers(page(200, userBody)),
			get(pathUser).as(user).call("Without the header", "The default application of the example server takes every method.").answers(page(200, userBody)),
			get(pathUser).onStrict().as(user).refused("The second server has no default application.", "any", "MISSING_HEADER"),
			get(pathUser).to("ffffffff").as(user).refused("There is no such application. It never falls back to the default one.", "any", "INVALID_APPLICATION_ID"),
			get(pathUser).with("AUTH-METHOD", appBasic).with("AUTH-METHOD", appOAuth).as(user).
				refused("A header that is there twice names no application.", "any", "INVALID_APPLICATION_ID").because("two of them"),
		},
	}
}

func basicFolder() folder {
	of := func(r request) request { return r.to(appBasic) }
	return folder{
		name:  "Basic Authentication",
		about: "Authorization: Basic base64(user:password).",
		requests: []request{
			of(post("/node")).as(user).sending(newPage).call("Create page", "The example of the manuals. It needs the permission \"create page content\".").answers(page(201, pageBody)),
			of(get(pathUser)).as(user).call("Get user", "It needs the permission \"view user information\".").answers(page(200, userBody)),
			of(get(pathUser)).refused("No Authorization header.", "basic", "MISSING_AUTHORIZATION_HEADER", anyMethod...),
			of(get(pathUser)).as(credentials{bearer: "x"}).refused("Another scheme than Basic.", "basic", "INVALID_AUTHORIZATION_HEADER_TOKEN_TYPE", anyMethod...),
			of(get(pathUser)).with("Authorization", "Basic bXlfdXNlcm5hbWU=").refused("What is encoded has no colon.", "basic", "INCOMPLETE_REQUEST"),
			of(get(pathUser)).as(credentials{password: "{{password}}"}).refused("The user name is empty.", "basic", "MISSING_USERNAME", anyMethod...),
			of(get(pathUser)).as(wrongPassword).refused("A wrong password.", "basic", "INVALID_CREDENTIALS", anyMethod...),
			of(get(pathUser)).as(unknownUser).refused("An unknown user is answered like a wrong password.", "basic", "INVALID_CREDENTIALS", anyMethod...).because("nobody"),
			of(get(pathUser)).as(credentials{user: "{{blockedUsername}}", password: "wrong"}).
				refused("So is a blocked user whose password is wrong.", "basic", "INVALID_CREDENTIALS", anyMethod...).because("blocked, wrong password"),
			of(get(pathUser)).as(blocked).refused("A blocked user who knows his password is told so.", "basic", "USER_BLOCKED").naming("blockedUsername"),
			of(get(pathUser)).as(reader).refused("Authenticated, but without the permission.", "basic", "ACCESS_DENIED"),
			of(get(pathUser)).as(user).after(encodeAPIKey).with("API-KEY", "{{apiKeyPair}}").
				refused("Two methods in one request.", "basic", "INVALID_REQUEST"),
		},
	}
}

// naming is a refusal whose text names a user.
func (r request) naming(variable string) request { r.want = r.want.naming(variable); return r }

func apiKeyFolder() folder {
	of := func(r request) request { return r.to(appAPIKey) }
	return folder{
		name:  "API Key Authentication",
		about: "API-KEY: base64(user:api-key).",
		requests: []request{
			of(post("/node")).after(encodeAPIKey).with("API-KEY", "{{apiKeyPair}}").sending(newPage).call("Create page", "The example of the manuals.").answers(page(201, pageBody)),
			of(get(pathUser)).after(encodeAPIKey).with("API-KEY", "{{apiKeyPair}}").call("Get user", "The same for a page that is there.").answers(page(200, userBody)),
			get(pathUser).after(encodeAPIKey).with("API-KEY", "{{apiKeyPair}}").call("Without AUTH-METHOD", "The default application takes API keys too.").answers(page(200, userBody)),
			of(get(pathUser)).refused("No API-KEY header.", "apikey", "MISSING_API_KEY_HEADER", anyMethod...),
			of(get(pathUser)).with("API-KEY", "nonsense").refused("What is there is no user name and key in base64.", "apikey", "INVALID_API_KEY_FORMAT", anyMethod...),
			of(get(pathUser)).with("API-KEY", "bXlfdXNlcm5hbWU6d3Jvbmc=").refused("A wrong key: my_username:wrong.", "apikey", "INVALID_API_KEY", anyMethod...),
			of(get(pathUser)).with("API-KEY", "bm9ib2R5Ondyb25n").refused("An unknown user is answered alike: nobody:wrong.", "apikey", "INVALID_API_KEY", anyMethod...).because("nobody"),
			of(get(pathUser)).after(encodeBlockedKey).with("API-KEY", "{{apiKeyPair}}").refused("The key of a blocked user.", "apikey", "USER_BLOCKED"),
		},
	}
}

func apiKeyBasicFolder() folder {
	of := func(r request) request { return r.to(appAPIKeyBasic) }
	key := credentials{user: "{{username}}", password: "{{apiKey}}"}
	return folder{
		name:  "API Key Authentication, as a Basic credential",
		about: "Authorization: Basic base64(user:api-key).",
		requests: []request{
			of(post("/node")).as(key).sending(newPage).call("Create page", "The example of the manuals.").answers(page(201, pageBody)),
			of(get(pathUser)).as(key).call("Get user", "The same for a page that is there.").answers(page(200, userBody)),
			of(get(pathUser)).refused("No Authorization header.", "apikey-basic", "MISSING_AUTHORIZATION_HEADER", anyMethod...),
			of(get(pathUser)).as(credentials{bearer: "x"}).refused("Another scheme than Basic.", "apikey-basic", "INVALID_AUTHORIZATION_HEADER_TYPE", anyMethod...),
			of(get(pathUser)).with("Authorization", "Basic nonsense").refused("What is encoded is no user name and key.", "apikey-basic", "INVALID_AUTHORIZATION_HEADER", anyMethod...),
			of(get(pathUser)).as(wrongPassword).refused("A wrong key.", "apikey-basic", "INVALID_API_KEY", anyMethod...),
			of(get(pathUser)).as(user).refused("A password is no key.", "apikey-basic", "INVALID_API_KEY", anyMethod...).because("the password"),
			of(get(pathUser)).as(credentials{user: "nobody", password: "{{apiKey}}"}).
				refused("An unknown user is answered alike.", "apikey-basic", "INVALID_API_KEY", anyMethod...).because("nobody"),
			of(get(pathUser)).as(credentials{user: "{{blockedUsername}}", password: "{{blockedApiKey}}"}).refused("The key of a blocked user.", "apikey-basic", "USER_BLOCKED"),
		},
	}
}

func revokeFolder() folder {
	revoke := func() request { return post(pathRevoke) }
	of := func(code string, c credentials, about string, challenges ...string) request {
		return revoke().as(c).members("token", "x").refused(about, "revoke", code, challenges...)
	}
	return folder{
		name:  "Revoke token",
		about: "POST /rest_api/revoke ends a token of one's own. Whoever owns it shows his user name and password.",
		requests: []request{
			revoke().as(reader).members("token", "{{accessToken}}").call("A token of somebody else", "It is answered like an unknown token, and nothing happens to it.").answers(given(revokedBody, nil)),
			get(pathUser).to(appOAuth).as(accessToken).call("It still works", "As it says.").answers(page(200, userBody)),
			revoke().as(user).members("token", "{{accessToken}}", "token_type_hint", "access_token").call("Revoke an access token", "In a form.").answers(given(revokedBody, nil)),
			get(pathUser).to(appOAuth).as(accessToken).refused("A token that was revoked.", "oauth", "INVALID_ACCESS_TOKEN", badToken...).because("revoked"),
			revoke().as(user).sending(`{"token":"{{jwtToken}}"}`).call("Revoke a JWT", "In a JSON object.").answers(given(revokedBody, nil)),
			get(pathUser).to(appJWT).as(jwtToken).refused("A JWT that was revoked.", "jwt", "INVALID_TOKEN", badToken...).because("revoked"),
			revoke().as(user).members("token", "unknown").call("An unknown token", "A success as well (RFC 7009).").answers(given(revokedBody, nil)),
			revoke().as(user).members("token", "{{servicesToken}}").refused("Services tokens end with a change of their user, and cannot be revoked.", "revoke", "UNSUPPORTED_TOKEN_TYPE"),
			revoke().as(user).members("token_type_hint", "access_token").refused("The form has no token.", "revoke", "INVALID_REQUEST"),
			of("MISSING_BASIC_AUTH", nobody, "No Authorization header.", basicChallenge),
			of("MISSING_BASIC_AUTH", credentials{bearer: "x"}, "Another scheme than Basic.", basicChallenge).because("bearer token"),
			revoke().with("Authorization", "Basic nonsense").members("token", "x").refused("What is encoded is no user name and password.", "revoke", "INVALID_BASIC_AUTH_FORMAT", basicChallenge),
			of("MISSING_CREDENTIALS", credentials{user: "{{username}}"}, "The password is empty.", basicChallenge),
			of("INVALID_CREDENTIALS", wrongPassword, "A wrong password.", basicChallenge),
			of("USER_BLOCKED", blocked, "A blocked user who knows his password is told so."),
			get(pathRevoke).as(user).refused("Only POST is taken.", "revoke", "INVALID_HTTP_METHOD").allowing("POST"),
		},
	}
}

// allowing is a refusal with the field Allow.
func (r request) allowing(methods string) request { r.want = r.want.allowing(methods); return r }
