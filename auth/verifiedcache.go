package auth

import (
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"hash"
	"sync"
	"time"

	"github.com/apiauth-go/apiauth/store"
)

const (
	// maxCacheVerified is the longest LoginConfig.CacheVerified.
	maxCacheVerified = 5 * time.Minute

	// maxVerified is how many passwords are remembered: one for each user, if he has not changed it just now.
	maxVerified = 10_000
)

// verifiedCache remembers for a short time that passwords were right, and never that one was wrong. Nil remembers nothing.
//
// What it holds are digests of user, stored hash and password together, under a key of this process: a user whose record holds another hash by
// now is not found any more, so there is nothing to be told when a password changes. Lookups by such a digest need not take constant
// time, for nobody outside can choose or know it.
type verifiedCache struct {
	lifetime time.Duration
	digests  sync.Pool // of *digester

	mu         sync.RWMutex
	young, old map[verified]time.Time // when each is forgotten; old is dropped as a whole when young is full
}

// ofUser is how much of what a digest is made of is the user, in bytes: an ID as long as a UUID, and a record as Hash writes them. What is
// shorter is filled up, so that the digest of nobody, who has neither, takes as long.
const ofUser = 144

var padding [ofUser]byte

// appendPart appends a text so that no two lists of texts look alike.
func appendPart(b []byte, part string) []byte {
	return append(binary.AppendUvarint(b, uint64(len(part))), part...)
}

// verified is a password that was right.
type verified [sha256.Size]byte

// digester makes digests without new memory.
type digester struct {
	mac hash.Hash
	buf []byte
}

func newVerifiedCache(lifetime time.Duration) (*verifiedCache, error) {
	switch {
	case lifetime == 0:
		return nil, nil
	case lifetime < 0 || lifetime > maxCacheVerified:
		return nil, fmt.Errorf("CacheVerified is negative or over %s", maxCacheVerified)
	}
	key := make([]byte, sha256.Size)
	_, _ = rand.Read(key)
	return &verifiedCache{
		lifetime: lifetime,
		digests:  sync.Pool{New: func() any { return &digester{mac: hmac.New(sha256.New, key)} }},
		young:    make(map[verified]time.Time),
	}, nil
}

// digest returns what is remembered of a user and his password.
func (c *verifiedCache) digest(user store.User, password string) (v verified) {
	d := c.digests.Get().(*digester)
	defer c.digests.Put(d)
	buf := appendPart(appendPart(d.buf[:0], user.ID), user.PasswordHash)
	if len(buf) < ofUser {
		buf = append(buf, padding[:ofUser-len(buf)]...)
	}
	buf = appendPart(buf, password)
	d.mac.Reset()
	_, _ = d.mac.Write(buf)
	d.buf = d.mac.Sum(buf[:0]) // over the password
	copy(v[:], d.buf)
	clear(d.buf[:cap(d.buf)])
	return v
}

// holds reports whether this password was right a short time ago and still is. Of a user who is blocked, unknown or without a password
// it knows nothing, for which it takes as long as for others.
func (c *verifiedCache) holds(user store.User, password string) bool {
	if c == nil {
		return false
	}
	v := c.digest(user, password)
	c.mu.RLock()
	defer c.mu.RUnlock()
	until, ok := c.young[v]
	if !ok {
		until = c.old[v]
	}
	return time.Now().Before(until) && user.Active && user.ID != "" && user.PasswordHash != ""
}

// add remembers that the password of the user, with the hash on his record, is right.
func (c *verifiedCache) add(user store.User, password string) {
	if c == nil {
		return
	}
	v := c.digest(user, password)
	c.mu.Lock()
	defer c.mu.Unlock()
	c.young[v] = time.Now().Add(c.lifetime)
	if len(c.young) >= maxVerified/2 {
		c.young, c.old = make(map[verified]time.Time), c.young
	}
}
