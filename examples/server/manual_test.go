package main

import (
	"encoding/base64"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// The requests of the two manuals, as they are printed there, sent by the real curl. ${…} stands for what differs from
// server to server.
var manualRequests = []struct {
	name   string
	line   string
	status int
	body   string // a regular expression that matches the whole body
}{
	{
		"Basic: create a page",
		`--location --request POST '${BASE}/node?_format=json' --header 'Accept: application/json' --header 'Content-Type: application/json' --header 'AUTH-METHOD: basic001' --header 'Authorization: Basic bXlfdXNlcm5hbWU6dG9wc2VjcmV0' --data-raw '{"type":[{"target_id":"page"}],"title":[{"value":"Hello"}]}'`,
		201, `\{"nid":\d+,"title":\[\{"value":"Hello"\}\],"type":\[\{"target_id":"page"\}\]\}\n`,
	}, {
		"Basic: without an application",
		`-u my_username:topsecret ${BASE}/user/1`,
		200, `\{"uid":1,"name":"my_username","roles":\["editor"\]\}\n`,
	}, {
		"API key: in its own header",
		`--header 'AUTH-METHOD: apikey01' --header 'API-KEY: ${KEY64}' ${BASE}/user/1`,
		200, `\{"uid":1,"name":"my_username","roles":\["editor"\]\}\n`,
	}, {
		"API key: as a Basic credential",
		`--header 'AUTH-METHOD: apikey02' -u my_username:${KEY} ${BASE}/user/1`,
		200, `\{"uid":1,"name":"my_username","roles":\["editor"\]\}\n`,
	}, {
		"API key: as a Basic credential, without an application",
		`-u my_username:${KEY} ${BASE}/user/1`,
		200, `\{"uid":1,"name":"my_username","roles":\["editor"\]\}\n`,
	}, {
		"API key: without an application",
		`--header 'API-KEY: ${KEY64}' ${BASE}/user/2`,
		200, `\{"uid":2,"name":"reader","roles":\[\]\}\n`,
	}, {
		"JWT: get one",
		`--location --request POST '${BASE}/rest_api/id_token' --header 'Authorization: Basic bXlfdXNlcm5hbWU6dG9wc2VjcmV0'`,
		200, `\{"token_type":"Bearer","iat":\d{10},"expires_in":3600,"jwt_token":"ey[\w-]+\.ey[\w-]+\.[\w-]+"\}`,
	}, {
		"JWT: use it",
		`--header 'AUTH-METHOD: jwt00001' --header 'Authorization: Bearer ${JWT}' '${BASE}/user/1'`,
		200, `\{"uid":1,"name":"my_username","roles":\["editor"\]\}\n`,
	}, {
		"JWT: without an application",
		`--header 'Authorization: Bearer ${JWT}' '${BASE}/user/1'`,
		200, `\{"uid":1,"name":"my_username","roles":\["editor"\]\}\n`,
	}, {
		"OAuth: password grant with the manual's blanks and without a secret",
		`--location --request POST '${BASE}/rest_api/access_token' --header 'Content-Type: application/x-www-form-urlencoded' --data-urlencode 'grant_type=password' --data-urlencode 'username=my_username ' --data-urlencode 'password=topsecret' --data-urlencode 'client_id= ${CLIENT}'`,
		200, `\{"access_token":"[\w-]{20,}","token_type":"Bearer","expires_in":3600\}`,
	}, {
		"OAuth: password grant with a secret, which the manual does not send",
		`-d grant_type=password -d username=my_username -d password=topsecret -d client_id=${CLIENT} -d client_secret=${SECRET} ${BASE}/rest_api/access_token`,
		200, `\{"access_token":"[\w-]{20,}","token_type":"Bearer","expires_in":3600,"refresh_token":"[\w-]{20,}"\}`,
	}, {
		"OAuth: client_credentials grant with Username in capitals",
		`--location --request POST '${BASE}/rest_api/access_token' --header 'Content-Type: application/x-www-form-urlencoded' --data-urlencode 'grant_type=client_credentials' --data-urlencode 'client_id= ${CLIENT}' --data-urlencode 'client_secret=${SECRET}' --data-urlencode 'Username= my_username'`,
		200, `\{"access_token":"[\w-]{20,}","token_type":"Bearer","expires_in":3600\}`,
	}, {
		"OAuth: client_credentials grant with Basic client authentication",
		`-u ${CLIENT}:${SECRET} -d grant_type=client_credentials -d username=my_username ${BASE}/rest_api/access_token`,
		200, `\{"access_token":"[\w-]{20,}","token_type":"Bearer","expires_in":3600\}`,
	}, {
		"OAuth: use it",
		`--location --request POST '${BASE}/node?_format=json' --header 'AUTH-METHOD: oauth001' --header 'Authorization: Bearer ${TOKEN}' --header 'Content-Type: application/json' --data-raw '{"title":"Hello"}'`,
		201, `\{"nid":\d+,"title":"Hello"\}\n`,
	}, {
		"OAuth: without an application",
		`--header 'Authorization: Bearer ${TOKEN}' ${BASE}/user/1`,
		200, `\{"uid":1,"name":"my_username","roles":\["editor"\]\}\n`,
	}, {
		"OAuth: revoke, form",
		`-u my_username:topsecret -d token=${TOKEN} ${BASE}/rest_api/revoke`,
		200, `\{"status":"success","message":"Token revoked successfully"\}`,
	}, {
		"OAuth: revoke, JSON",
		`-u my_username:topsecret --json '{"token":"${TOKEN}","token_type_hint":"access_token"}' ${BASE}/rest_api/revoke`,
		200, `\{"status":"success","message":"Token revoked successfully"\}`,
	}, {
		"JWT: revoke",
		`-u my_username:topsecret -d token=${JWT} ${BASE}/rest_api/revoke`,
		200, `\{"status":"success","message":"Token revoked successfully"\}`,
	}, {
		"OAuth: revoke what is unknown",
		`-u my_username:topsecret -d token=unknown ${BASE}/rest_api/revoke`,
		200, `\{"status":"success","message":"Token revoked successfully"\}`,
	}, {
		"services token: get one for the user name and password in the URL",
		`-XPOST http://my_username:topsecret@${HOST}/api/services_token/generate`,
		200, `\{"expires":"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d[+-]\d{4}","token":"1\.[0-9a-f]{8}\.[\w-]{43}"\}`,
	}, {
		"services token: get one for another",
		`-XPOST http://${ST}:@${HOST}/api/services_token/generate`,
		200, `\{"expires":"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d[+-]\d{4}","token":"1\.[0-9a-f]{8}\.[\w-]{43}"\}`,
	}, {
		"services token: use it in the URL",
		`http://${ST}:@${HOST}/api/user/1`,
		200, `\{"uid":1,"name":"my_username","roles":\["editor"\]\}\n`,
	}, {
		"services token: its application",
		`-H 'AUTH-METHOD: service1' http://${ST}:@${HOST}/user/1`,
		200, `\{"uid":1,"name":"my_username","roles":\["editor"\]\}\n`,
	}, {
		"services token: without an application",
		`http://${ST}:@${HOST}/user/1`,
		200, `\{"uid":1,"name":"my_username","roles":\["editor"\]\}\n`,
	},
}

func TestTheRequestsOfTheManualsSucceed(t *testing.T) {
	for _, profile := range profiles {
		t.Run(profile, func(t *testing.T) {
			s := startServer(t, "-profile", profile)
			for _, test := range manualRequests {
				t.Run(test.name, func(t *testing.T) {
					got := curl(t, words(t, s.line(test.line))...)
					require.Equal(t, test.status, got.status, got.body)
					require.Regexp(t, regexp.MustCompile(`\A`+test.body+`\z`), got.body)
					require.Equal(t, "application/json", got.header.Get("Content-Type"))
					if strings.Contains(test.line, "/rest_api/") || strings.Contains(test.line, "/generate") {
						require.Equal(t, "no-store", got.header.Get("Cache-Control"))
					} else {
						require.Equal(t, "private", got.header.Get("Cache-Control"))
						require.Contains(t, got.header.Get("Vary"), "Authorization")
					}
				})
			}
		})
	}
}

var profiles = []string{"2025", "legacy", "rfc"}

// line fills in what differs from server to server.
func (s *example) line(line string) string {
	return s.expand(strings.NewReplacer("${KEY64}", base64Pair("my_username", s.apiKey), "${BLOCKED64}", base64Pair("blocked_user", s.blockedKey)).Replace(line))
}

func base64Pair(name, secret string) string {
	return base64.StdEncoding.EncodeToString([]byte(name + ":" + secret))
}

// The challenges of the example server.
const (
	basic   = `Basic realm="Example API", charset="UTF-8"`
	service = `Basic realm="Example API"`
	bearer  = `Bearer realm="Example API"`
	apiKey  = `ApiKey realm="Example API"`
)

var (
	anyMethod    = []string{bearer, basic, apiKey}
	invalidToken = []string{`Bearer realm="Example API", error="invalid_token"`, basic, apiKey}
)

// documentedErrors provokes every error of the manuals that the example server can give. method and code name the
// golden file; challenges are those of a 401.
var documentedErrors = []struct {
	method, code string
	line         string
	challenges   []string
}{
	{"any", "INVALID_APPLICATION_ID", `-H 'AUTH-METHOD: ffffffff' -u my_username:topsecret ${BASE}/user/1`, nil},
	{"any", "INVALID_APPLICATION_ID", `-H 'AUTH-METHOD;' -u my_username:topsecret ${BASE}/user/1`, nil},
	{"any", "INVALID_APPLICATION_ID", `-H 'AUTH-METHOD: basic001' -H 'AUTH-METHOD: basic001' -u my_username:topsecret ${BASE}/user/1`, nil},

	{"oauth", "INVALID_CREDENTIALS", `-d grant_type=password -d username=my_username -d password=wrong -d client_id=${CLIENT} ${BASE}/rest_api/access_token`, []string{basic}},
	{"oauth", "INVALID_CREDENTIALS", `-d grant_type=password -d username=nobody -d password=topsecret -d client_id=${CLIENT} ${BASE}/rest_api/access_token`, []string{basic}},
	{"oauth", "INVALID_CREDENTIALS", `-d grant_type=password -d username=blocked_user -d password=blocked-password -d client_id=${CLIENT} ${BASE}/rest_api/access_token`, []string{basic}},
	{"oauth", "INVALID_CLIENT_ID", `-d grant_type=password -d username=my_username -d password=topsecret -d client_id=unknown ${BASE}/rest_api/access_token`, []string{basic}},
	{"oauth", "INVALID_CLIENT_SECRET", `-d grant_type=client_credentials -d username=my_username -d client_id=${CLIENT} -d client_secret=wrong ${BASE}/rest_api/access_token`, []string{basic}},
	{"oauth", "INVALID_CLIENT_SECRET", `-d grant_type=password -d username=my_username -d password=topsecret -d client_id=${CLIENT} -d client_secret=wrong ${BASE}/rest_api/access_token`, []string{basic}},
	{"oauth", "MISSING_USERNAME", `-d grant_type=password -d password=topsecret -d client_id=${CLIENT} ${BASE}/rest_api/access_token`, nil},
	{"oauth", "MISSING_USERNAME", `-d grant_type=client_credentials -d client_id=${CLIENT} -d client_secret=${SECRET} ${BASE}/rest_api/access_token`, nil},
	{"oauth", "MISSING_GRANT_TYPE", `-d username=my_username -d client_id=${CLIENT} ${BASE}/rest_api/access_token`, nil},
	{"oauth", "MISSING_PASSWORD", `-d grant_type=password -d username=my_username -d client_id=${CLIENT} ${BASE}/rest_api/access_token`, nil},
	{"oauth", "MISSING_CLIENT_ID", `-d grant_type=password -d username=my_username -d password=topsecret ${BASE}/rest_api/access_token`, nil},
	{"oauth", "MISSING_CLIENT_SECRET", `-d grant_type=client_credentials -d username=my_username -d client_id=${CLIENT} ${BASE}/rest_api/access_token`, nil},
	{"oauth", "UNSUPPORTED_GRANT_TYPE", `-d grant_type=implicit -d client_id=${CLIENT} ${BASE}/rest_api/access_token`, nil},
	{"oauth", "UNAUTHORIZED_CLIENT", `-d grant_type=client_credentials -d username=blocked_user -d client_id=${CLIENT} -d client_secret=${SECRET} ${BASE}/rest_api/access_token`, nil},
	{"oauth", "INVALID_REQUEST", `-d grant_type=password -d grant_type=password ${BASE}/rest_api/access_token`, nil},
	{"oauth", "INVALID_SCOPE", `-d grant_type=client_credentials -d scope=admin -d username=my_username -d client_id=${CLIENT} -d client_secret=${SECRET} ${BASE}/rest_api/access_token`, nil},
	{"oauth", "INVALID_HTTP_METHOD", `${BASE}/rest_api/access_token`, nil},
	{"oauth", "MISSING_AUTHORIZATION_HEADER", `-H 'AUTH-METHOD: oauth001' ${BASE}/user/1`, anyMethod},
	{"oauth", "MISSING_AUTHORIZATION_HEADER", `${BASE}/user/1`, anyMethod},
	{"oauth", "INVALID_AUTHORIZATION_HEADER_TOKEN_TYPE", `-H 'AUTH-METHOD: oauth001' -u my_username:topsecret ${BASE}/user/1`, anyMethod},
	{"oauth", "INVALID_ACCESS_TOKEN", `-H 'AUTH-METHOD: oauth001' -H 'Authorization: Bearer aat_0123456789abcdefghijklmnopqrstuv' ${BASE}/user/1`, invalidToken},
	{"oauth", "INVALID_ACCESS_TOKEN", `-H 'AUTH-METHOD: oauth001' -H 'Authorization: Bearer ${JWT}' ${BASE}/user/1`, invalidToken},

	{"id-token", "INVALID_CREDENTIALS", `-X POST -u my_username:wrong ${BASE}/rest_api/id_token`, []string{basic}},
	{"id-token", "INVALID_CREDENTIALS", `-X POST -u blocked_user:blocked-password ${BASE}/rest_api/id_token`, []string{basic}},
	{"id-token", "MISSING_AUTHORIZATION_HEADER", `-X POST ${BASE}/rest_api/id_token`, []string{basic}},
	{"id-token", "INVALID_HTTP_METHOD", `-u my_username:topsecret ${BASE}/rest_api/id_token`, nil},
	{"jwt", "MISSING_AUTHORIZATION_HEADER", `-H 'AUTH-METHOD: jwt00001' ${BASE}/user/1`, anyMethod},
	{"jwt", "INVALID_AUTHORIZATION_HEADER_TOKEN_TYPE", `-H 'AUTH-METHOD: jwt00001' -u my_username:topsecret ${BASE}/user/1`, anyMethod},
	{"jwt", "INVALID_SIGNATURE", `-H 'AUTH-METHOD: jwt00001' -H 'Authorization: Bearer ${JWT}x' ${BASE}/user/1`, invalidToken},
	{"jwt", "INVALID_SIGNATURE", `-H 'AUTH-METHOD: jwt00001' -H 'Authorization: Bearer nonsense' ${BASE}/user/1`, invalidToken},

	{"basic", "MISSING_AUTHORIZATION_HEADER", `-H 'AUTH-METHOD: basic001' ${BASE}/user/1`, anyMethod},
	{"basic", "INVALID_AUTHORIZATION_HEADER_TOKEN_TYPE", `-H 'AUTH-METHOD: basic001' -H 'Authorization: Bearer x' ${BASE}/user/1`, anyMethod},
	{"basic", "INCOMPLETE_REQUEST", `-H 'AUTH-METHOD: basic001' -H 'Authorization: Basic' ${BASE}/user/1`, nil},
	{"basic", "INCOMPLETE_REQUEST", `-H 'AUTH-METHOD: basic001' -H 'Authorization: Basic bXlfdXNlcm5hbWU=' ${BASE}/user/1`, nil},
	{"basic", "MISSING_USERNAME", `-H 'AUTH-METHOD: basic001' -u :topsecret ${BASE}/user/1`, anyMethod},
	{"basic", "INVALID_CREDENTIALS", `-H 'AUTH-METHOD: basic001' -u my_username:wrong ${BASE}/user/1`, anyMethod},
	{"basic", "INVALID_CREDENTIALS", `-H 'AUTH-METHOD: basic001' -u nobody:topsecret ${BASE}/user/1`, anyMethod},
	{"basic", "INVALID_CREDENTIALS", `-H 'AUTH-METHOD: basic001' -u blocked_user:wrong ${BASE}/user/1`, anyMethod},
	{"basic", "USER_BLOCKED", `-H 'AUTH-METHOD: basic001' -u blocked_user:blocked-password ${BASE}/user/1`, nil},
	{"basic", "ACCESS_DENIED", `-H 'AUTH-METHOD: basic001' -u reader:reader-password ${BASE}/user/1`, nil},
	{"basic", "INVALID_REQUEST", `-H 'AUTH-METHOD: basic001' -u my_username:topsecret -H 'API-KEY: ${KEY64}' ${BASE}/user/1`, nil},

	{"apikey", "MISSING_API_KEY_HEADER", `-H 'AUTH-METHOD: apikey01' ${BASE}/user/1`, anyMethod},
	{"apikey", "INVALID_API_KEY_FORMAT", `-H 'AUTH-METHOD: apikey01' -H 'API-KEY: nonsense' ${BASE}/user/1`, anyMethod},
	{"apikey", "INVALID_API_KEY", `-H 'AUTH-METHOD: apikey01' -H 'API-KEY: bXlfdXNlcm5hbWU6d3Jvbmc=' ${BASE}/user/1`, anyMethod},

	{"apikey", "USER_BLOCKED", `-H 'AUTH-METHOD: apikey01' -H 'API-KEY: ${BLOCKED64}' ${BASE}/user/1`, nil},
	{"apikey", "USER_BLOCKED", `-H 'API-KEY: ${BLOCKED64}' ${BASE}/user/1`, nil},

	{"apikey-basic", "MISSING_AUTHORIZATION_HEADER", `-H 'AUTH-METHOD: apikey02' ${BASE}/user/1`, anyMethod},
	{"apikey-basic", "INVALID_AUTHORIZATION_HEADER_TYPE", `-H 'AUTH-METHOD: apikey02' -H 'Authorization: Bearer x' ${BASE}/user/1`, anyMethod},
	{"apikey-basic", "INVALID_AUTHORIZATION_HEADER", `-H 'AUTH-METHOD: apikey02' -H 'Authorization: Basic nonsense' ${BASE}/user/1`, anyMethod},
	{"apikey-basic", "INVALID_API_KEY", `-H 'AUTH-METHOD: apikey02' -u my_username:wrong ${BASE}/user/1`, anyMethod},
	{"apikey-basic", "INVALID_API_KEY", `-H 'AUTH-METHOD: apikey02' -u nobody:${KEY} ${BASE}/user/1`, anyMethod},
	{"apikey-basic", "INVALID_API_KEY", `-H 'AUTH-METHOD: apikey02' -u my_username:topsecret ${BASE}/user/1`, anyMethod},
	{"apikey-basic", "USER_BLOCKED", `-H 'AUTH-METHOD: apikey02' -u blocked_user:${BLOCKEDKEY} ${BASE}/user/1`, nil},
	{"apikey-basic", "USER_BLOCKED", `-u blocked_user:${BLOCKEDKEY} ${BASE}/user/1`, nil},

	{"revoke", "MISSING_BASIC_AUTH", `-d token=x ${BASE}/rest_api/revoke`, []string{basic}},
	{"revoke", "MISSING_BASIC_AUTH", `-H 'Authorization: Bearer ${TOKEN}' -d token=x ${BASE}/rest_api/revoke`, []string{basic}},
	{"revoke", "INVALID_BASIC_AUTH_FORMAT", `-H 'Authorization: Basic nonsense' -d token=x ${BASE}/rest_api/revoke`, []string{basic}},
	{"revoke", "MISSING_CREDENTIALS", `-u my_username: -d token=x ${BASE}/rest_api/revoke`, []string{basic}},
	{"revoke", "INVALID_CREDENTIALS", `-u my_username:wrong -d token=x ${BASE}/rest_api/revoke`, []string{basic}},
	{"revoke", "USER_BLOCKED", `-u blocked_user:blocked-password -d token=x ${BASE}/rest_api/revoke`, nil},
	{"revoke", "INVALID_HTTP_METHOD", `-u my_username:topsecret ${BASE}/rest_api/revoke`, nil},
	{"revoke", "UNSUPPORTED_TOKEN_TYPE", `-u my_username:topsecret -d token=${ST} ${BASE}/rest_api/revoke`, nil},

	{"service-token", "INVALID_CREDENTIALS", `http://1.5665e083.Sj5b3crO2RyWXrCFrCAZKeXi0si0vBWsr8k1I01w_YM:@${HOST}/api/user/1`, []string{service}},
	{"service-token", "INVALID_CREDENTIALS", `-u my_username:topsecret ${BASE}/api/user/1`, []string{service}},
	{"service-token", "MISSING_AUTHORIZATION_HEADER", `${BASE}/api/user/1`, []string{service}},
	{"service-token", "INVALID_AUTHORIZATION_HEADER_TOKEN_TYPE", `-H 'Authorization: Bearer ${TOKEN}' ${BASE}/api/user/1`, []string{service}},
	{"service-token", "INVALID_CREDENTIALS", `-XPOST http://my_username:wrong@${HOST}/api/services_token/generate`, []string{service}},
	{"service-token", "MISSING_AUTHORIZATION_HEADER", `-XPOST ${BASE}/api/services_token/generate`, []string{service}},
	{"service-token", "ACCESS_DENIED", `-XPOST http://reader:reader-password@${HOST}/api/services_token/generate`, nil},
	{"service-token", "INVALID_HTTP_METHOD", `http://my_username:topsecret@${HOST}/api/services_token/generate`, nil},
}

func TestEveryDocumentedErrorIsAnsweredInItsProfile(t *testing.T) {
	for _, profile := range profiles {
		t.Run(profile, func(t *testing.T) {
			s := startServer(t, "-profile", profile)
			for _, test := range documentedErrors {
				t.Run(test.method+" "+test.code, func(t *testing.T) {
					requireRefused(t, profile, test.method, test.code, test.challenges, curl(t, words(t, s.line(test.line))...))
				})
			}
			require.NotContains(t, s.stderr.String(), "topsecret", "no password reaches the log")
			require.NotContains(t, s.stderr.String(), "aat_", "no token reaches the log")
		})
	}
}

// named are the users of the demo whose names stand in the texts of refusals; the golden files name my_username.
var named = map[string]string{"basic USER_BLOCKED": "blocked_user", "service-token ACCESS_DENIED": "reader"}

// requireRefused compares a refusal with the golden file of package errors, which also tells the status.
func requireRefused(t *testing.T, profile, method, code string, challenges []string, got response) {
	t.Helper()
	var files []string
	for _, m := range []string{method, "any"} { // what no method tells in its own words is under any
		found, err := filepath.Glob(filepath.Join("..", "..", "errors", "testdata", "golden", profile, m, code+".*.json"))
		require.NoError(t, err)
		if files = found; len(files) > 0 {
			break
		}
	}
	require.Len(t, files, 1, "golden file of %s %s %s", profile, method, code)
	golden, err := os.ReadFile(files[0])
	require.NoError(t, err)
	status, err := strconv.Atoi(strings.Split(filepath.Base(files[0]), ".")[1])
	require.NoError(t, err)

	want := string(golden)
	if name, ok := named[method+" "+code]; ok {
		want = strings.Replace(want, "my_username", name, 1)
	}
	require.Equal(t, want, got.body)
	require.Equal(t, status, got.status)
	require.Equal(t, "application/json", got.header.Get("Content-Type"))
	require.Equal(t, "no-store", got.header.Get("Cache-Control"))
	switch status {
	case 401:
		if challenges == nil {
			challenges = anyMethod // another profile answers with a 401 what the manual does not
		}
		requireChallenges(t, profile, challenges, got.header.Values("Www-Authenticate"))
	case 405:
		if code == "INVALID_HTTP_METHOD" {
			require.Equal(t, "POST", got.header.Get("Allow"))
		} else {
			require.Equal(t, "GET", got.header.Get("Allow"), "the request's own method")
		}
	}
}

// requireChallenges compares challenges in any order. The rfc profile adds a description to those of bearer tokens.
func requireChallenges(t *testing.T, profile string, want, got []string) {
	t.Helper()
	if profile == "rfc" {
		description := regexp.MustCompile(`, error_description="[^"]+"`)
		got = slices.Clone(got)
		for i := range got {
			got[i] = description.ReplaceAllString(got[i], "")
		}
	}
	require.ElementsMatch(t, want, got)
}

func TestWithoutADefaultApplicationTheHeaderIsMandatory(t *testing.T) {
	for _, profile := range []string{"2025", "rfc"} { // the older manuals have no such header
		s := startServer(t, "-require-application", "-profile", profile)
		requireRefused(t, profile, "any", "MISSING_HEADER", nil, curl(t, words(t, s.line(`-u my_username:topsecret ${BASE}/user/1`))...))
		got := curl(t, words(t, s.line(`-H 'AUTH-METHOD: basic001' -u my_username:topsecret ${BASE}/user/1`))...)
		require.Equal(t, 200, got.status, got.body)
	}
}

func TestExpiredTokensAreToldApart(t *testing.T) {
	t.Parallel()
	for _, profile := range profiles {
		s := startServer(t, "-profile", profile, "-token-ttl", "1s", "-service-token-ttl", "1s")
		token, access, jwt, st := s.accessToken(), s.jwtAccess(), s.jwt(), s.st()
		time.Sleep(2100 * time.Millisecond) // services tokens count whole seconds
		requireRefused(t, profile, "oauth", "TOKEN_EXPIRED", invalidToken, curl(t, "-H", "AUTH-METHOD: oauth001", "-H", "Authorization: Bearer "+token, s.base+"/user/1"))
		requireRefused(t, profile, "oauth", "TOKEN_EXPIRED", invalidToken, curl(t, "-H", "AUTH-METHOD: oauth001", "-H", "Authorization: Bearer "+access, s.base+"/user/1"))
		requireRefused(t, profile, "jwt", "TOKEN_EXPIRED", invalidToken, curl(t, "-H", "AUTH-METHOD: jwt00001", "-H", "Authorization: Bearer "+jwt, s.base+"/user/1"))
		requireRefused(t, profile, "service-token", "INVALID_CREDENTIALS", []string{service}, curl(t, "http://"+st+":@"+s.host+"/api/user/1"))
	}
}

func TestARevokedTokenIsRefused(t *testing.T) {
	s := startServer(t)
	for name, c := range map[string]struct{ application, token, method, code string }{
		"access token": {"oauth001", s.accessToken(), "oauth", "INVALID_ACCESS_TOKEN"},
		"JWT":          {"jwt00001", s.jwt(), "jwt", "INVALID_TOKEN"},
	} {
		t.Run(name, func(t *testing.T) {
			use := func() response {
				return curl(t, "-H", "AUTH-METHOD: "+c.application, "-H", "Authorization: Bearer "+c.token, s.base+"/user/1")
			}
			require.Equal(t, 200, use().status)
			require.Equal(t, 200, curl(t, "-u", "reader:reader-password", "-d", "token="+c.token, s.base+"/rest_api/revoke").status)
			require.Equal(t, 200, use().status, "another user's revocation has no effect")
			require.Equal(t, 200, curl(t, "-u", "my_username:topsecret", "-d", "token="+c.token, s.base+"/rest_api/revoke").status)
			requireRefused(t, "2025", c.method, c.code, invalidToken, use())
		})
	}
}
