package oauth_test

import (
	"context"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/apiauth-go/apiauth/auth"
	"github.com/apiauth-go/apiauth/oauth"
	"github.com/apiauth-go/apiauth/store"
)

const revoked = `{"status":"success","message":"Token revoked successfully"}`

// revoke returns a revocation with a form.
func revoke(body string, header ...string) request {
	return request{"POST", "/rest_api/revoke", body, headers(append([]string{"Content-Type", formType}, header...)...)}
}

// revokeAs returns a revocation by a user whose password is right.
func revokeAs(name, media, body string) request {
	return request{"POST", "/rest_api/revoke", body, headers("Content-Type", media, "Authorization", basic(name, "topsecret"))}
}

// putToken stores a valid access token of user 1 that change has worked on, and returns its text.
func putToken(t testing.TB, w *world, change func(*store.Token)) string {
	t.Helper()
	rec := store.Token{
		Kind: store.AccessToken, UserID: "1", ClientID: "app", Application: application, Stamp: "s1",
		IssuedAt: time.Now(), ExpiresAt: time.Now().Add(time.Hour),
	}
	if change != nil {
		change(&rec)
	}
	prefix := auth.PrefixAccessToken
	if rec.Kind == store.RefreshToken {
		prefix = auth.PrefixRefreshToken
	}
	token := auth.NewRandom(prefix)
	rec.ID = oauth.TokenID(token)
	require.NoError(t, w.db.CreateTokens(context.Background(), rec))
	return token
}

func exists(t testing.TB, w *world, token string) bool {
	t.Helper()
	_, err := w.db.TokenByID(context.Background(), oauth.TokenID(token))
	if err != nil {
		require.ErrorIs(t, err, store.ErrNotFound)
	}
	return err == nil
}

func TestRevokedTokenIsRefusedAtOnce(t *testing.T) {
	w := newWorld(t, "2025")
	send := w.listen(t)
	for name, c := range map[string]struct{ media, before, after string }{
		"form":                  {formType, "token=", ""},
		"form with a charset":   {formType + "; charset=utf-8", "token=", "&token_type_hint=access_token"},
		"form with blanks":      {formType, "token= ", " "},
		"form, wrong hint":      {formType, "token_type_hint=refresh_token&token=", ""},
		"form, unknown hint":    {formType, "token_type_hint=x&token=", ""},
		"JSON":                  {jsonType, `{"token":"`, `"}`},
		"JSON with a charset":   {"Application/JSON; charset=utf-8", ` {"token":"`, `","token_type_hint":"access_token"} `},
		"JSON, null hint":       {jsonType, `{"token_type_hint":null,"token":"`, `"}`},
		"JSON, blanks":          {jsonType, `{"token":" `, ` "}`},
		"JSON, unknown members": {jsonType, `{"x":{"token":[1,2]},"Token":3,"token":"`, `"}`},
	} {
		t.Run(name, func(t *testing.T) {
			token, other := w.token(t, passwordBody), w.token(t, passwordBody)
			require.Equal(t, 200, send(get(token)).status)
			a := send(revokeAs("my_username", c.media, c.before+token+c.after))
			require.Equal(t, revoked, a.body)
			require.Equal(t, 200, a.status)
			require.Equal(t, "no-store", a.header.Get("Cache-Control"))

			require.Equal(t, "INVALID_ACCESS_TOKEN", send(get(token)).code(t))
			require.Equal(t, 200, send(get(other)).status, "the user's other tokens stay")
			require.Equal(t, revoked, send(revokeAs("my_username", c.media, c.before+token+c.after)).body, "once more")
		})
	}
}

func TestAnotherUsersTokenIsAnsweredLikeAnUnknownOne(t *testing.T) {
	w := newWorld(t, "2025")
	family := func(t *store.Token) { t.Kind, t.Family = store.RefreshToken, "f" }
	access, refresh := w.token(t, passwordBody), putToken(t, w, family)
	unknown := w.do(revokeAs("reader", formType, "token="+auth.NewRandom("aat_")))
	for _, token := range []string{access, refresh} {
		a := w.do(revokeAs("reader", formType, "token="+token))
		require.Equal(t, unknown, a)
		require.Equal(t, revoked, a.body)
		require.True(t, exists(t, w, token))
	}
}

func TestRefreshTokenEndsItsFamily(t *testing.T) {
	w := newWorld(t, "2025")
	put := func(kind store.TokenKind, user, family string, spent bool) string {
		return putToken(t, w, func(t *store.Token) {
			t.Kind, t.UserID, t.Family = kind, user, family
			if spent {
				t.SpentAt = time.Now()
			}
		})
	}
	for _, spent := range []bool{false, true} {
		refresh := put(store.RefreshToken, "1", "f", spent)
		ended := []string{refresh, put(store.AccessToken, "1", "f", false), put(store.RefreshToken, "1", "f", !spent)}
		kept := []string{
			put(store.AccessToken, "1", "g", false), put(store.AccessToken, "1", "", false),
			put(store.AccessToken, "2", "f", false),
		}
		require.Equal(t, revoked, w.do(revokeAs("my_username", formType, "token="+refresh)).body)
		for _, token := range ended {
			require.False(t, exists(t, w, token))
		}
		for _, token := range kept {
			require.True(t, exists(t, w, token))
		}
	}
	alone, other := put(store.RefreshToken, "1", "", false), put(store.RefreshToken, "1", "", false)
	require.Equal(t, revoked, w.do(revokeAs("my_username", formType, "token="+alone)).body)
	require.False(t, exists(t, w, alone))
	require.True(t, exists(t, w, other), "a refresh token without a family ends alone")
}

func TestUserEndsHisTokenOfAnyApplicationAndAnExpiredOne(t *testing.T) {
	w := newWorld(t, "2025")
	for _, token := range []string{
		putToken(t, w, func(t *store.Token) { t.Application = "other001" }),
		putToken(t, w, func(t *store.Token) { t.ExpiresAt = time.Now().Add(-time.Second) }),
	} {
		require.Equal(t, revoked, w.do(revokeAs("my_username", formType, "token="+token)).body)
		require.False(t, exists(t, w, token))
	}
}

func TestRevokeRefusesMalformedBodies(t *testing.T) {
	w := newWorld(t, "2025")
	token := w.token(t, passwordBody)
	for name, c := range map[string]struct {
		media, body string
		status      int
	}{
		"form, empty":             {formType, "", 400},
		"form, no token":          {formType, "token_type_hint=access_token", 400},
		"form, repeated":          {formType, "token=" + token + "&token=" + token, 400},
		"form, Token":             {formType, "Token=" + token, 400},
		"form, not UTF-8":         {formType, "token=" + token + "&x=%ff", 400},
		"JSON in a form":          {formType, `{"token":"` + token + `"}`, 400},
		"form in JSON":            {jsonType, "token=" + token, 400},
		"JSON, empty":             {jsonType, "", 400},
		"JSON, no token":          {jsonType, "{}", 400},
		"JSON, empty token":       {jsonType, `{"token":""}`, 400},
		"JSON, blank token":       {jsonType, `{"token":"  "}`, 400},
		"JSON, null token":        {jsonType, `{"token":null}`, 400},
		"JSON, number":            {jsonType, `{"token":1}`, 400},
		"JSON, array of strings":  {jsonType, `{"token":["` + token + `"]}`, 400},
		"JSON, hint is no string": {jsonType, `{"token":"` + token + `","token_type_hint":{}}`, 400},
		"JSON, Token":             {jsonType, `{"Token":"` + token + `"}`, 400},
		"JSON, long s":            {jsonType, `{"token_type_hint":"x","toKen":"` + token + `"}`, 400},
		"JSON, token twice":       {jsonType, `{"token":"` + token + `","token":"` + token + `"}`, 400},
		"JSON, escaped twice":     {jsonType, `{"token":"` + token + `","\u0074oken":"` + token + `"}`, 400},
		"JSON, unknown twice":     {jsonType, `{"x":1,"token":"` + token + `","x":2}`, 400},
		"JSON, array":             {jsonType, `[{"token":"` + token + `"}]`, 400},
		"JSON, string":            {jsonType, `"` + token + `"`, 400},
		"JSON, null":              {jsonType, `null`, 400},
		"JSON, two objects":       {jsonType, `{"token":"` + token + `"}{}`, 400},
		"JSON, trailing":          {jsonType, `{"token":"` + token + `"}x`, 400},
		"JSON, cut":               {jsonType, `{"token":"` + token + `"`, 400},
		"JSON, comment":           {jsonType, `{"token":"` + token + `"/**/}`, 400},
		"JSON, byte order mark":   {jsonType, "\ufeff" + `{"token":"` + token + `"}`, 400},
		"JSON, not UTF-8":         {jsonType, `{"token":"` + token + `","x":"` + "\xff" + `"}`, 400},
		"JSON, deep":              {jsonType, `{"token":"` + token + `","x":` + strings.Repeat("[", 20_000) + strings.Repeat("]", 20_000) + `}`, 400},
		"JSON, long":              {jsonType, `{"token":"` + token + `","x":"` + strings.Repeat("x", 64<<10) + `"}`, 413},
		"form, long":              {formType, "token=" + token + "&x=" + strings.Repeat("x", 64<<10), 413},
		"no media type":           {"", "token=" + token, 415},
		"text":                    {"text/plain", "token=" + token, 415},
		"multipart":               {"multipart/form-data; boundary=x", "token=" + token, 415},
	} {
		t.Run(name, func(t *testing.T) {
			a := w.do(revokeAs("my_username", c.media, c.body))
			require.Equal(t, c.status, a.status)
			require.Equal(t, "INVALID_REQUEST", a.code(t))
			require.NotContains(t, a.body, token)
		})
	}
	require.True(t, exists(t, w, token))
}

func TestRevokeReadsNothingFromTheQuery(t *testing.T) {
	w := newWorld(t, "2025")
	token := w.token(t, passwordBody)
	q := revokeAs("my_username", formType, "")
	q.path += "?token=" + token
	require.Equal(t, "INVALID_REQUEST", w.do(q).code(t))
	require.True(t, exists(t, w, token))
}

// Three segments are the shape of tokens that work without a record: JSON Web Tokens and services tokens.
func TestSelfContainedTokenIsNotCalledRevoked(t *testing.T) {
	w := newWorld(t, "2025")
	for _, token := range []string{"eyJhbGciOiJub25lIn0.e30.", "1.5665e083.Sj5b3crO2RyWXrCFrCAZKeXi0si0vBWsr8k1I01w_YM"} {
		a := w.do(revokeAs("my_username", formType, "token="+token))
		require.Equal(t, "UNSUPPORTED_TOKEN_TYPE", a.code(t))
	}
}

func TestRevokeTakesPasswordsOnly(t *testing.T) {
	w := newWorld(t, "2025")
	token := w.token(t, passwordBody)
	for name, c := range map[string]struct{ authorization, code string }{
		"the token itself":   {"Bearer " + token, "MISSING_BASIC_AUTH"},
		"token as user":      {basic(token, ""), "MISSING_CREDENTIALS"},
		"the client":         {basic("robot", robotSecret), "INVALID_CREDENTIALS"},
		"no user name":       {basic("", "topsecret"), "MISSING_CREDENTIALS"},
		"no colon":           {"Basic YQ==", "INVALID_BASIC_AUTH_FORMAT"},
		"blocked, wrong":     {basic("blocked_user", "wrong"), "INVALID_CREDENTIALS"},
		"services token":     {basic("1.5665e083.Sj5b3crO2RyWXrCFrCAZKeXi0si0vBWsr8k1I01w_YM", ""), "INVALID_CREDENTIALS"},
		"nothing after name": {"Basic", "INVALID_BASIC_AUTH_FORMAT"},
	} {
		t.Run(name, func(t *testing.T) {
			a := w.do(revoke("token="+token, "Authorization", c.authorization))
			require.Equal(t, 401, a.status)
			require.Equal(t, c.code, a.code(t))
			require.Equal(t, []string{`Basic realm="Example API", charset="UTF-8"`}, a.header["Www-Authenticate"])
		})
	}
	require.True(t, exists(t, w, token))
}

func TestManyUseAndRevokeOneTokenAtOnce(t *testing.T) {
	w := newWorld(t, "2025")
	token := w.token(t, passwordBody)
	var wg sync.WaitGroup
	for range 16 {
		wg.Go(func() {
			w.do(get(token))
			assert.Equal(t, revoked, w.do(revokeAs("my_username", formType, "token="+token)).body)
			assert.Equal(t, "INVALID_ACCESS_TOKEN", w.do(get(token)).code(t), "after a success it is gone for everybody")
		})
	}
	wg.Wait()
}

// What holds more than a token may mean one that is in force: to say that it is revoked would be a lie.
func TestWhatHoldsMoreThanATokenIsNotSaidToBeRevoked(t *testing.T) {
	w := newWorld(t, "2025")
	token := w.token(t, clientBody)
	me := basic("my_username", "topsecret")
	for _, sent := range []string{token + `\n`, "Bearer " + token, token + "\u00a0", token + `\u0000`, token + ",x y"} {
		a := w.do(request{"POST", "/rest_api/revoke", `{"token":"` + sent + `"}`, headers("Content-Type", jsonType, "Authorization", me)})
		require.Equal(t, "INVALID_REQUEST", a.code(t), sent)
	}
	key, _ := auth.NewAPIKey()
	require.Equal(t, "UNSUPPORTED_TOKEN_TYPE", w.do(revoke("token="+key, "Authorization", me)).code(t))
	_, err := w.db.TokenByID(t.Context(), oauth.TokenID(token))
	require.NoError(t, err)
}
