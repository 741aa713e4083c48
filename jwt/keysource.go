package jwt

import (
	"context"
	"errors"
)

// KeySource finds the keys that may have signed a token. A [KeySet] is one, and so is an [Issuer], for its own tokens. Its method
// is called concurrently, for each token that a [Verifier] claims. A token that is remembered (VerifierConfig.CacheTokens) is good for as long as the very
// key that verified it is returned: a source whose keys have not changed should return the same ones, and not copies.
type KeySource interface {
	// Keys returns the keys of the algorithm that go by this key ID or, if kid is empty because the token names none, all keys of
	// the algorithm. The caller does not change the slice.
	//
	// kid comes from a token that nobody has verified yet: it may be compared with the IDs of loaded keys, and nothing
	// else. No keys and no error means that the key is unknown, and the token is refused. An error means that the answer is
	// not known and should wrap [ErrKeysUnavailable]; the client is told to come back (503).
	Keys(ctx context.Context, kid string, alg Algorithm) ([]*VerificationKey, error)
}

// ErrKeysUnavailable says that the keys of an issuer cannot be had at the moment. It is an outage and says nothing about the token.
var ErrKeysUnavailable = errors.New("jwt: keys unavailable")

// maxCandidates is how many keys of one ID and algorithm are tried on a token. Issuers should not have two; more would make each forged
// token costlier to refuse.
const maxCandidates = 4
