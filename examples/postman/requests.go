package main

// folder is a part of the collection.
type folder struct {
	name, about string
	requests    []request
}

// request is one request with what its answer must be.
type request struct {
	name, about string
	method      string
	server      string // the variable with the base address
	path        string
	app         string // AUTH-METHOD
	auth        credentials
	headers     []pair
	form        []pair
	json        string
	before      []string // a script that runs before the request
	want        answer
}

// credentials are those of the tab "Authorization": a user name and a password, or a bearer token.
type credentials struct{ user, password, bearer string }

// The servers. The second has short lifetimes and no default application, see the README.
const (
	base   = "{{baseUrl}}"
	strict = "{{strictBaseUrl}}"
)

// The applications of the example server.
const (
	appBasic       = "basic001"
	appAPIKey      = "apikey01"
	appAPIKeyBasic = "apikey02"
	appJWT         = "jwt00001"
	appOAuth       = "oauth001"
	appExternal    = "extern01"
	appService     = "service1"
)

// The endpoints of the documented systems.
const (
	pathIDToken  = "/rest_api/id_token"
	pathToken    = "/rest_api/access_token"
	pathRevoke   = "/rest_api/revoke"
	pathGenerate = "/api/services_token/generate"
	pathUser     = "/user/{{userId}}"
	pathAPIUser  = "/api/user/{{userId}}"
)

// Credentials.
var (
	nobody        = credentials{}
	user          = credentials{user: "{{username}}", password: "{{password}}"}
	reader        = credentials{user: "{{readerUsername}}", password: "{{readerPassword}}"}
	blocked       = credentials{user: "{{blockedUsername}}", password: "{{blockedPassword}}"}
	wrongPassword = credentials{user: "{{username}}", password: "wrong"} // always the same, which counts as one failure
	unknownUser   = credentials{user: "nobody", password: "wrong"}
	accessToken   = credentials{bearer: "{{accessToken}}"}
	jwtToken      = credentials{bearer: "{{jwtToken}}"}
	servicesToken = credentials{user: "{{servicesToken}}"}
	client        = credentials{user: "{{clientId}}", password: "{{clientSecret}}"}
)

// Bodies of successes, as regular expressions.
const (
	userBody     = `\{"uid":1,"name":"my_username","roles":\["editor"\]\}\n`
	tokenBody    = `\{"access_token":"[\w-]{20,}","token_type":"Bearer","expires_in":\d+\}`
	refreshBody  = `\{"access_token":"[\w-]{20,}","token_type":"Bearer","expires_in":\d+,"refresh_token":"[\w-]{20,}"\}`
	idTokenBody  = `\{"token_type":"Bearer","iat":\d{10},"expires_in":\d+,"jwt_token":"ey[\w-]+\.ey[\w-]+\.[\w-]+"\}`
	generateBody = `\{"expires":"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d[+-]\d{4}","token":"1\.[0-9a-f]{8}\.[\w-]{43}"\}`
	revokedBody  = `\{"status":"success","message":"Token revoked successfully"\}`
)

// newPage is the page of the manuals.
const newPage = `{"type":[{"target_id":"page"}],"title":[{"value":"Hello"}],"body":[{"value":"Hello world"}]}`

// pageBody is the answer of the example server to it.
const pageBody = `\{"body":\[\{"value":"Hello world"\}\],"nid":\d+,"title":\[\{"value":"Hello"\}\],"type":\[\{"target_id":"page"\}\]\}\n`

func get(path string) request  { return request{method: "GET", server: base, path: path} }
func post(path string) request { return request{method: "POST", server: base, path: path} }

// call names a request and says what it is about.
func (r request) call(name, about string) request { r.name, r.about = name, about; return r }
func (r request) as(c credentials) request        { r.auth = c; return r }
func (r request) with(header, value string) request {
	r.headers = append(r.headers[:len(r.headers):len(r.headers)], pair{header, value})
	return r
}
func (r request) to(app string) request       { r.app = app; return r }
func (r request) sending(body string) request { r.json = body; return r }
func (r request) after(script ...string) request {
	r.before = append(r.before[:len(r.before):len(r.before)], script...)
	return r
}
func (r request) onStrict() request           { r.server = strict; return r }
func (r request) answers(want answer) request { r.want = want; return r }
func (r request) onlyIf(variable string) request {
	return r.after(`if (!pm.environment.get("` + variable + `")) { pm.execution.skipRequest(); } // an optional request, see the README`)
}

// members adds members of a form: names and values in turn.
func (r request) members(namesAndValues ...string) request {
	form := r.form[:len(r.form):len(r.form)]
	for i := 0; i < len(namesAndValues); i += 2 {
		form = append(form, pair{namesAndValues[i], namesAndValues[i+1]})
	}
	r.form = form
	return r
}

// refused is a request that is refused. It is named after the error.
func (r request) refused(about string, method, code string, challenges ...string) request {
	r.name, r.about = code, about
	r.want = refused(method, code, challenges...)
	return r
}

// because tells refusals with the same code apart.
func (r request) because(why string) request { r.name += ": " + why; return r }

// folders are the collection.
func folders() []folder {
	return []folder{
		choiceFolder(), basicFolder(), apiKeyFolder(), apiKeyBasicFolder(), oauthFolder(), accessTokenFolder(), jwtFolder(), externalFolder(), servicesTokenFolder(),
		revokeFolder(), standardsFolder(), everywhereFolder(), expiredFolder(),
	}
}
