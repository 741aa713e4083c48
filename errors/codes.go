package errors

// Code is the machine-readable reason of a refusal as clients see it in the member "error". A Code is itself an error:
// errors.Is(err, code) tells whether err carries it.
type Code string

// Error returns the code as it is sent.
func (c Code) Error() string { return string(c) }

// Codes of the documented systems.
const (
	MissingHeader                       Code = "MISSING_HEADER"
	InvalidApplicationID                Code = "INVALID_APPLICATION_ID"
	InvalidCredentials                  Code = "INVALID_CREDENTIALS"
	InvalidClientID                     Code = "INVALID_CLIENT_ID"
	InvalidClientSecret                 Code = "INVALID_CLIENT_SECRET"
	MissingUsername                     Code = "MISSING_USERNAME"
	InvalidAccessToken                  Code = "INVALID_ACCESS_TOKEN"
	MissingAuthorizationHeader          Code = "MISSING_AUTHORIZATION_HEADER"
	InvalidAuthorizationHeaderTokenType Code = "INVALID_AUTHORIZATION_HEADER_TOKEN_TYPE"
	TokenExpired                        Code = "TOKEN_EXPIRED"
	UserInformationNotFound             Code = "USER_INFORMATION_NOT_FOUND"
	InvalidSignature                    Code = "INVALID_SIGNATURE"
	IncompleteRequest                   Code = "INCOMPLETE_REQUEST"
	UserBlocked                         Code = "USER_BLOCKED"
	MissingAPIKeyHeader                 Code = "MISSING_API_KEY_HEADER"
	InvalidAPIKeyFormat                 Code = "INVALID_API_KEY_FORMAT"
	InvalidAPIKey                       Code = "INVALID_API_KEY"
	InvalidAuthorizationHeaderType      Code = "INVALID_AUTHORIZATION_HEADER_TYPE"
	InvalidAuthorizationHeader          Code = "INVALID_AUTHORIZATION_HEADER"
	MissingBasicAuth                    Code = "MISSING_BASIC_AUTH"
	InvalidBasicAuthFormat              Code = "INVALID_BASIC_AUTH_FORMAT"
	MissingCredentials                  Code = "MISSING_CREDENTIALS"
	InvalidHTTPMethod                   Code = "INVALID_HTTP_METHOD"
)

// Codes that the manuals lack and a complete service needs. They have one spelling in all profiles.
const (
	UnsupportedGrantType Code = "UNSUPPORTED_GRANT_TYPE"
	UnauthorizedClient   Code = "UNAUTHORIZED_CLIENT"
	MissingGrantType     Code = "MISSING_GRANT_TYPE"
	MissingPassword      Code = "MISSING_PASSWORD"
	MissingClientID      Code = "MISSING_CLIENT_ID"
	MissingClientSecret  Code = "MISSING_CLIENT_SECRET"
	InvalidRequest       Code = "INVALID_REQUEST"
	InvalidScope         Code = "INVALID_SCOPE"
	InvalidRefreshToken  Code = "INVALID_REFRESH_TOKEN"
	InvalidToken         Code = "INVALID_TOKEN"
	UnsupportedTokenType Code = "UNSUPPORTED_TOKEN_TYPE"
	AccessDenied         Code = "ACCESS_DENIED"
	TooManyRequests      Code = "TOO_MANY_REQUESTS"
	ServiceUnavailable   Code = "SERVICE_UNAVAILABLE"
	InsecureTransport    Code = "INSECURE_TRANSPORT"
	InternalError        Code = "INTERNAL_ERROR"
)

// Method names the authentication method or endpoint in whose words an error is told; the documented systems answer the
// same reason differently from method to method.
type Method string

// The methods.
const (
	MethodAny          Method = ""              // outside any method, such as the choice of an application
	MethodBasic        Method = "basic"         // user name and password
	MethodAPIKey       Method = "apikey"        // API key in its own header
	MethodAPIKeyBasic  Method = "apikey-basic"  // API key in place of the password of a Basic credential
	MethodJWT          Method = "jwt"           // a JSON Web Token
	MethodIDToken      Method = "id-token"      // the endpoint that gives out a JSON Web Token for a password
	MethodOAuth        Method = "oauth"         // an access token, and the token endpoint
	MethodRevoke       Method = "revoke"        // the endpoint with which users revoke their tokens
	MethodServiceToken Method = "service-token" // a services token, and the endpoint that generates it
)
