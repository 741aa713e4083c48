package oauth

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"time"

	"github.com/apiauth-go/apiauth/auth"
	autherr "github.com/apiauth-go/apiauth/errors"
	"github.com/apiauth-go/apiauth/store"
)

// VerifierConfig configures [NewVerifier].
type VerifierConfig struct {
	// Application is the id of the application whose tokens are accepted. Required.
	Application string

	// Tokens and Users are the stores. Required.
	Tokens store.TokenStore
	Users  store.UserStore

	// Clients are looked up on each request, so that switching a client off ends its tokens at once. Required, unless
	// SkipClientLookup is set.
	Clients store.ClientStore

	// SkipClientLookup saves that lookup where it costs a round trip. A client that is switched off gets no new tokens
	// then, but those it has work until they expire or its tokens are deleted.
	SkipClientLookup bool

	// JWTVerifier accepts access tokens in the form of JSON Web Tokens too, which clients with JWTAccessTokens are given. It must look their users
	// up (not jwt.VerifierConfig.SkipUserLookup). The client is looked up for them as well, and their errors are told in the words of this method. Nil means that they are none of this Verifier's.
	JWTVerifier AccessTokenVerifier

	// Realm is shown in the challenge. Required.
	Realm string

	// Header is a header field that is read when Authorization is absent, in the same form: Bearer and the token. Empty means none.
	Header string
}

// Verifier authenticates by access token (RFC 6750 section 2.1). It claims every Bearer credential that has the shape of a token of ours. It
// is safe for concurrent use.
type Verifier struct {
	application string
	tokens      store.TokenStore
	users       store.UserStore
	clients     store.ClientStore   // nil if SkipClientLookup
	jwts        AccessTokenVerifier // nil if there are none
	header      string
	challenge   autherr.Challenge
}

// NewVerifier returns a Verifier, or an error that names the field that is missing or wrong.
func NewVerifier(cfg VerifierConfig) (*Verifier, error) {
	fail := func(err error) (*Verifier, error) { return nil, fmt.Errorf("oauth: NewVerifier: %w", err) }
	missing := func(field string) (*Verifier, error) { return fail(errors.New(field + " is missing")) }
	switch {
	case cfg.Application == "":
		return missing("Application")
	case auth.IsNil(cfg.Tokens):
		return missing("Tokens")
	case auth.IsNil(cfg.Users):
		return missing("Users")
	case auth.IsNil(cfg.Clients) && !cfg.SkipClientLookup:
		return fail(errors.New("neither Clients nor SkipClientLookup is set"))
	case !auth.IsNil(cfg.Clients) && cfg.SkipClientLookup:
		return fail(errors.New("both Clients and SkipClientLookup are set"))
	}
	switch {
	case cfg.JWTVerifier != nil && auth.IsNil(cfg.JWTVerifier):
		return missing("JWTVerifier")
	case takesOtherTokens(cfg.JWTVerifier):
		return fail(errors.New("JWTVerifier takes no access tokens: its Type is not jwt.AccessToken"))
	case looksNobodyUp(cfg.JWTVerifier):
		return fail(errors.New("JWTVerifier looks no user up: a blocked user would go on with his JSON Web Tokens"))
	case cfg.JWTVerifier != nil && cfg.SkipClientLookup:
		return fail(errors.New("both JWTVerifier and SkipClientLookup are set: its client says of which application such a token is"))
	}
	challenge, err := auth.NewRealm(cfg.Realm, autherr.BearerChallenge)
	if err != nil {
		return fail(err)
	}
	if err := auth.CheckFallback(cfg.Header); err != nil {
		return fail(err)
	}
	v := &Verifier{application: cfg.Application, tokens: cfg.Tokens, users: cfg.Users, header: cfg.Header, challenge: challenge, jwts: cfg.JWTVerifier}
	if !cfg.SkipClientLookup {
		v.clients = cfg.Clients
	}
	return v, nil
}

// The answers of a Verifier that does not claim a request.
var (
	declineAbsent = auth.Decline(auth.Absent, autherr.New(autherr.MethodOAuth, autherr.MissingAuthorizationHeader, nil))
	declineScheme = auth.Decline(auth.OtherScheme, autherr.New(autherr.MethodOAuth, autherr.InvalidAuthorizationHeaderTokenType, nil))
	declineShape  = auth.Decline(auth.OtherShape, autherr.New(autherr.MethodOAuth, autherr.InvalidAccessToken, nil))
)

// The answers to claimed tokens that are not valid, made once. Clients are told one thing; the cause is for the log.
var (
	errUnknown     = autherr.New(autherr.MethodOAuth, autherr.InvalidAccessToken, auth.Forged(errors.New("unknown token")))
	errKind        = refusal(autherr.InvalidAccessToken, "not an access token")
	errApplication = refusal(autherr.InvalidAccessToken, "token of another application")
	errSpent       = refusal(autherr.InvalidAccessToken, "token is spent")
	errExpired     = refusal(autherr.TokenExpired, "token has expired")
	errClient      = refusal(autherr.InvalidAccessToken, "client is gone, switched off or of another application")
	errUser        = autherr.New(autherr.MethodOAuth, autherr.InvalidAccessToken, auth.ErrNoUser)
	errStamp       = refusal(autherr.InvalidAccessToken, "password was changed after issue")
	errRecord      = autherr.Internal(autherr.MethodOAuth, errOtherToken)
	errNotMade     = autherr.Internal(autherr.MethodOAuth, errors.New("oauth: Verifier was not made by NewVerifier"))
)

func refusal(code autherr.Code, cause string) error {
	return autherr.New(autherr.MethodOAuth, code, errors.New(cause))
}

// Authenticate implements [auth.Authenticator].
func (v *Verifier) Authenticate(r *http.Request) (*auth.Identity, error) {
	if v == nil || v.tokens == nil {
		return nil, errNotMade
	}
	c, err := auth.ReadCredentials(r, v.header)
	switch {
	case err != nil:
		return nil, autherr.From(err).WithMethod(autherr.MethodOAuth)
	case !c.Present():
		return nil, declineAbsent
	case !c.Is("Bearer"):
		return nil, declineScheme
	}
	return v.Verify(r.Context(), c.Value)
}

// Verify returns whom a token stands for, with the errors of Authenticate. Use it where tokens do not come in a header.
func (v *Verifier) Verify(ctx context.Context, token string) (*auth.Identity, error) {
	switch {
	case v == nil || v.tokens == nil:
		return nil, errNotMade
	case auth.IsRandom(auth.PrefixAccessToken, token):
		var t store.Token
		return v.verify(ctx, TokenID(token), &t)
	case v.jwts != nil && auth.IsJWT(token):
		return v.verifyJWT(ctx, token)
	}
	return nil, declineShape
}

// verify finds the record of the token and decides. An expired token is called so before client and user are looked up: it says nothing
// about them. The record is put into t, which is the caller's so that it costs nothing where it is not needed; it means something only without an error.
func (v *Verifier) verify(ctx context.Context, id store.TokenID, t *store.Token) (*auth.Identity, error) {
	var err error
	*t, err = v.tokens.TokenByID(ctx, id)
	switch {
	case errors.Is(err, store.ErrNotFound):
		return nil, errUnknown
	case err != nil:
		return nil, autherr.Unavailable(autherr.MethodOAuth, err)
	case t.ID != id:
		return nil, errRecord
	case t.Kind != store.AccessToken:
		return nil, errKind
	case t.Application != v.application:
		return nil, errApplication
	case !t.SpentAt.IsZero():
		return nil, errSpent
	case !time.Now().Before(t.ExpiresAt):
		return nil, errExpired
	}
	if err := v.checkClient(ctx, t.ClientID); err != nil {
		return nil, err
	}
	user, err := auth.ActiveUser(ctx, v.users, autherr.MethodOAuth, t.UserID)
	switch {
	case err == auth.ErrNoUser:
		return nil, errUser
	case err != nil:
		return nil, err
	case t.Stamp == "" || t.Stamp != user.Stamp:
		return nil, errStamp
	}
	identity := auth.NewIdentity(user, autherr.MethodOAuth)
	identity.Scopes = t.Scopes
	identity.ClientID = t.ClientID
	identity.Application = t.Application
	identity.ExpiresAt = t.ExpiresAt
	return identity, nil
}

// checkClient refuses the tokens of a client that is gone, switched off or of another application.
func (v *Verifier) checkClient(ctx context.Context, id string) error {
	if v.clients == nil {
		return nil
	}
	_, err := findClient(ctx, v.clients, v.application, id)
	if _, unknown := err.(noClient); unknown {
		return errClient
	}
	return err
}

// verifyJWT decides about a token that has no record.
func (v *Verifier) verifyJWT(ctx context.Context, token string) (*auth.Identity, error) {
	identity, err := v.jwts.Verify(ctx, token)
	switch {
	case errors.Is(err, auth.ErrNoCredentials): // it is none of the issuer's, or not an access token
		return nil, declineShape
	case err != nil:
		return nil, inOurWords(err)
	case identity == nil || identity.UserID == "":
		return nil, autherr.Internal(autherr.MethodOAuth, errNobody)
	}
	if identity.Application != "" && identity.Application != v.application { // the token says so itself, if its issuer does
		return nil, errApplication
	}
	if err := v.checkClient(ctx, identity.ClientID); err != nil {
		return nil, err
	}
	own := *identity
	own.Method, own.Application = autherr.MethodOAuth, v.application
	return &own, nil
}

// inOurWords tells what is wrong with a JSON Web Token as it is told of all access tokens. The cause stays.
func inOurWords(err error) error {
	e := autherr.From(err)
	switch e.Code {
	case autherr.TokenExpired:
		return autherr.New(autherr.MethodOAuth, autherr.TokenExpired, err)
	case autherr.ServiceUnavailable, autherr.InternalError:
		return e.WithMethod(autherr.MethodOAuth)
	}
	return autherr.New(autherr.MethodOAuth, autherr.InvalidAccessToken, err)
}

// Challenges implements [auth.Challenger].
func (v *Verifier) Challenges() []autherr.Challenge {
	if v == nil {
		return nil
	}
	return []autherr.Challenge{v.challenge}
}

// CredentialHeaders implements [auth.HeaderReader].
func (v *Verifier) CredentialHeaders() []string {
	if v == nil || v.header == "" {
		return []string{"Authorization"}
	}
	return []string{"Authorization", v.header}
}
