package oauth

import (
	"net/http"
	"slices"

	"github.com/apiauth-go/apiauth/auth"
	autherr "github.com/apiauth-go/apiauth/errors"
)

// TokenEndpoint returns the handler of POST /rest_api/access_token (RFC 6749 section 3.2). See the package documentation for what it
// takes and in which order it checks.
func (s *Server) TokenEndpoint() http.Handler {
	return auth.NewEndpoint(auth.EndpointConfig{
		Method:     autherr.MethodOAuth,
		Renderer:   s.renderer,
		Challenges: []autherr.Challenge{s.challenge},
		OnError:    s.onError,
	}, s.serveToken)
}

// serveToken takes the steps that all grants share, in the order that is promised to clients. A grant is asked at the end, when nothing is
// left to check but its user.
func (s *Server) serveToken(r *http.Request) (*auth.Reply, error) {
	f, err := s.readTokenForm(r)
	if err != nil {
		return nil, err
	}
	readings, err := readClient(r, f)
	if err != nil {
		return nil, err
	}
	g, err := s.chooseGrant(f, readings[0])
	if err != nil {
		return nil, err
	}
	if err := s.login.CheckTransport(autherr.MethodOAuth, r); err != nil {
		return nil, err
	}
	client, err := s.authenticateClient(r.Context(), readings, g.secretOptional)
	if err != nil {
		return nil, err
	}
	if !slices.Contains(client.Grants, g.name) {
		return nil, autherr.New(autherr.MethodOAuth, autherr.UnauthorizedClient, nil)
	}
	scopes, err := grantScopes(client, f[paramScope])
	if err != nil {
		return nil, err
	}
	user, err := g.user(r, client, f)
	if err != nil {
		return nil, err
	}
	return s.issue(r.Context(), client, user, scopes)
}

// readTokenForm returns the parameters of the endpoint and of all grants.
func (s *Server) readTokenForm(r *http.Request) (form, error) {
	if mediaType(r) != mediaForm {
		return nil, unsupportedMedia(autherr.MethodOAuth)
	}
	body, err := readBody(r, autherr.MethodOAuth)
	if err != nil {
		return nil, err
	}
	return parseForm(string(body), autherr.MethodOAuth, s.params)
}

// chooseGrant returns the grant that the request asks for, if all its parameters are there.
func (s *Server) chooseGrant(f form, c clientCredential) (*grant, error) {
	missing := func(code autherr.Code) (*grant, error) { return nil, autherr.New(autherr.MethodOAuth, code, nil) }
	name := f[paramGrantType]
	if name == "" {
		return missing(autherr.MissingGrantType)
	}
	i := slices.IndexFunc(s.grants, func(g grant) bool { return g.name == name })
	if i < 0 {
		return nil, autherr.New(autherr.MethodOAuth, autherr.UnsupportedGrantType, nil)
	}
	g := &s.grants[i]
	if c.id == "" {
		return missing(autherr.MissingClientID)
	}
	for _, p := range g.required {
		if f[p.param] == "" {
			return missing(p.missing)
		}
	}
	if c.secret == "" && g.secretOptional == nil {
		return missing(autherr.MissingClientSecret)
	}
	return g, nil
}
