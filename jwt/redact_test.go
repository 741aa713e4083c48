package jwt_test

import (
	"bytes"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"log/slog"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/apiauth-go/apiauth/jwt"
)

// printed returns v as logs could show it.
func printed(t *testing.T, v any) string {
	t.Helper()
	var b bytes.Buffer
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%X", "%d"} {
		fmt.Fprintf(&b, verb+"\n", v)
	}
	fmt.Fprintln(&b, fmt.Sprint(v))
	_ = json.NewEncoder(&b).Encode(v)
	slog.New(slog.NewTextHandler(&b, nil)).Info("x", "v", v)
	slog.New(slog.NewJSONHandler(&b, nil)).Info("x", "v", v)
	return b.String()
}

// shows reports whether text holds the secret in one of the forms in which it could get there.
func shows(text string, secret []byte) bool {
	decimal := strings.Trim(fmt.Sprint(secret[:8]), "[]")
	for _, form := range []string{
		string(secret[:8]), hex.EncodeToString(secret[:8]), strings.ToUpper(hex.EncodeToString(secret[:8])),
		base64.RawURLEncoding.EncodeToString(secret[:9]), base64.StdEncoding.EncodeToString(secret[:9]), decimal, strings.ReplaceAll(decimal, " ", ", "),
	} {
		if strings.Contains(text, form) {
			return true
		}
	}
	return false
}

func TestNoSecretIsPrinted(t *testing.T) {
	hs, ed := signingKey(t, jwt.HS256, nil), signingKey(t, jwt.EdDSA, nil)
	w := newWorld(t, jwt.HS256, nil)
	tok, err := w.issuer.Issue(t.Context(), editor())
	require.NoError(t, err)
	type byValue struct {
		Key    jwt.SigningKey
		Verify jwt.VerificationKey
	}
	type hidden struct {
		key    jwt.SigningKey
		verify jwt.VerificationKey
	}
	require.True(t, shows(printed(t, secret), secret), "the test sees what it looks for")
	for name, v := range map[string]any{
		"signing secret":   hs,
		"signing key":      ed,
		"by value":         *hs,
		"verification":     hs.VerificationKey(),
		"in a struct":      byValue{*hs, *hs.VerificationKey()},
		"Ed in a struct":   byValue{*ed, *ed.VerificationKey()},
		"unexported":       hidden{*hs, *hs.VerificationKey()},
		"unexported, Ed":   &hidden{*ed, *ed.VerificationKey()},
		"list":             []*jwt.SigningKey{hs, ed},
		"key set":          must(jwt.NewKeySet(hs.VerificationKey())),
		"issuer":           w.issuer,
		"issuer config":    jwt.IssuerConfig{Key: hs, OtherKeys: []*jwt.VerificationKey{hs.VerificationKey()}},
		"verifier":         w.verifier,
		"verifier config":  w.config(),
		"id token config":  jwt.IDTokenConfig{Issuer: w.issuer},
		"nil signing key":  (*jwt.SigningKey)(nil),
		"zero signing key": jwt.SigningKey{},
	} {
		text := printed(t, v)
		require.False(t, shows(text, secret), "%s: %s", name, text)
		require.False(t, shows(text, edKey.Seed()), "%s: %s", name, text)
	}
	require.Equal(t, fmt.Sprintf("jwt.SigningKey(HS256, kid %q)", hs.ID()), hs.String())
	require.Equal(t, hs.String(), hs.GoString())
	require.Equal(t, hs.VerificationKey().String(), hs.VerificationKey().GoString())
	require.Equal(t, "jwt.VerificationKey(none)", jwt.VerificationKey{}.String())

	text := printed(t, tok) + printed(t, &tok) + tok.GoString()
	require.NotContains(t, text, strings.Split(tok.Compact, ".")[2][:8])
	require.Contains(t, text, tok.ID)
}
