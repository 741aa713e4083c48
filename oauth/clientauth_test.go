package oauth_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/stretchr/testify/require"

	"github.com/apiauth-go/apiauth/auth"
	autherr "github.com/apiauth-go/apiauth/errors"
	"github.com/apiauth-go/apiauth/oauth"
)

const asUser = "grant_type=client_credentials&username=my_username"

func TestRFC6749_2_3_1_BasicCredentialIsReadEncodedAndAsSent(t *testing.T) {
	w := newWorld(t, "rfc")
	const odd = "id with+signs%"
	for name, c := range map[string]struct {
		authorization, body string
		status              int
	}{
		"encoded":                      {basic(url.QueryEscape("robot"), url.QueryEscape(robotSecret)), "", 200},
		"as sent":                      {basic("robot", robotSecret), "", 200},
		"odd id, encoded":              {basic(url.QueryEscape(odd), url.QueryEscape(robotSecret)), "", 200},
		"odd id, blanks as %20":        {basic(url.PathEscape(odd), url.PathEscape(robotSecret)), "", 401}, // PathEscape keeps the plus signs
		"odd id, as sent":              {basic(odd, robotSecret), "", 200},
		"one part encoded":             {basic(url.QueryEscape(odd), robotSecret), "", 401},
		"encoded twice":                {basic("robot", url.QueryEscape(url.QueryEscape(robotSecret))), "", 401},
		"same client_id":               {basic("robot", robotSecret), "&client_id=robot", 200},
		"same client_id, stray blank":  {basic("robot", robotSecret), "&client_id= robot", 200},
		"odd id, same client_id":       {basic(url.QueryEscape(odd), url.QueryEscape(robotSecret)), "&client_id=" + url.QueryEscape(odd), 200},
		"odd id as sent, same":         {basic(odd, robotSecret), "&client_id=" + url.QueryEscape(odd), 200},
		"other client_id":              {basic("robot", robotSecret), "&client_id=web", 400},
		"empty secret in the body":     {basic("robot", robotSecret), "&client_secret=", 200},
		"wrong secret":                 {basic("robot", robotSecret+"x"), "", 401},
		"unknown client":               {basic("nobody", robotSecret), "", 401},
		"lower-case scheme":            {"b" + basic("robot", robotSecret)[1:], "", 200},
		"no secret":                    {basic("robot", ""), "", 400},
		"no id":                        {basic("", robotSecret), "", 400},
		"no id, but one in the body":   {basic("", robotSecret), "&client_id=robot", 400},
		"no colon":                     {"Basic cm9ib3Q=", "", 400},
		"not base64":                   {"Basic !", "", 400},
		"not canonical":                {"Basic YTpi=", "", 400},
		"nothing after the scheme":     {"Basic", "", 400},
		"empty field":                  {"", "&client_id=robot&client_secret=" + url.QueryEscape(robotSecret), 400},
		"control character":            {basic("robot", "a\tb"), "", 400},
		"another scheme":               {"Bearer " + auth.NewRandom("aat_"), "&client_id=robot&client_secret=" + url.QueryEscape(robotSecret), 400},
		"other scheme":                 {"Digest x", "", 400},
		"other scheme, good pair":      {"X" + basic("robot", robotSecret), "", 400},
		"other scheme, Bearer":         {"Bearer" + basic("robot", robotSecret)[5:], "", 400},
		"encoded NUL is only raw text": {basic("robot%00", robotSecret), "", 401},
	} {
		t.Run(name, func(t *testing.T) {
			a := w.do(post(asUser+c.body, "Authorization", c.authorization))
			require.Equal(t, c.status, a.status, a.body)
			if a.status == 401 {
				require.Equal(t, `{"error":"invalid_client","error_description":"Client authentication failed."}`, a.body)
			}
		})
	}
}

func TestRFC6749_2_3_ClientAuthenticatesOnce(t *testing.T) {
	w := newWorld(t, "2025")
	secret := "&client_secret=" + url.QueryEscape(robotSecret)
	for name, q := range map[string]request{
		"header and body":          post(asUser+"&client_id=robot"+secret, "Authorization", basic("robot", robotSecret)),
		"header and secret only":   post(asUser+secret, "Authorization", basic("robot", robotSecret)),
		"Authorization, API-KEY":   post(asUser, "Authorization", basic("robot", robotSecret), "API-KEY", "x"),
		"two Authorization fields": {"POST", "/rest_api/access_token", asUser, http.Header{"Content-Type": {formType}, "Authorization": {basic("robot", robotSecret), basic("robot", robotSecret)}}},
	} {
		t.Run(name, func(t *testing.T) {
			a := w.do(q)
			require.Equal(t, 400, a.status)
			require.Equal(t, "INVALID_REQUEST", a.code(t))
		})
	}
}

func TestBothReadingsOfABasicCredentialAreOneFailure(t *testing.T) {
	w := newWorld(t, "2025")
	// The first reading is the client "robot" with a wrong secret, the second one an unknown client; and the other way round.
	for _, c := range []struct{ id, code string }{
		{"rob%6ft", "INVALID_CLIENT_SECRET"}, {"robot", "INVALID_CLIENT_SECRET"}, {"n%6fbody", "INVALID_CLIENT_ID"},
	} {
		before := len(w.errors)
		require.Equal(t, c.code, w.do(post(asUser, "Authorization", basic(c.id, "wr%6fng"))).code(t))
		require.Len(t, w.errors, before+1)
	}
}

// What a client cannot use is unknown to it: whether the client exists elsewhere or is switched off is not told.
func TestClientsThatCannotBeUsedAreUnknown(t *testing.T) {
	w := newWorld(t, "2025")
	want := w.do(post(asUser + "&client_id=nobody&client_secret=x"))
	require.Equal(t, "INVALID_CLIENT_ID", want.code(t))
	for _, c := range []struct{ id, secret string }{
		{"off", robotSecret}, {"off", "wrong"}, {"foreign", otherSecret}, {"foreign", "wrong"},
		{"ROBOT", robotSecret}, {"robot\u00a0", robotSecret}, {strings.Repeat("i", 256), robotSecret},
	} {
		require.Equal(t, want, w.do(post(asUser+"&"+form("client_id", c.id, "client_secret", c.secret))), c.id)
	}
	for _, id := range []string{"off", "foreign", "nobody"} { // without a secret, too
		require.Equal(t, want, w.do(post(form("grant_type", "password", "username", "my_username", "password", "topsecret", "client_id", id))))
	}
}

func TestSecretOfThePasswordGrant(t *testing.T) {
	w := newWorld(t, "2025")
	for name, c := range map[string]struct {
		id, secret string
		status     int
		code       string
	}{
		"may be omitted":                    {"app", "", 200, ""},
		"may be omitted with a secret":      {"web", "", 200, ""},
		"is right":                          {"web", robotSecret, 200, ""},
		"is checked when sent":              {"web", "wrong", 401, "INVALID_CLIENT_SECRET"},
		"matches nothing if there is none":  {"app", "anything", 401, "INVALID_CLIENT_SECRET"},
		"must not be omitted":               {"pw", "", 401, "INVALID_CLIENT_SECRET"},
		"must not be omitted, right":        {"pw", robotSecret, 200, ""},
		"must not be wrong":                 {"pw", "wrong", 401, "INVALID_CLIENT_SECRET"},
		"of another client":                 {"web", otherSecret, 401, "INVALID_CLIENT_SECRET"},
		"is not trimmed":                    {"web", " " + robotSecret, 401, "INVALID_CLIENT_SECRET"},
		"is not its own hash":               {"web", mustHash(t, robotSecret), 401, "INVALID_CLIENT_SECRET"},
		"does not open the grant by itself": {"cc", robotSecret, 400, "UNAUTHORIZED_CLIENT"},
	} {
		t.Run(name, func(t *testing.T) {
			body := form("grant_type", "password", "username", "my_username", "password", "topsecret", "client_id", c.id, "client_secret", c.secret)
			for how, a := range map[string]answer{
				"body":   w.do(post(body)),
				"header": w.do(post(form("grant_type", "password", "username", "my_username", "password", "topsecret"), "Authorization", basic(c.id, c.secret))),
			} {
				require.Equal(t, c.status, a.status, how)
				if c.code != "" {
					require.Equal(t, c.code, a.code(t), how)
				}
			}
		})
	}
}

func mustHash(t testing.TB, secret string) string {
	t.Helper()
	h, err := oauth.HashSecret(secret)
	require.NoError(t, err)
	return h
}

func FuzzClientBasic(f *testing.F) {
	f.Add(basic("robot", robotSecret), "")
	f.Add(basic("robot", robotSecret), "robot")
	f.Add(basic("a%20b", "c+d"), "a b")
	f.Add(basic("%zz", "%00"), "")
	f.Add("Bearer x", "y")
	f.Add("Basic", "")
	f.Fuzz(func(t *testing.T, field, bodyID string) {
		r := &http.Request{Header: http.Header{"Authorization": {field}}}
		params := map[string]string{"client_id": bodyID}
		readings, err := oauth.ReadClient(r, params)
		takesAtMost(t, 64<<10, 0, len(field)+len(bodyID), func() { _, _ = oauth.ReadClient(r, params) })
		if err != nil {
			require.ErrorIs(t, err, autherr.InvalidRequest)
			require.Empty(t, readings)
			return
		}
		require.Contains(t, []int{1, 2}, len(readings))
		c, _ := auth.ReadCredentials(r, "")
		rawID, rawSecret, ok := c.Basic()
		require.True(t, ok)
		for i, reading := range readings {
			id, secret := reading.Pair()
			require.True(t, utf8.ValidString(id) && utf8.ValidString(secret))
			if bodyID != "" {
				require.Equal(t, bodyID, id)
			}
			if id == rawID && secret == rawSecret {
				continue
			}
			require.Zero(t, i, "only the first reading is decoded")
			decodedID, err := url.QueryUnescape(rawID)
			require.NoError(t, err)
			decodedSecret, err := url.QueryUnescape(rawSecret)
			require.NoError(t, err)
			require.Equal(t, [2]string{decodedID, decodedSecret}, [2]string{id, secret})
		}
	})
}

func TestAnUnknownClientIsNotToldApartInTheRFCProfile(t *testing.T) {
	w := newWorld(t, "rfc")
	for _, secret := range []string{"", "wrong"} {
		body := func(id string) string {
			return form("grant_type", "password", "username", "x", "password", "y", "client_id", id, "client_secret", secret)
		}
		known, unknown := w.do(post(body("pw"))), w.do(post(body("nobody")))
		require.Equal(t, 401, known.status)
		require.Equal(t, known.status, unknown.status)
		require.Equal(t, known.body, unknown.body)
	}
}
