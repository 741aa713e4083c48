package oauth_test

import (
	"encoding/base64"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/apiauth-go/apiauth/auth"
	autherr "github.com/apiauth-go/apiauth/errors"
	"github.com/apiauth-go/apiauth/oauth"
)

func TestRFC7662Section2_1TheRequest(t *testing.T) {
	s := says(active(""))
	requireForeign(t, s.introspecting(t, func(c *oauth.IntrospectionConfig) { c.URL, c.Transport = s.loopback(t), nil }), foreignToken)
	r := s.asked[0]
	require.Equal(t, "POST", r.Method)
	require.Equal(t, "/tokens?key=topsecret", r.URL.String(), "the token is not in the address")
	require.Equal(t, "application/x-www-form-urlencoded", r.Header.Get("Content-Type"))
	require.Equal(t, "application/json", r.Header.Get("Accept"))
	require.NotContains(t, r.Header, "Idempotency-Key")
	require.Equal(t, map[string][]string{"token": {foreignToken}, "token_type_hint": {"access_token"}}, map[string][]string(r.PostForm))

	// RFC 6749 section 2.3.1: each part is encoded as in a form first.
	pair, err := base64.StdEncoding.DecodeString(strings.TrimPrefix(r.Header.Get("Authorization"), "Basic "))
	require.NoError(t, err)
	require.Equal(t, "api%2B1:s3cr%2Bt%2Fwith+signs%3D", string(pair))
}

func TestRFC7662Section2_2TheExampleOfTheStandard(t *testing.T) {
	s := says(`{
      "active": true,
      "client_id": "l238j323ds-23ij4",
      "username": "my_username",
      "scope": "read write dolphin",
      "sub": "Z5O3upPC88QrAjx00dis",
      "aud": "https://protected.example.net/resource",
      "iss": "https://server.example.com/",
      "exp": 4070908800,
      "iat": 1419350238,
      "extension_field": "twenty-seven"
     }`)
	v := s.introspecting(t, func(c *oauth.IntrospectionConfig) {
		c.Audience, c.Issuer = []string{"x", "https://protected.example.net/resource"}, "https://server.example.com/"
		c.Application = "oauth002"
	})
	id := requireForeign(t, v, foreignToken)
	require.Equal(t, &auth.Identity{
		UserID: "1", Name: "my_username", Roles: []string{"editor"}, Permissions: []string{"create page content"},
		Scopes: []string{"read", "write"}, Method: autherr.MethodOAuth, Application: "oauth002",
		ExpiresAt: time.Date(2099, 1, 1, 0, 0, 0, 0, time.UTC),
	}, id, "without the other server's client, and without a scope that means nothing here")
}

func TestRFC7662Section2_2WhatAnAnswerDecides(t *testing.T) {
	const (
		good    = autherr.Code("")
		refused = autherr.InvalidAccessToken
		outage  = autherr.ServiceUnavailable
	)
	ours := `"username":"my_username","aud":"` + ourName + `"`
	for _, test := range []struct {
		answer string
		code   autherr.Code
		why    string
	}{
		{active(""), good, ""},
		{`{"active":false}`, refused, "not active"},
		{`{"active":false,"exp":"x","error":"unknown"}`, refused, "not active"},
		{"\n{ \"active\"\t:  true , " + ours + "}\n", good, ""},

		// Only true is true.
		{`{` + ours + `}`, outage, "active is neither"},
		{`{"active":"true",` + ours + `}`, outage, "active is neither"},
		{`{"active":1,` + ours + `}`, outage, "active is neither"},
		{`{"active":null,` + ours + `}`, outage, "active is neither"},
		{`{"active":[true],` + ours + `}`, outage, "active is neither"},
		{`{"Active":true,` + ours + `}`, outage, "active is neither"},
		{`{"active":false,"active":true,` + ours + `}`, outage, "repeated"},
		{`{"active":true,"\u0061ctive":true,` + ours + `}`, outage, "repeated"},
		{active(`,"x":{"a":1,"a":2}`), outage, "repeated"},
		{active(`,"x":[{"a":1,"b":[{}, {"a":1}]}]`), good, ""},
		{active(`,"x":1e999`), good, ""},

		// One JSON object.
		{``, outage, "not one JSON text"},
		{`null`, outage, "not a JSON object"},
		{`[` + active("") + `]`, outage, "not a JSON object"},
		{`true`, outage, "not a JSON object"},
		{active("") + active(""), outage, "not one JSON text"},
		{active("") + "x", outage, "not one JSON text"},
		{active("")[:30], outage, "not one JSON text"},
		{active(`,"x":"` + "\xff" + `"`), outage, "not one JSON text"},
		{active(`,"x":` + strings.Repeat("[", 20000) + strings.Repeat("]", 20000)), outage, "not one JSON text"},
		{"<html>", outage, "not one JSON text"},

		// For whom.
		{`{"active":true,"username":"my_username"}`, refused, "another audience"},
		{`{"active":true,"username":"my_username","aud":null}`, refused, "another audience"},
		{`{"active":true,"username":"my_username","aud":[]}`, refused, "another audience"},
		{`{"active":true,"username":"my_username","aud":"` + ourName + `/"}`, refused, "another audience"},
		{`{"active":true,"username":"my_username","aud":["a","` + ourName + ` "]}`, refused, "another audience"},
		{`{"active":true,"username":"my_username","aud":["a","` + ourName + `"]}`, good, ""},
		{`{"active":true,"username":"my_username","aud":["` + ourName + `",null]}`, outage, "aud has"},
		{`{"active":true,"username":"my_username","aud":["` + ourName + `",1]}`, outage, "aud is neither"},
		{`{"active":true,"username":"my_username","aud":{"` + ourName + `":1}}`, outage, "aud is neither"},

		// Whose.
		{`{"active":true,"aud":"` + ourName + `"}`, refused, "does not name a user"},
		{`{"active":true,"username":"","aud":"` + ourName + `"}`, refused, "does not name a user"},
		{`{"active":true,"username":null,"aud":"` + ourName + `"}`, refused, "does not name a user"},
		{`{"active":true,"username":1,"aud":"` + ourName + `"}`, refused, "does not name a user"},
		{`{"active":true,"username":["my_username"],"aud":"` + ourName + `"}`, refused, "does not name a user"},
		{`{"active":true,"Username":"my_username","aud":"` + ourName + `"}`, refused, "does not name a user"},
		{`{"active":true,"username":"my_username\u0000","aud":"` + ourName + `"}`, refused, "does not name a user"},
		{`{"active":true,"username":"\ud800","aud":"` + ourName + `"}`, refused, "does not name a user"},
		{`{"active":true,"username":"` + strings.Repeat("x", 2000) + `","aud":"` + ourName + `"}`, refused, "does not name a user"},
		{`{"active":true,"username":"nobody","aud":"` + ourName + `"}`, refused, "unknown here"},
		{`{"active":true,"username":"blocked_user","aud":"` + ourName + `"}`, refused, "unknown here"},

		// Of what kind.
		{active(`,"token_type":"bearer"`), good, ""},
		{active(`,"token_type":"BEARER"`), good, ""},
		{active(`,"token_type":null`), good, ""},
		{active(`,"token_type":"DPoP"`), refused, "not a bearer token"},
		{active(`,"token_type":""`), refused, "not a bearer token"},
		{active(`,"token_type":1`), outage, "token_type is not a string"},
		{active(`,"token_use":"access_token"`), good, ""},
		{active(`,"token_use":"refresh_token"`), refused, "not an access token"},
		{active(`,"token_use":true`), outage, "token_use is not a string"},
		{active(`,"cnf":{"jkt":"x"}`), refused, "cnf"},
		{active(`,"cnf":""`), refused, "cnf"},
		{active(`,"cnf":null`), good, ""},
		{active(`,"iss":1`), outage, "iss is not a string"},
		{active(`,"scope":["read"]`), outage, "scope is not a string"},

		// From when until when.
		{active(`,"exp":4070908800`), good, ""},
		{active(`,"exp":4070908800.999`), good, ""},
		{active(`,"exp":null`), good, ""},
		{active(`,"exp":0`), autherr.TokenExpired, "expired"},
		{active(`,"exp":1`), autherr.TokenExpired, "expired"},
		{active(`,"exp":253402300799`), good, ""},
		{active(`,"exp":253402300800`), outage, "exp is not a date"},
		{active(`,"exp":9223372036854775807`), outage, "exp is not a date"},
		{active(`,"exp":9223372036854775808`), outage, "exp is not a date"},
		{active(`,"exp":` + strings.Repeat("9", 400)), outage, "exp is not a date"},
		{active(`,"exp":1e300`), outage, "exp is not a date"},
		{active(`,"exp":4.07e9`), outage, "exp is not a date"},
		{active(`,"exp":-1`), outage, "exp is not a date"},
		{active(`,"exp":-0`), outage, "exp is not a date"},
		{active(`,"exp":"4070908800"`), outage, "exp is not a date"},
		{active(`,"exp":{}`), outage, "exp is not a date"},
		{active(`,"nbf":1`), good, ""},
		{active(`,"nbf":4070908800`), refused, "not valid yet"},
		{active(`,"nbf":"x"`), outage, "nbf is not a date"},
	} {
		v := says(test.answer).introspecting(t, nil)
		switch test.code {
		case good:
			requireForeign(t, v, foreignToken)
		case outage:
			requireForeignOutage(t, v, foreignToken, test.why)
		default:
			requireRefused(t, v, foreignToken, test.code, test.why)
		}
	}
}

func TestRFC7662Section2_2TheIssuer(t *testing.T) {
	for answer, good := range map[string]bool{active(""): false, active(`,"iss":""`): false, active(`,"iss":"a"`): true, active(`,"iss":"a/"`): false} {
		v := says(answer).introspecting(t, func(c *oauth.IntrospectionConfig) { c.Issuer = "a" })
		if good {
			requireForeign(t, v, foreignToken)
		} else {
			requireRefused(t, v, foreignToken, autherr.InvalidAccessToken, "another issuer")
		}
	}
}

func TestRFC7662Section2_2WithoutAnAudienceTheOtherServerDecides(t *testing.T) {
	s := says(`{"active":true,"username":"my_username"}`)
	requireForeign(t, s.introspecting(t, func(c *oauth.IntrospectionConfig) { c.Audience, c.SkipAudience = nil, true }), foreignToken)
}

func TestRFC7662Section2_2OnlyScopesThatAreListedCount(t *testing.T) {
	for scope, want := range map[string][]string{
		`"read write"`: {"read", "write"}, `"write admin read"`: {"write", "read"}, `"READ read\twrite"`: nil, `"read  read "`: {"read"}, `""`: nil, `null`: nil,
	} {
		s := says(active(`,"scope":` + scope))
		require.Equal(t, want, requireForeign(t, s.introspecting(t, nil), foreignToken).Scopes, scope)
		none := s.introspecting(t, func(c *oauth.IntrospectionConfig) { c.Scopes = nil })
		require.Empty(t, requireForeign(t, none, foreignToken).Scopes, scope)
	}
}

// RFC 7662 section 2.3: the server refuses us, and not the token.
func TestRFC7662Section2_3OurOwnCredentialsAreWrong(t *testing.T) {
	for _, status := range []int{401, 403} {
		s := new(otherServer)
		s.do(statusForeign(status))
		rec, told := served(s.introspecting(t, nil), foreignToken)
		require.Equal(t, 503, rec.Code)
		require.Empty(t, rec.Header().Values("WWW-Authenticate"))
		require.ErrorIs(t, told, oauth.ErrExternalUnavailable)
		require.ErrorContains(t, told, "does not accept our ClientID and ClientSecret")
	}
}

// The time of the other server counts while its answer is on its way and while it is remembered.
func TestRFC7662Section4ATokenThatHasExpiredIsNotUsed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) { // whose clock starts at 946684800
		s := says(active(`,"exp":946684860,"nbf":946684840`))
		v := s.introspecting(t, func(c *oauth.IntrospectionConfig) { c.CacheTTL = time.Minute })
		requireRefused(t, v, foreignToken, autherr.InvalidAccessToken, "not valid yet")
		time.Sleep(10*time.Second - 1)
		requireRefused(t, v, foreignToken, autherr.InvalidAccessToken, "not valid yet")
		time.Sleep(time.Nanosecond)
		requireForeign(t, v, foreignToken) // 30 seconds early: clocks differ
		time.Sleep(50*time.Second - 1)
		require.Equal(t, time.Unix(946684860, 0).UTC(), requireForeign(t, v, foreignToken).ExpiresAt)
		require.Equal(t, 1, s.count())
		time.Sleep(time.Nanosecond)
		requireRefused(t, v, foreignToken, autherr.TokenExpired, "expired")
	})
}

func TestAnIntrospectedTokenThroughRequire(t *testing.T) {
	s := says(active(`,"scope":"read"`))
	v := s.introspecting(t, func(c *oauth.IntrospectionConfig) { c.URL, c.Transport, c.Header = s.loopback(t), nil, "X-Token" })
	rec, _ := served(v, foreignToken)
	require.Equal(t, 200, rec.Code)
	require.Equal(t, "Authorization, X-Token", rec.Header().Get("Vary"))

	s.do(sayJSON(`{"active":false}`))
	rec, _ = served(v, foreignToken)
	require.Equal(t, 401, rec.Code)
	require.JSONEq(t, `{"status":"error","http_code":"401","error":"INVALID_ACCESS_TOKEN","error_description":"Invalid Access Token."}`, rec.Body.String())
	require.Equal(t, `Bearer realm="Example API", error="invalid_token"`, rec.Header().Get("WWW-Authenticate"))

	s.do(http.NotFound)
	rec, told := served(v, foreignToken)
	require.Equal(t, 503, rec.Code)
	require.NotEmpty(t, rec.Header().Get("Retry-After"))
	require.JSONEq(t, `{"status":"error","http_code":"503","error":"SERVICE_UNAVAILABLE","error_description":"Service temporarily unavailable."}`, rec.Body.String())
	require.ErrorContains(t, told, "/tokens: status 404")
}
