package interop

import (
	"encoding/base64"
	"encoding/json"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/apiauth-go/apiauth/jwt"
)

// job asks verify.mjs to verify a token.
type job struct {
	Library   string        `json:"library"` // jose or jsonwebtoken
	Token     string        `json:"token"`
	Algorithm jwt.Algorithm `json:"algorithm"`
	JWKS      string        `json:"jwks,omitempty"` // the address of the key set
	Secret    []byte        `json:"secret,omitempty"`
	Issuer    string        `json:"issuer"`
	Audience  string        `json:"audience"`
	At        int64         `json:"at,omitempty"` // Unix time; zero means now
}

// question is a job and a part of the error that is the right answer. Empty means that the token is good.
type question struct {
	name string
	job  job
	want string
}

// ask runs the jobs of all questions in one process and compares the answers.
func ask(t *testing.T, questions []question) {
	t.Helper()
	jobs := make([]job, len(questions))
	for i, q := range questions {
		jobs[i] = q.job
	}
	var verdicts []struct {
		Header, Claims map[string]any
		Thumbprint     string // RFC 7638, of the key by which jose verified
		Error          string
	}
	runNode(t, "verify.mjs", jobs, &verdicts)
	require.Len(t, verdicts, len(questions))
	for i, q := range questions {
		t.Run(string(q.job.Algorithm)+"/"+q.job.Library+"/"+q.name, func(t *testing.T) {
			got := verdicts[i]
			if q.want != "" {
				require.Contains(t, got.Error, q.want)
				require.Empty(t, got.Claims)
				return
			}
			require.Empty(t, got.Error)
			require.Equal(t, string(q.job.Algorithm), got.Header["alg"])
			require.Equal(t, claimsOf(t, q.job.Token), got.Claims)
			if q.job.Library == "jose" && q.job.JWKS != "" {
				require.Equal(t, got.Thumbprint, got.Header["kid"], "a key goes by its thumbprint")
			}
		})
	}
}

// What the libraries say about a signature that is not the token's, and about a kid that is not in the key set.
var (
	badSignature = map[string]string{"jose": "signature verification failed", "jsonwebtoken": "invalid signature"}
	unknownKey   = map[string]string{"jose": "no applicable key found", "jsonwebtoken": "Unable to find a signing key"}
)

// librariesFor returns the libraries that support an algorithm. jsonwebtoken has no EdDSA.
func librariesFor(alg jwt.Algorithm) []string {
	if alg == jwt.EdDSA {
		return []string{"jose"}
	}
	return []string{"jose", "jsonwebtoken"}
}

// questionsAbout returns, for each library, whether it accepts a good token, and whether it refuses it where it must: only
// then does accepting mean something.
func questionsAbout(t *testing.T, good job) []question {
	t.Helper()
	claims := claimsOf(t, good.Token)
	iat, exp := int64(claims["iat"].(float64)), int64(claims["exp"].(float64))
	var list []question
	for _, library := range librariesFor(good.Algorithm) {
		add := func(name, jose, jsonwebtoken string, change func(*job)) {
			q := question{name: name, job: good, want: jose}
			if library == "jsonwebtoken" {
				q.want = jsonwebtoken
			}
			q.job.Library = library
			change(&q.job)
			list = append(list, q)
		}
		add("now", "", "", func(*job) {})
		add("in its first second", "", "", func(j *job) { j.At = iat })
		add("in its last second", "", "", func(j *job) { j.At = exp - 1 })
		add("before it", `"nbf" claim timestamp check failed`, "jwt not active", func(j *job) { j.At = iat - 1 })
		add("after it", `"exp" claim timestamp check failed`, "jwt expired", func(j *job) { j.At = exp })
		add("another audience", `unexpected "aud" claim value`, "jwt audience invalid", func(j *job) { j.Audience += "/" })
		add("another issuer", `unexpected "iss" claim value`, "jwt issuer invalid", func(j *job) { j.Issuer += "/" })
		add("another signature", badSignature["jose"], badSignature["jsonwebtoken"], func(j *job) { j.Token = otherSignature(j.Token) })
	}
	return list
}

// otherSignature changes some bits in the middle of the signature.
func otherSignature(token string) string {
	at := (strings.LastIndexByte(token, '.') + len(token)) / 2
	c := "A"
	if token[at] == 'A' {
		c = "B"
	}
	return token[:at] + c + token[at+1:]
}

// claimsOf reads a token without any library.
func claimsOf(t *testing.T, token string) map[string]any {
	t.Helper()
	parts := strings.Split(token, ".")
	require.Len(t, parts, 3)
	payload, err := base64.RawURLEncoding.DecodeString(parts[1])
	require.NoError(t, err)
	var claims map[string]any
	require.NoError(t, json.Unmarshal(payload, &claims))
	return claims
}
