package main

import (
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// credential is what no log may hold: an access or refresh token, an API key or a client secret of ours, a JSON Web Token, a services token, the hash of a
// password or of a client secret, the digest under which a token or a key is stored, a private key, or a password of the demo users, also as it is sent.
var credential = regexp.MustCompile(strings.Join(append(demoPasswords(),
	`(aat|art|aak|acs)_[A-Za-z0-9_-]{16}`, `eyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]{8,}`, `[A-Za-z0-9_-]\.[0-9a-f]{8,10}\.[A-Za-z0-9_-]{43}`,
	`\$argon2id\$`, `\$2[aby]\$`, `v1:sha256:`, `\b[0-9a-f]{64}\b`, `\[([0-9]{1,3}[ ,]){31}[0-9]{1,3}\]`, `PRIVATE KEY`,
), "|"))

// demoPasswords are expressions for those that everybody can read in demo.go. That of the operator is also the name of a flag.
func demoPasswords() (list []string) {
	for _, u := range demoUsers {
		list = append(list, `(^|[^-])`+regexp.QuoteMeta(u.password), regexp.QuoteMeta(base64.StdEncoding.EncodeToString([]byte(u.name+":"+u.password))))
	}
	return list
}

// requireNoSecret looks through the log of a server that has ended, which is at level DEBUG in all tests.
func requireNoSecret(t testing.TB, s *example) {
	t.Helper()
	own := []string{s.secret, s.jwtSecret, s.apiKey, s.blockedKey}
	for line := range strings.Lines(s.stderr.String()) {
		require.False(t, credential.MatchString(line), "the log of the server: %s", line)
		for _, secret := range own {
			if secret != "" {
				require.False(t, strings.Contains(line, secret) || strings.Contains(line, url.QueryEscape(secret)), "the log of the server: %s", line)
			}
		}
	}
}

func TestACredentialIsSeenInALog(t *testing.T) {
	for _, line := range []string{
		`level=INFO msg="token aat_0123456789abcdefghijklmnopqrstuv"`, "art_0123456789abcdefghijklmnopqrstuv", `path="/x?t=acs_0123456789abcdefghijklmnopqrstuv"`,
		"eyJhbGciOiJFUzI1NiJ9.eyJzdWIiOiIxIn0.c2ln", `hash="$argon2id$v=19$m=19456,t=2,p=1$c2FsdA$aGFzaA"`, "-----BEGIN PRIVATE KEY-----", "password=topsecret",
		"Basic bXlfdXNlcm5hbWU6dG9wc2VjcmV0", "user 1.5665e083.Sj5b3crO2RyWXrCFrCAZKeXi0si0vBWsr8k1I01w_YM", "uMDE.5665e083.GBOpTJ3SV9jV5ngnOtvPJcMOmoH5aeVKQgKu1XWcpCg",
		"hash=v1:sha256:" + strings.Repeat("0a", 32), "no token " + strings.Repeat("0a", 32), fmt.Sprint(sha256.Sum256(nil)), "reader:reader-password", "password=blocked-password",
		"operator-password", "Basic cmVhZGVyOnJlYWRlci1wYXNzd29yZA==", "YmxvY2tlZF91c2VyOmJsb2NrZWQtcGFzc3dvcmQ=", "b3BlcmF0b3I6b3BlcmF0b3ItcGFzc3dvcmQ=",
	} {
		require.True(t, credential.MatchString(line), line)
	}
	for _, line := range []string{
		`level=INFO msg=stopping path=/rest_api/access_token code=INVALID_ACCESS_TOKEN`, "-operator-password must have at least 12 bytes", "v0.0.0-20260908205506-85c1c2202aba",
	} {
		require.False(t, credential.MatchString(line), line)
	}
}
