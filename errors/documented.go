package errors

// httpCode says how a body shows the status a second time, in the member http_code.
type httpCode uint8

const (
	noHTTPCode     httpCode = iota // not at all
	httpCodeString                 // "401"
	httpCodeInt                    // 401
)

// The member that holds the text.
const (
	description = "error_description"
	message     = "message"
)

// userPlaceholder stands for Error.User in a text.
const userPlaceholder = "<name>"

// row is one documented error.
type row struct {
	method   Method
	code     Code
	status   int
	httpCode httpCode
	member   string
	text     string
}

// documented holds the errors of the documented systems as their current manual and module send them, irregularities
// included: clients compare these bytes, which objectBody (body.go) makes of a row. Two deviations from the letter of the
// manuals: one manual prints MISSING_AUTHORIZATION_HEADE in a sample and spells it out everywhere else, and an older one
// prints INVALID_CLIENT_ID below the heading INVALID_CLIENT_SECRET; the complete spelling and the heading are what is sent.
//
// The rows of MethodIDToken beyond the two documented ones are ours: the endpoint takes a Basic credential, so it says so.
// Those of MethodServiceToken are for the profiles that tell its errors as objects.
var documented = []row{
	{MethodAny, MissingHeader, 400, httpCodeInt, description, "Missing required unique header. It should contain the application ID."},
	{MethodAny, InvalidApplicationID, 400, httpCodeInt, description, "Invalid application ID."},
	{MethodAny, InvalidHTTPMethod, 405, httpCodeString, description, "The used HTTP method should be a POST."},

	{MethodOAuth, InvalidCredentials, 401, httpCodeString, description, "Invalid username or password."},
	{MethodOAuth, InvalidClientID, 401, httpCodeString, description, "Invalid Client ID."},
	{MethodOAuth, InvalidClientSecret, 401, httpCodeString, description, "Invalid Client Secret."},
	{MethodOAuth, MissingUsername, 400, httpCodeString, description, "No Username found in request."},
	{MethodOAuth, InvalidAccessToken, 401, httpCodeString, description, "Invalid Access Token."},
	{MethodOAuth, MissingAuthorizationHeader, 401, noHTTPCode, description, "Authorization header not received."},
	{MethodOAuth, InvalidAuthorizationHeaderTokenType, 405, httpCodeString, description, "Authorization header must be the type of Bearer Token."},
	{MethodOAuth, TokenExpired, 401, httpCodeString, description, "Invalid request: Token Expired."},

	{MethodJWT, InvalidCredentials, 401, noHTTPCode, description, "Invalid username or password."},
	{MethodJWT, MissingAuthorizationHeader, 401, noHTTPCode, description, "Authorization header not received."},
	{MethodJWT, InvalidAuthorizationHeaderTokenType, 401, noHTTPCode, description, "Authorization header must be the type of Bearer Token."},
	{MethodJWT, TokenExpired, 401, noHTTPCode, message, "Invalid request: Token Expired."},
	{MethodJWT, UserInformationNotFound, 401, noHTTPCode, message, "Could Not Retrieve User Information."},
	{MethodJWT, InvalidSignature, 401, noHTTPCode, message, "Invalid Token signature."},
	{MethodJWT, InvalidHTTPMethod, 405, httpCodeString, description, "The used HTTP method should be a POST."},

	{MethodIDToken, InvalidCredentials, 401, noHTTPCode, description, "Invalid username or password."},
	{MethodIDToken, MissingAuthorizationHeader, 401, noHTTPCode, description, "Authorization header not received."},
	{MethodIDToken, InvalidAuthorizationHeaderTokenType, 401, noHTTPCode, description, "Authorization header must be the type of Basic."},
	{MethodIDToken, IncompleteRequest, 400, noHTTPCode, description, "Incomplete request"},
	{MethodIDToken, MissingUsername, 401, noHTTPCode, description, "Username Not Found"},
	{MethodIDToken, InvalidHTTPMethod, 405, httpCodeString, description, "The used HTTP method should be a POST."},

	{MethodBasic, MissingAuthorizationHeader, 401, httpCodeString, description, "Authorization header not received."},
	{MethodBasic, InvalidAuthorizationHeaderTokenType, 401, httpCodeString, description, "Authorization header must be the type of Basic."},
	{MethodBasic, IncompleteRequest, 400, httpCodeString, description, "Incomplete request"},
	{MethodBasic, MissingUsername, 401, httpCodeString, description, "Username Not Found"},
	{MethodBasic, InvalidCredentials, 401, httpCodeString, description, "Invalid username or password"},
	{MethodBasic, UserBlocked, 403, httpCodeString, description, "The Username <name> has not been activated or is blocked."},

	{MethodAPIKey, MissingAPIKeyHeader, 401, httpCodeInt, description, "API key header is missing."},
	{MethodAPIKey, InvalidAPIKeyFormat, 401, httpCodeInt, description, "API key format is invalid."},
	{MethodAPIKey, InvalidAPIKey, 401, httpCodeInt, description, "Sorry, you are using an invalid API Key."},
	{MethodAPIKey, UserBlocked, 403, httpCodeInt, description, "The user is blocked or inactive."},

	{MethodAPIKeyBasic, MissingAuthorizationHeader, 401, httpCodeInt, description, "Authorization header not received"},
	{MethodAPIKeyBasic, InvalidAuthorizationHeaderType, 401, httpCodeInt, description, "Authorization header must be of type Basic."},
	{MethodAPIKeyBasic, InvalidAuthorizationHeader, 401, httpCodeInt, description, "Authorization header format is invalid."},
	{MethodAPIKeyBasic, InvalidAPIKey, 401, httpCodeInt, description, "Sorry, you are using an invalid API Key."},
	{MethodAPIKeyBasic, UserBlocked, 403, httpCodeInt, description, "The user is blocked or inactive."},

	{MethodRevoke, MissingBasicAuth, 401, httpCodeString, description, "Basic Authentication is required for this endpoint."},
	{MethodRevoke, InvalidBasicAuthFormat, 401, httpCodeString, description, "Invalid Basic Authentication format."},
	{MethodRevoke, MissingCredentials, 401, httpCodeString, description, "Username and password are required."},
	{MethodRevoke, InvalidCredentials, 401, httpCodeString, description, "Invalid username or password."},
	{MethodRevoke, UserBlocked, 403, httpCodeString, description, "The user account is blocked."},

	{MethodServiceToken, InvalidCredentials, 401, httpCodeString, description, "Invalid credentials."},
	{MethodServiceToken, MissingAuthorizationHeader, 401, httpCodeString, description, "Authorization header not received."},
	{MethodServiceToken, InvalidAuthorizationHeaderTokenType, 401, httpCodeString, description, "Authorization header must be the type of Basic."},
}

// legacyTexts holds the texts that differ in the older manuals.
var legacyTexts = map[key]string{
	{MethodOAuth, MissingUsername}: "The username is missing from the request",
}

// shapes says how a method shows http_code in errors that have no row of their own, after the method's own rows.
var shapes = map[Method]httpCode{
	MethodAny:          httpCodeInt,
	MethodBasic:        httpCodeString,
	MethodAPIKey:       httpCodeInt,
	MethodAPIKeyBasic:  httpCodeInt,
	MethodJWT:          noHTTPCode,
	MethodIDToken:      noHTTPCode,
	MethodOAuth:        httpCodeString,
	MethodRevoke:       httpCodeString,
	MethodServiceToken: httpCodeString,
}
