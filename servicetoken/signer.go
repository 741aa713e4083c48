package servicetoken

import (
	"crypto/hmac"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
	"fmt"
	"hash"
	"strconv"

	autherr "github.com/apiauth-go/apiauth/errors"
	"github.com/apiauth-go/apiauth/store"
)

// signer holds what signing takes: a keyed state for each key, and buffers. It is used by one goroutine at a time and kept in a
// pool, so that the common case allocates nothing.
type signer struct {
	macs  []hash.Hash
	text  []byte // what is signed
	token []byte // the token made of it
	other []byte // the token with which it is compared
	sum   [sha256.Size]byte
}

// maxKept is the greatest buffer in bytes that goes back into the pool.
const maxKept = 64 << 10

func newSigner(keys [][]byte) *signer {
	g := &signer{macs: make([]hash.Hash, len(keys))}
	for i, k := range keys {
		g.macs[i] = hmac.New(sha256.New, k)
	}
	return g
}

// prepare returns a signer with the text to be signed for u. A nil set means the default properties. Give it back with release.
func (s *Service) prepare(u store.User, set Properties, expires int64) (*signer, error) {
	g := s.signers.Get().(*signer)
	b := append(g.text[:0], u.ID...)
	if set == nil {
		b = s.appendDefault(b, u)
	} else {
		var err error
		if b, err = appendPHP(b, set); err != nil {
			s.release(g)
			return nil, autherr.Internal(method, fmt.Errorf("servicetoken: property %w", err))
		}
	}
	g.text = strconv.AppendInt(b, expires, 10)
	g.token = appendHead(g.token[:0], u.ID, expires)
	return g, nil
}

func (s *Service) release(g *signer) {
	if cap(g.text) <= maxKept {
		s.signers.Put(g)
	}
}

// sign makes token the complete token, signed with one of the keys. head is its length up to the MAC.
func (g *signer) sign(key, head int) {
	mac := g.macs[key]
	mac.Reset()
	mac.Write(g.text)
	g.token = base64.RawURLEncoding.AppendEncode(g.token[:head], mac.Sum(g.sum[:0]))
}

// matches reports whether token is, in its whole spelling, the one that one of the keys makes. How long that takes does not depend on where the
// two differ.
func (g *signer) matches(token string) bool {
	g.other = append(g.other[:0], token...)
	head := len(g.token)
	for key := range g.macs {
		g.sign(key, head)
		if subtle.ConstantTimeCompare(g.token, g.other) == 1 {
			return true
		}
	}
	return false
}
