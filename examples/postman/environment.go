package main

// setting is a variable of the environment. Requests name it as {{name}}.
type setting struct {
	Key     string `json:"key"`
	Value   string `json:"value"`
	Type    string `json:"type"` // "default", or "secret", which Postman hides
	Enabled bool   `json:"enabled"`
}

// settings are what differs from server to server, with the values of the example server. Those that it makes up at its start are empty.
var settings = []setting{
	{"baseUrl", "http://127.0.0.1:8080", "default", true},
	{"strictBaseUrl", "http://127.0.0.1:8081", "default", true},
	{"userId", "1", "default", true},
	{"username", "my_username", "default", true},
	{"password", "topsecret", "secret", true},
	{"readerUsername", "reader", "default", true},
	{"readerPassword", "reader-password", "secret", true},
	{"blockedUsername", "blocked_user", "default", true},
	{"blockedPassword", "blocked-password", "secret", true},
	{"clientId", "demo_client", "default", true},
	{"clientSecret", "", "secret", true},
	{"apiKey", "", "secret", true},
	{"blockedApiKey", "", "secret", true},
	{"foreignJwt", "", "secret", true},
	{"foreignJwtOfNobody", "", "secret", true},
	{"externalToken", "", "secret", true},
	// What the tests of some requests fill in for others.
	{"accessToken", "", "secret", true},
	{"refreshToken", "", "secret", true},
	{"jwtToken", "", "secret", true},
	{"servicesToken", "", "secret", true},
	{"expiredAccessToken", "", "secret", true},
	{"expiredJwtToken", "", "secret", true},
	{"expiredServicesToken", "", "secret", true},
}

func marshalEnvironment() ([]byte, error) {
	return marshal(struct {
		ID     string    `json:"id"`
		Name   string    `json:"name"`
		Values []setting `json:"values"`
		Scope  string    `json:"_postman_variable_scope"`
	}{stableID("environment"), "apiauth example server", settings, "environment"})
}
