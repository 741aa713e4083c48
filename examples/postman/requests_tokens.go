package main

func jwtFolder() folder {
	of := func(r request) request { return r.to(appJWT) }
	return folder{
		name:  "JWT Authentication",
		about: "POST /rest_api/id_token gives a JWT for a user name and a password; Authorization: Bearer <jwt> uses it.",
		requests: []request{
			post(pathIDToken).as(user).call("Get a JWT", "Without AUTH-METHOD and without a body, as in the manuals.").answers(given(idTokenBody, map[string]string{"jwt_token": "jwtToken"})),
			post(pathIDToken).refused("No Authorization header.", "id-token", "MISSING_AUTHORIZATION_HEADER", basicChallenge).because("id_token"),
			post(pathIDToken).as(credentials{bearer: "x"}).refused("Another scheme than Basic.", "id-token", "INVALID_AUTHORIZATION_HEADER_TOKEN_TYPE", basicChallenge).because("id_token"),
			post(pathIDToken).with("Authorization", "Basic bXlfdXNlcm5hbWU=").refused("What is encoded has no colon.", "id-token", "INCOMPLETE_REQUEST").because("id_token"),
			post(pathIDToken).as(credentials{password: "{{password}}"}).refused("The user name is empty.", "id-token", "MISSING_USERNAME", basicChallenge).because("id_token"),
			post(pathIDToken).as(wrongPassword).refused("A wrong password.", "id-token", "INVALID_CREDENTIALS", basicChallenge).because("id_token"),
			post(pathIDToken).as(blocked).refused("A blocked user is answered alike.", "id-token", "INVALID_CREDENTIALS", basicChallenge).because("blocked"),
			get(pathIDToken).as(user).refused("Only POST is taken.", "id-token", "INVALID_HTTP_METHOD").allowing("POST").because("id_token"),

			of(post("/node")).as(jwtToken).sending(newPage).call("Create page", "The example of the manuals.").answers(page(201, pageBody)),
			of(get(pathUser)).as(jwtToken).call("Get user", "The same for a page that is there.").answers(page(200, userBody)),
			get(pathUser).as(jwtToken).call("Without AUTH-METHOD", "The default application takes JWTs too.").answers(page(200, userBody)),
			of(get(pathUser)).as(credentials{bearer: "{{foreignJwt}}"}).onlyIf("foreignJwt").
				call("External JWT", "A JWT of another issuer (JWKS URI, Username Attribute). It needs a server with -jwks, see the README.").answers(page(200, userBody)),
			of(get(pathUser)).refused("No Authorization header.", "jwt", "MISSING_AUTHORIZATION_HEADER", anyMethod...),
			of(get(pathUser)).as(user).refused("Another scheme than Bearer.", "jwt", "INVALID_AUTHORIZATION_HEADER_TOKEN_TYPE", anyMethod...),
			of(get(pathUser)).as(credentials{bearer: "{{jwtToken}}x"}).refused("A signature that is not one.", "jwt", "INVALID_SIGNATURE", badToken...),
			of(get(pathUser)).as(credentials{bearer: "nonsense"}).refused("No JWT at all.", "jwt", "INVALID_SIGNATURE", badToken...).because("no JWT"),
			of(get(pathUser)).as(credentials{bearer: "{{foreignJwtOfNobody}}"}).onlyIf("foreignJwtOfNobody").
				refused("A good signature, and a user who is not there. It needs a server with -jwks, see the README.", "jwt", "USER_INFORMATION_NOT_FOUND", badToken...),
		},
	}
}

func externalFolder() folder {
	of := func() request { return get(pathUser).to(appExternal).onlyIf("externalToken") }
	return folder{
		name:  "External Identity Provider",
		about: "Authorization: Bearer <token of another server>, which is asked about it. It needs a server with -introspect, see the README; without the variable externalToken these requests are left out.",
		requests: []request{
			of().as(credentials{bearer: "{{externalToken}}"}).call("Get user", "The token that the other server gave out.").answers(page(200, userBody)),
			of().as(credentials{bearer: "unknown-there"}).refused("A token of which the other server knows nothing.", "oauth", "INVALID_ACCESS_TOKEN", badToken...),
			of().refused("No Authorization header.", "oauth", "MISSING_AUTHORIZATION_HEADER", anyMethod...),
			of().as(user).refused("Another scheme than Bearer.", "oauth", "INVALID_AUTHORIZATION_HEADER_TOKEN_TYPE").allowing("GET"),
		},
	}
}

func servicesTokenFolder() folder {
	const old = "1.5665e083.Sj5b3crO2RyWXrCFrCAZKeXi0si0vBWsr8k1I01w_YM"
	refusedUser := func(r request) request { return r.naming("readerUsername") }
	return folder{
		name:  "Services Token",
		about: "The token is the user name of a Basic credential, and the password is empty.",
		requests: []request{
			post(pathGenerate).as(user).call("Generate, with user name and password", "How a client gets its first token. It needs the permission \"generate services token\".").
				answers(given(generateBody, map[string]string{"token": "servicesToken"})),
			post(pathGenerate).as(servicesToken).call("Generate, with a token", "How it gets the next one.").answers(given(generateBody, map[string]string{"token": "servicesToken"})),
			get(pathAPIUser).as(servicesToken).call("Get user", "A page that takes services tokens only.").answers(page(200, userBody)),
			get(pathUser).to(appService).as(servicesToken).call("Get user, AUTH-METHOD", "Services tokens have an application too.").answers(page(200, userBody)),
			get(pathUser).as(servicesToken).call("Get user, without AUTH-METHOD", "The default application takes services tokens too.").answers(page(200, userBody)),
			get(pathAPIUser).refused("No credentials.", "service-token", "MISSING_AUTHORIZATION_HEADER", serviceChallenge),
			get(pathAPIUser).as(accessToken).refused("Another scheme than Basic.", "service-token", "INVALID_AUTHORIZATION_HEADER_TOKEN_TYPE", serviceChallenge),
			get(pathAPIUser).as(credentials{user: old}).refused("A token that has ended, by time or by a change of its user.", "service-token", "INVALID_CREDENTIALS", serviceChallenge),
			get(pathAPIUser).as(user).refused("User name and password are taken where tokens are generated, and nowhere else.", "service-token", "INVALID_CREDENTIALS", serviceChallenge).because("password"),
			post(pathGenerate).refused("No credentials.", "service-token", "MISSING_AUTHORIZATION_HEADER", serviceChallenge).because("generate"),
			post(pathGenerate).as(wrongPassword).refused("A wrong password.", "service-token", "INVALID_CREDENTIALS", serviceChallenge).because("generate"),
			post(pathGenerate).as(blocked).refused("A blocked user is answered alike.", "service-token", "INVALID_CREDENTIALS", serviceChallenge).because("blocked"),
			refusedUser(post(pathGenerate).as(reader).refused("Without the permission \"generate services token\".", "service-token", "ACCESS_DENIED")),
			get(pathGenerate).as(user).refused("Only POST is taken.", "service-token", "INVALID_HTTP_METHOD").allowing("POST"),
		},
	}
}

// waitForTheEnd waits until what lives for a second has ended. Services tokens count whole seconds.
const waitForTheEnd = `setTimeout(() => {}, 2100); // until the tokens have ended, which live for a second`

func expiredFolder() folder {
	return folder{
		name:  "Expired tokens",
		about: "On the second server, where tokens live for a second, see the README.",
		requests: []request{
			post(pathToken).onStrict().members("grant_type", "password", "username", "{{username}}", "password", "{{password}}", "client_id", "{{clientId}}").
				call("Get an access token", "It lives for a second.").answers(given(tokenBody, map[string]string{"access_token": "expiredAccessToken"})),
			post(pathIDToken).onStrict().as(user).call("Get a JWT", "It lives for a second.").answers(given(idTokenBody, map[string]string{"jwt_token": "expiredJwtToken"})),
			post(pathGenerate).onStrict().as(user).call("Generate a services token", "It lives for a second.").answers(given(generateBody, map[string]string{"token": "expiredServicesToken"})),
			get(pathUser).onStrict().to(appOAuth).as(credentials{bearer: "{{expiredAccessToken}}"}).after(waitForTheEnd).
				refused("An access token that has ended.", "oauth", "TOKEN_EXPIRED", badToken...).because("access token"),
			get(pathUser).onStrict().to(appJWT).as(credentials{bearer: "{{expiredJwtToken}}"}).refused("A JWT that has ended.", "jwt", "TOKEN_EXPIRED", badToken...).because("JWT"),
			get(pathAPIUser).onStrict().as(credentials{user: "{{expiredServicesToken}}"}).
				refused("A services token that has ended.", "service-token", "INVALID_CREDENTIALS", serviceChallenge).because("expired services token"),
		},
	}
}

// guess sends five different wrong passwords of a user who is not there; the sixth request is then one too many.
var guess = []string{
	`pm.variables.set("stranger", "stranger " + pm.variables.replaceIn("{{$guid}}"));`,
	`for (let i = 1; i <= 5; i++) {`,
	`	pm.sendRequest({`,
	`		url: pm.variables.get("strictBaseUrl") + "/user/1",`,
	`		header: { "AUTH-METHOD": "` + appBasic + `", Authorization: "Basic " + btoa(pm.variables.get("stranger") + ":guess " + i) }`,
	`	});`,
	`}`,
}

func everywhereFolder() folder {
	tooMany := get(pathUser).onStrict().to(appBasic).after(guess...).as(credentials{user: "{{stranger}}", password: "guess 6"}).
		refused("The sixth wrong password for one user from one address within six hours. The others are sent by the script before.", "basic", "TOO_MANY_REQUESTS")
	tooMany.want.retry = true
	return folder{
		name:  "Everywhere",
		about: "Refusals that every method knows.",
		requests: []request{
			get(pathUser).to(appBasic).as(user).with("X-Forwarded-Proto", "http").
				refused("A proxy on the server's own machine says that the request came over plain HTTP, on which passwords may not travel.", "basic", "INSECURE_TRANSPORT"),
			post(pathIDToken).as(user).with("X-Forwarded-Proto", "http").
				refused("The same at an endpoint.", "id-token", "INSECURE_TRANSPORT").because("JWT"),
			post("/node").to(appBasic).as(user).sending("no JSON").refused("A body that cannot be read.", "any", "INVALID_REQUEST").because("body"),
			tooMany,
		},
	}
}
