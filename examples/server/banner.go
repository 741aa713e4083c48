package main

import (
	"fmt"
	"io"
	"strings"
)

// printBanner writes what is needed to try every method.
func (a *app) printBanner(w io.Writer, base string) {
	host := strings.TrimPrefix(base, "http://")
	d := a.demo
	fmt.Fprintf(w, "apiauth example server on %s (store: memory, errors: %s, JWTs: %s)\n", base, a.cfg.profileName, a.cfg.algorithm)
	for _, name := range a.madeKeys {
		fmt.Fprintf(w, "new key written to %s\n", name)
	}
	fmt.Fprintf(w, "users      my_username / topsecret (role editor), reader / reader-password, blocked_user / blocked-password (blocked)\n")
	fmt.Fprintf(w, "client     %s   secret %s   API key of my_username %s\n", d.clientID, d.clientSecret, d.apiKey)
	fmt.Fprintf(w, "AUTH-METHOD: %s Basic, %s API key, %s JWT, %s OAuth, %s services token", appBasic, appAPIKey, appJWT, appOAuth, appServiceToken)
	if a.cfg.requireApplication {
		fmt.Fprint(w, "; mandatory\n\n")
	} else {
		fmt.Fprint(w, "; without it any of them\n\n")
	}
	for _, line := range a.curlLines(base, host) {
		fmt.Fprintf(w, "# %s\n%s\n", line.title, line.command)
	}
}

type curlLine struct{ title, command string }

// curlLines returns one command for each method. They are run as they are printed by a test.
func (a *app) curlLines(base, host string) []curlLine {
	d := a.demo
	// member takes a member out of a JSON object with what every machine has.
	member := func(name string) string { return `sed 's/.*"` + name + `":"\([^"]*\)".*/\1/'` }
	page := ` -H 'Content-Type: application/json' -d '{"title":"Hello"}' ` + base + `/node`
	return []curlLine{
		{"Basic", `curl -u my_username:topsecret -H 'AUTH-METHOD: ` + appBasic + `'` + page},
		{"API key", `curl -H "API-KEY: $(printf %s 'my_username:` + d.apiKey + `' | base64)" -H 'AUTH-METHOD: ` + appAPIKey + `'` + page},
		{"JWT: get one for a password, use it", `JWT=$(curl -s -X POST -u my_username:topsecret ` + base + `/rest_api/id_token | ` + member("jwt_token") +
			`); curl -H "Authorization: Bearer $JWT" -H 'AUTH-METHOD: ` + appJWT + `' ` + base + `/user/1`},
		{"OAuth, password grant", `TOKEN=$(curl -s -d grant_type=password -d username=my_username -d password=topsecret -d client_id=` + d.clientID + ` ` + base + `/rest_api/access_token | ` + member("access_token") +
			`); curl -H "Authorization: Bearer $TOKEN" -H 'AUTH-METHOD: ` + appOAuth + `' ` + base + `/user/1`},
		{"OAuth, client_credentials grant", `curl -d grant_type=client_credentials -d client_id=` + d.clientID + ` -d client_secret=` + d.clientSecret + ` -d username=my_username ` + base + `/rest_api/access_token`},
		{"OAuth, revoke a token of one's own", `curl -u my_username:topsecret -d token="$TOKEN" ` + base + `/rest_api/revoke`},
		{"Services token: get one for a password, use it", `ST=$(curl -s -X POST http://my_username:topsecret@` + host + `/api/services_token/generate | ` + member("token") +
			`); curl http://$ST:@` + host + `/api/user/1`},
	}
}
