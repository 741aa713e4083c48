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
	return s.endpoint(auth.EventTokenIssue, s.serveToken)
}

// serveToken takes the steps that all grants share, in the order that is promised to clients. A grant is asked at the end, when nothing is
// left to check but its own.
func (s *Server) serveToken(r *http.Request) (*auth.Reply, error) {
	f, err := readClientForm(r, s.params)
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
	if g.name == GrantRefreshToken {
		auth.NoteKind(r.Context(), auth.EventTokenRefresh)
	}
	if err := s.login.CheckTransport(autherr.MethodOAuth, r); err != nil {
		return nil, err
	}
	q := tokenRequest{form: f, asked: f[paramScope] != ""}
	if q.client, q.proven, err = s.client(r, readings, g.secretOptional); err != nil {
		return nil, err
	}
	auth.NoteClient(r.Context(), q.client.ID)
	if !slices.Contains(q.client.Grants, g.name) {
		return nil, autherr.New(autherr.MethodOAuth, autherr.UnauthorizedClient, nil)
	}
	if q.scopes, err = grantScopes(q.client, f[paramScope]); err != nil {
		return nil, err
	}
	d, err := g.decide(r, q)
	if err != nil {
		return nil, err
	}
	auth.NoteUser(r.Context(), d.user)
	if !mayActFor(q.client, d.user) {
		return nil, errNotAssigned("user is not on the client's list")
	}
	return s.issue(r.Context(), q, g, d)
}

// readClientForm returns those of the parameters that a client has sent in the body of its request (RFC 6749 appendix B).
func readClientForm(r *http.Request, params []string) (form, error) {
	if mediaType(r) != mediaForm {
		return nil, unsupportedMedia(autherr.MethodOAuth)
	}
	body, err := readBody(r, autherr.MethodOAuth)
	if err != nil {
		return nil, err
	}
	return parseForm(string(body), autherr.MethodOAuth, params)
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
		if f[p.param] == "" && !(p.orRecord && c.secret != "") {
			return missing(p.missing)
		}
	}
	if c.secret == "" && g.secretOptional == nil {
		return missing(autherr.MissingClientSecret)
	}
	return g, nil
}
