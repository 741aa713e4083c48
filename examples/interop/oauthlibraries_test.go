package interop

// The libraries and what they make of refusals. Where a library reads challenges (RFC 6750 section 3), a refusal with one is told by them,
// and by the code in the body otherwise.
var oauthLibraries = []oauthLibrary{
	{
		name:  "oauth4webapi",
		start: process(nodeProgram("oauth4webapi")),
		auths: []string{"basic", "post"},
		lacks: []string{"autorefresh"},
		failure: func(status int, _ string) string {
			if status == 401 {
				return "WWWAuthenticateChallengeError"
			}
			return "ResponseBodyError"
		},
	}, {
		name:  "openid-client",
		start: process(nodeProgram("openid-client")),
		auths: []string{"basic", "post"},
		lacks: []string{"validate", "autorefresh"},
		failure: func(status int, _ string) string {
			if status == 401 {
				return "WWWAuthenticateChallengeError"
			}
			return "ResponseBodyError"
		},
	}, {
		name:    "simple-oauth2",
		start:   process(nodeProgram("simple-oauth2")),
		auths:   []string{"basic", "raw", "post"},
		lacks:   []string{"discover", "introspect", "use", "validate", "autorefresh", "other grants"},
		failure: func(int, string) string { return "Boom" },
	}, {
		name:    "Authlib",
		start:   process(pythonProgram("authlib", "authlib.integrations.requests_client")),
		auths:   []string{"raw", "post"},
		lacks:   []string{"discover", "validate"},
		failure: func(int, string) string { return "OAuthError" },
	}, {
		name:  "requests-oauthlib",
		start: process(pythonProgram("requests_oauthlib", "requests_oauthlib")),
		auths: []string{"raw", "post"},
		lacks: []string{"discover", "introspect", "validate", "other grants"},
		failure: func(_ int, code string) string {
			if name, ok := oauthlibErrors[code]; ok {
				return name
			}
			return "CustomOAuth2Error"
		},
	}, {
		name:    "golang.org/x/oauth2",
		start:   startGoOAuth2,
		auths:   []string{"basic", "post"},
		lacks:   []string{"discover", "introspect", "revoke", "validate", "other grants", "scopes of a refresh"},
		failure: func(int, string) string { return "*oauth2.RetrieveError" },
	},
}

// oauthlibErrors are the classes that oauthlib has for the codes of RFC 6749.
var oauthlibErrors = map[string]string{
	"invalid_request":        "InvalidClientIdError", // it has several for this code and takes the first by name
	"invalid_client":         "InvalidClientError",
	"invalid_grant":          "InvalidGrantError",
	"invalid_scope":          "InvalidScopeError",
	"unauthorized_client":    "UnauthorizedClientError",
	"unsupported_grant_type": "UnsupportedGrantTypeError",
}
