package storetest

import (
	"crypto/rand"
	"time"
)

// randomID returns an ID as it comes from the digest of a new token or key.
func randomID() (id [32]byte) {
	rand.Read(id[:])
	return id
}

// nearIDs returns IDs that resemble id and must not be taken for it, and the zero ID.
func nearIDs[ID ~[32]byte](id ID) []ID {
	near := []ID{{}}
	for _, i := range []int{0, 7, 15, 16, 31} {
		other := id
		other[i] ^= 1
		near = append(near, other)
	}
	return near
}

// instant returns the present time as finely as every store has to keep it, and never at a full second or millisecond,
// where it would not show if a store kept less.
func instant() time.Time {
	return time.Now().Truncate(time.Second).Add(123_457 * time.Microsecond)
}
