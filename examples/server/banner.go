package main

import (
	"fmt"
	"io"
	"strings"

	"github.com/apiauth-go/apiauth/examples/server/console"
)

// printBanner writes what is needed to try every method.
func (a *app) printBanner(w io.Writer, base string) {
	host := strings.TrimPrefix(base, "http://")
	d := a.demo
	fmt.Fprintf(w, "apiauth example server on %s (store: %s, errors: %s, JWTs: %s)\n", base, a.cfg.places(), a.cfg.profileName, a.cfg.algorithm)
	for _, name := range a.madeKeys {
		fmt.Fprintf(w, "new key written to %s\n", name)
	}
	a.printLasting(w)
	fmt.Fprintf(w, "users      my_username / topsecret (role editor), reader / reader-password, blocked_user / blocked-password (blocked; API key %s), %s (for %s%s)\n", d.blockedKey, d.operatorLogin(), base, console.Path)
	fmt.Fprintf(w, "client     %s   secret %s   API key of my_username %s\n", d.client.id, d.client.secret, d.apiKey)
	fmt.Fprintf(w, "JWT client %s   secret %s   (its access tokens are JWTs)\n", d.jwtClient.id, d.jwtClient.secret)
	fmt.Fprintf(w, "AUTH-METHOD: %s Basic, %s API key, %s API key as a Basic credential, %s JWT, %s OAuth, %s services token", appBasic, appAPIKey, appAPIKeyBasic, appJWT, appOAuth, appServiceToken)
	if a.cfg.introspect.url != "" {
		fmt.Fprintf(w, ", %s OAuth of %s", appExternal, a.cfg.introspect.url)
	}
	if a.cfg.requireApplication {
		fmt.Fprint(w, "; mandatory\n\n")
	} else {
		fmt.Fprint(w, "; without it any of them\n\n")
	}
	for _, line := range a.curlLines(base, host) {
		fmt.Fprintf(w, "# %s\n%s\n", line.title, line.command)
	}
}

// operatorLogin says with what the operator logs in.
func (d *demoCredentials) operatorLogin() string {
	if d.operator == "" {
		return demoOperator.name + " / the password of an earlier start, or another with -operator-password"
	}
	return demoOperator.name + " / " + d.operator
}

// places names where records live.
func (c config) places() string {
	if c.redis.options != nil {
		return c.store.place + ", tokens: " + c.redis.place
	}
	return c.store.place
}

// printLasting writes what one has to know about records that outlive the server.
func (a *app) printLasting(w io.Writer) {
	if !a.cfg.store.lasting() {
		return
	}
	fmt.Fprintf(w, "keys       JWTs %s, services tokens %s, repeated wrong passwords %s\n", a.cfg.jwtKeyFile, a.cfg.serviceKeyFile, a.cfg.floodKeyFile)
	if a.cfg.client.secret == "" || a.cfg.jwtClient.secret == "" || a.cfg.apiKey == "" || a.cfg.blockedKey == "" {
		fmt.Fprintf(w, "generated secrets and API keys go on working until the second start after this one\n")
	}
	if a.cfg.store.shared() {
		operatorFlag := ""
		if !a.cfg.operator.wellKnown {
			operatorFlag = ", and -operator-password"
		}
		fmt.Fprintf(w, "several servers with this database need the same key files, -issuer, -client-secret, -jwt-client-secret, -api-key and -blocked-api-key%s\n", operatorFlag)
	}
}

type curlLine struct{ title, command string }

// curlLines returns a command for each kind of credential. They are run as they are printed by a test.
func (a *app) curlLines(base, host string) []curlLine {
	d := a.demo
	// member takes a member out of a JSON object with what every machine has.
	member := func(name string) string { return `sed 's/.*"` + name + `":"\([^"]*\)".*/\1/'` }
	page := ` -H 'Content-Type: application/json' -d '{"title":"Hello"}' ` + base + `/node`
	token := base + routeToken
	client := ` -d client_id=` + d.client.id
	secret := client + ` -d client_secret=` + d.client.secret
	password := `curl -s -d grant_type=password -d username=my_username -d password=topsecret`
	return []curlLine{
		{"Basic", `curl -u my_username:topsecret -H 'AUTH-METHOD: ` + appBasic + `'` + page},
		{"API key", `curl -H "API-KEY: $(printf %s 'my_username:` + d.apiKey + `' | base64 | tr -d '\n')" -H 'AUTH-METHOD: ` + appAPIKey + `'` + page},
		{"JWT: get one for a password, use it", `JWT=$(curl -s -X POST -u my_username:topsecret ` + base + `/rest_api/id_token | ` + member("jwt_token") +
			`); curl -H "Authorization: Bearer $JWT" -H 'AUTH-METHOD: ` + appJWT + `' ` + base + `/user/1`},
		{"OAuth, password grant", `TOKEN=$(` + password + client + ` ` + token + ` | ` + member("access_token") +
			`); curl -H "Authorization: Bearer $TOKEN" -H 'AUTH-METHOD: ` + appOAuth + `' ` + base + `/user/1`},
		{"OAuth, client_credentials grant (gives no refresh token)", `curl -d grant_type=client_credentials` + secret + ` -d username=my_username ` + token},
		{"OAuth, refresh: the password grant with the client's secret gives a refresh token, good for one new pair", `REFRESH=$(` + password + secret + ` ` + token + ` | ` + member("refresh_token") +
			`); curl -d grant_type=refresh_token -d refresh_token=$REFRESH` + secret + ` ` + token},
		{"OAuth, ask about a token", `curl -u ` + d.client.id + `:` + d.client.secret + ` -d token="$TOKEN" ` + base + routeIntrospect},
		{"OAuth, a user ends one of his tokens", `curl -u my_username:topsecret -d token="$TOKEN" ` + base + routeUserRevoke},
		{"Services token: get one for a password, use it", `ST=$(curl -s -X POST http://my_username:topsecret@` + host + `/api/services_token/generate | ` + member("token") +
			`); curl http://$ST:@` + host + `/api/user/1`},
	}
}
