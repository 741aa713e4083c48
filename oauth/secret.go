package oauth

import (
	"crypto/sha256"
	"crypto/subtle"
	"encoding/hex"
	"errors"
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/apiauth-go/apiauth/auth"
)

// MinSecret and MaxSecret bound the length in bytes of a client secret that [HashSecret] takes.
const (
	MinSecret = 16
	MaxSecret = 1024
)

// secretScheme starts every hash: version 1 is the SHA-256 of the secret's bytes in lower-case hex.
const secretScheme = "v1:sha256:"

// maxSecrets is how many secrets a client can have at a time: the old one and the new one.
const maxSecrets = 2

// NewClientSecret returns a new secret to give to a client, and its hash for Client.SecretHashes. The secret itself is
// stored nowhere. It has 192 bits from crypto/rand and starts with [auth.PrefixClientSecret].
func NewClientSecret() (secret, hash string) {
	secret = auth.NewRandom(auth.PrefixClientSecret)
	return secret, hashSecret(secret)
}

// HashSecret returns the hash of a client secret that was made elsewhere. It refuses one that is shorter than [MinSecret] or longer than
// [MaxSecret] bytes, and one that cannot be sent in a Basic credential: not UTF-8, or with control characters.
//
// The secret must be random; that it is long enough is all that can be checked. The hash is a plain SHA-256, because nothing needs to
// slow down the guessing of a value that has too many possibilities to be guessed. A slow hash would only cost the server tens of
// milliseconds and megabytes for each token request, which anybody can send. A secret that a person has thought up is a password: do not use one.
func HashSecret(secret string) (string, error) {
	switch {
	case len(secret) < MinSecret:
		return "", fmt.Errorf("oauth: HashSecret: the secret has %d bytes, fewer than %d", len(secret), MinSecret)
	case len(secret) > MaxSecret:
		return "", fmt.Errorf("oauth: HashSecret: the secret has %d bytes, more than %d", len(secret), MaxSecret)
	case !utf8.ValidString(secret):
		return "", errors.New("oauth: HashSecret: the secret is not valid UTF-8")
	case strings.ContainsFunc(secret, unicode.IsControl):
		return "", errors.New("oauth: HashSecret: the secret has a control character")
	}
	return hashSecret(secret), nil
}

func hashSecret(secret string) string {
	digest := sha256.Sum256([]byte(secret))
	return secretScheme + hex.EncodeToString(digest[:])
}

// isSecretHash reports whether hash is one that a secret can match. That of no secret at all is what a script makes of a variable that is not set.
func isSecretHash(hash string) bool {
	digest, ok := strings.CutPrefix(hash, secretScheme)
	return ok && len(digest) == 2*sha256.Size && strings.Trim(digest, "0123456789abcdef") == "" && hash != hashSecret("")
}

// noHash has the length of a hash and is none: no secret matches it.
var (
	noHash   = strings.Repeat("-", len(secretScheme)+2*sha256.Size)
	noHashes = []string{noHash}
)

// matchesSecret reports whether secret is one of those that the hashes were made from; only the first two count. An empty one, which is what a
// request without a secret has, never is. Its time does not depend on how much of a hash is right, nor on how many hashes there are, none included.
func matchesSecret(hashes []string, secret string) bool {
	given := []byte(hashSecret(secret))
	match := 0
	for i := range maxSecrets {
		stored := noHash
		if i < len(hashes) {
			stored = hashes[i]
		}
		match |= subtle.ConstantTimeCompare(given, []byte(stored))
	}
	return match == 1 && secret != ""
}
