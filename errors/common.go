package errors

// commonRow is an error that every method tells alike, in its own shape.
type commonRow struct {
	status int
	text   string
}

// common holds the codes that the manuals lack, and a fallback for documented codes in a method whose manual does not
// mention them.
var common = map[Code]commonRow{
	UnsupportedGrantType: {400, "Unsupported grant type."},
	UnauthorizedClient:   {400, "The client is not allowed to do this."},
	MissingGrantType:     {400, "No Grant Type found in request."},
	MissingPassword:      {400, "No Password found in request."},
	MissingClientID:      {400, "No Client ID found in request."},
	MissingClientSecret:  {400, "No Client Secret found in request."},
	InvalidRequest:       {400, "Invalid request."},
	InvalidScope:         {400, "Invalid scope."},
	InvalidRefreshToken:  {400, "Invalid Refresh Token."},
	InvalidToken:         {401, "Invalid Token."},
	UnsupportedTokenType: {400, "This token cannot be revoked."},
	AccessDenied:         {403, "Access denied."},
	TooManyRequests:      {429, "Too many attempts. Try again later."},
	ServiceUnavailable:   {503, "Service temporarily unavailable."},
	InsecureTransport:    {403, "HTTPS is required."},
	InternalError:        {500, "Internal error."},

	InvalidHTTPMethod:                   {405, "The used HTTP method should be a POST."},
	MissingHeader:                       {400, "Missing required unique header. It should contain the application ID."},
	InvalidApplicationID:                {400, "Invalid application ID."},
	InvalidCredentials:                  {401, "Invalid credentials."},
	InvalidClientID:                     {401, "Invalid Client ID."},
	InvalidClientSecret:                 {401, "Invalid Client Secret."},
	MissingUsername:                     {400, "No Username found in request."},
	InvalidAccessToken:                  {401, "Invalid Access Token."},
	MissingAuthorizationHeader:          {401, "Authorization header not received."},
	InvalidAuthorizationHeaderTokenType: {401, "Authorization header has the wrong type."},
	TokenExpired:                        {401, "Invalid request: Token Expired."},
	UserInformationNotFound:             {401, "Could Not Retrieve User Information."},
	InvalidSignature:                    {401, "Invalid Token signature."},
	IncompleteRequest:                   {400, "Incomplete request"},
	UserBlocked:                         {403, "The user is blocked or inactive."},
	MissingAPIKeyHeader:                 {401, "API key header is missing."},
	InvalidAPIKeyFormat:                 {401, "API key format is invalid."},
	InvalidAPIKey:                       {401, "Sorry, you are using an invalid API Key."},
	InvalidAuthorizationHeaderType:      {401, "Authorization header must be of type Basic."},
	InvalidAuthorizationHeader:          {401, "Authorization header format is invalid."},
	MissingBasicAuth:                    {401, "Basic Authentication is required for this endpoint."},
	InvalidBasicAuthFormat:              {401, "Invalid Basic Authentication format."},
	MissingCredentials:                  {401, "Username and password are required."},
}

// rfcRow is the answer of the rfc profile. A zero status keeps the common one.
type rfcRow struct {
	error  string
	status int
	text   string // replaces the common text where it is set
}

// clientAuthenticationFailed is one text for an unknown client and a wrong secret: the rfc profile tells them not apart.
const clientAuthenticationFailed = "Client authentication failed."

// rfc maps codes to the error codes of RFC 6749 section 5.2, RFC 6750 section 3.1 and RFC 7009 section 2.2.1. Codes
// that are missing have no counterpart there and are sent in lower case.
var rfc = map[Code]rfcRow{
	UnsupportedGrantType: {error: "unsupported_grant_type"},
	UnauthorizedClient:   {error: "unauthorized_client"},
	MissingGrantType:     {error: "invalid_request"},
	MissingPassword:      {error: "invalid_request"},
	MissingClientID:      {error: "invalid_request"},
	MissingClientSecret:  {error: "invalid_request"},
	InvalidRequest:       {error: "invalid_request"},
	InvalidScope:         {error: "invalid_scope"},
	InvalidRefreshToken:  {error: "invalid_grant"},
	InvalidToken:         {error: "invalid_token"},
	UnsupportedTokenType: {error: "unsupported_token_type"},
	AccessDenied:         {error: "access_denied"}, // insufficient_scope when a scope was missing
	TooManyRequests:      {error: "slow_down"},
	ServiceUnavailable:   {error: "temporarily_unavailable"},
	InsecureTransport:    {error: "invalid_request"},
	InternalError:        {error: "server_error"},

	MissingHeader:           {error: "invalid_request"},
	InvalidApplicationID:    {error: "invalid_request"},
	InvalidHTTPMethod:       {error: "invalid_request"},
	InvalidClientID:         {error: "invalid_client", text: clientAuthenticationFailed},
	InvalidClientSecret:     {error: "invalid_client", text: clientAuthenticationFailed},
	MissingUsername:         {error: "invalid_request", status: 400},
	IncompleteRequest:       {error: "invalid_request"},
	InvalidAccessToken:      {error: "invalid_token"},
	TokenExpired:            {error: "invalid_token"},
	InvalidSignature:        {error: "invalid_token"},
	UserInformationNotFound: {error: "invalid_token"},
	UserBlocked:             {error: "access_denied"},

	// Without any credentials a 400 would keep the challenge from the client.
	MissingAuthorizationHeader: {error: "invalid_request", status: 401},
	MissingAPIKeyHeader:        {error: "invalid_request", status: 401},
	MissingBasicAuth:           {error: "invalid_request", status: 401},
	MissingCredentials:         {error: "invalid_request", status: 401},

	InvalidAuthorizationHeaderTokenType: {error: "invalid_authorization_header_token_type", status: 401},
}

// rfcTokenEndpoint holds the codes that the token endpoint answers differently from a protected resource.
var rfcTokenEndpoint = map[Code]rfcRow{
	InvalidCredentials: {error: "invalid_grant", status: 400},
}

// servicesTexts holds the texts of Services Token; other codes keep theirs.
var servicesTexts = map[Code]string{
	InvalidCredentials:                  "Invalid credentials.",
	TokenExpired:                        "Invalid credentials.",
	MissingAuthorizationHeader:          "Access denied for user anonymous",
	InvalidAuthorizationHeaderTokenType: "Access denied for user anonymous",
	AccessDenied:                        "Access denied for user <name>",
}
