package main

import (
	"context"
	"fmt"
	"math"
	"net/http"
	"time"
)

// authContender is one way to run an authorization server that gives out opaque access tokens, and to protect a handler with them, the way
// its documentation recommends. All keep tokens in memory and client secrets as hashes.
type authContender struct {
	name string

	// serve returns a new server with an empty store, to which the client of m is known.
	serve func(m *authMaterial) (*authServer, error)
}

// authServer is what a contender offers.
type authServer struct {
	// endpoint is the token endpoint, for the grant client_credentials.
	endpoint http.Handler

	// give puts a token for the user into the store, without a request, and returns its text.
	give func(user int, expires time.Time) (string, error)

	// protect lets requests through that carry a token.
	protect func(http.Handler) http.Handler

	// who returns the ID of the user for whom the token acts.
	who func(*http.Request) string
}

// The names by which the goals refer to contenders, besides ours. That fosite is the one whose client secrets are hashed like everybody
// else's here.
const (
	goOAuth2 = "go-oauth2 v4"
	fositeV0 = "fosite v0.49"
)

// verifyContenders take part in the verification of access tokens.
func verifyContenders() []authContender {
	return []authContender{
		{ours, serveApiauth},
		{goOAuth2, serveGoOAuth2},
		{goOAuth2 + ", map store", serveGoOAuth2FromMap},
		{fositeV0, serveFosite},
	}
}

// issueContenders take part in giving out access tokens.
func issueContenders() []authContender {
	return append(verifyContenders(), authContender{fositeV0 + ", bcrypt", serveFositeWithBcrypt})
}

// authRow is what came of one contender.
type authRow struct {
	Name       string  `json:"name"`
	Ns         float64 `json:"ns_per_op"`
	Allocs     float64 `json:"allocs_per_op"`
	ToGoOAuth2 float64 `json:"times_go_oauth2"`
	ToFosite   float64 `json:"times_fosite"`
}

// authComparison holds the rows of one thing that was measured.
type authComparison struct {
	What string    `json:"what"`
	Rows []authRow `json:"rows"`
}

// row returns the row of that name. Its figures are NaN if there is none.
func (c *authComparison) row(name string) authRow {
	for _, r := range c.Rows {
		if r.Name == name {
			return r
		}
	}
	nan := math.NaN()
	return authRow{Ns: nan, Allocs: nan, ToGoOAuth2: nan, ToFosite: nan}
}

// What is measured.
const (
	verifying = "opaque access token"
	issuing   = "client_credentials"
)

// compareOAuth checks all contenders and then measures them, first with a token of each user in each store, then while they give out tokens.
func compareOAuth(ctx context.Context, m *authMaterial, rounds int, perRound time.Duration) ([]*authComparison, error) {
	verify, err := verifySubjects(m)
	if err != nil {
		return nil, err
	}
	issue, err := issueSubjects(m)
	if err != nil {
		return nil, err
	}
	var all []*authComparison
	for _, part := range []struct {
		what     string
		subjects []*subject
	}{{verifying, verify}, {issuing, issue}} {
		if err := measure(ctx, part.subjects, rounds, perRound); err != nil {
			return nil, fmt.Errorf("%s, %w", part.what, err)
		}
		all = append(all, tabulateOAuth(part.what, part.subjects))
	}
	return all, nil
}

// verifySubjects returns one subject for each contender: a request with an access token.
func verifySubjects(m *authMaterial) ([]*subject, error) {
	var subjects []*subject
	for _, c := range verifyContenders() {
		server, tokens, err := m.serve(c)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", c.name, err)
		}
		if err := checkVerification(c, server, tokens); err != nil {
			return nil, err
		}
		subjects = append(subjects, &subject{name: c.name, op: newTokenClient(tokens, server.protect).do})
	}
	return subjects, nil
}

// issueSubjects returns one subject for each contender: a request for an access token.
func issueSubjects(m *authMaterial) ([]*subject, error) {
	var subjects []*subject
	for _, c := range issueContenders() {
		server, err := c.serve(m)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", c.name, err)
		}
		if err := checkIssuing(m, c, server); err != nil {
			return nil, err
		}
		a := newAsker(m, c)
		subjects = append(subjects, &subject{name: c.name, op: a.do, renew: a.renew, most: asksPerRound})
	}
	return subjects, nil
}

func tabulateOAuth(what string, subjects []*subject) *authComparison {
	byName := map[string]*subject{}
	for _, s := range subjects {
		byName[s.name] = s
	}
	res := &authComparison{What: what}
	for _, s := range subjects {
		res.Rows = append(res.Rows, authRow{
			Name: s.name, Ns: median(s.times), Allocs: math.Round(median(s.allocs)),
			ToGoOAuth2: s.ratio(byName[goOAuth2]), ToFosite: s.ratio(byName[fositeV0]),
		})
	}
	return res
}
