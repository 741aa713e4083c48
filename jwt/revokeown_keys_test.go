package jwt_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	autherr "github.com/apiauth-go/apiauth/errors"
	"github.com/apiauth-go/apiauth/jwt"
)

// A token that names no key works where there is one key. Where there are two, nobody can tell whether it is good, and it is not called revoked.
func TestATokenWithoutAKeyIDIsNotCalledRevokedWhereThereAreTwoKeys(t *testing.T) {
	w := newRevocable(t, nil)
	issuer := must(jwt.NewIssuer(jwt.IssuerConfig{
		Issuer: issuerName, Audience: []string{audience}, Key: w.key,
		OtherKeys: []*jwt.VerificationKey{must(jwt.GenerateKey(jwt.HS256, nil)).VerificationKey()},
	}))
	two := must(jwt.NewVerifier(jwt.VerifierConfig{
		Keys: issuer, Algorithms: []jwt.Algorithm{jwt.HS256}, Issuer: issuerName, Audience: []string{audience}, Users: w.users, Realm: "a",
		Revocations: w.list,
	}))
	token := w.forge(`{"alg":"HS256","typ":"JWT"}`, claims(map[string]any{"jti": "j"}))
	w.accepts(token)
	require.ErrorIs(t, two.RevokeOwn(t.Context(), "1", token), autherr.UnsupportedTokenType)
	w.accepts(token)
	require.NoError(t, w.verifier.RevokeOwn(t.Context(), "1", token))
	w.refuses(autherr.InvalidToken, token)
}

// A token without iat works for no verifier with a list, so nothing is written about it.
func TestATokenWithoutIssueTimeLeavesNoMark(t *testing.T) {
	w := newRevocable(t, nil)
	require.NoError(t, w.verifier.RevokeOwn(t.Context(), "1", w.token(map[string]any{"iat": nil, "jti": "j"})))
	require.Empty(t, w.tokens.ids)
}
