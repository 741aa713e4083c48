package jwt

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/apiauth-go/apiauth/auth"
	autherr "github.com/apiauth-go/apiauth/errors"
)

// Authenticate implements auth.Authenticator.
func (v *Verifier) Authenticate(r *http.Request) (*auth.Identity, error) {
	if v == nil || v.keys == nil {
		return nil, errNotConstructed
	}
	c, err := auth.ReadCredentials(r, v.header)
	switch {
	case err != nil:
		return nil, autherr.From(err).WithMethod(autherr.MethodJWT)
	case !c.Present():
		return nil, declineAbsent
	case !c.Is("Bearer"):
		return nil, declineScheme
	}
	return v.Verify(r.Context(), c.Value)
}

// Verify returns whom a token stands for, with the errors of Authenticate. Use it where tokens do not come in a header.
func (v *Verifier) Verify(ctx context.Context, token string) (*auth.Identity, error) {
	if v == nil || v.keys == nil {
		return nil, errNotConstructed
	}
	var rec record
	if err := v.open(ctx, token, &rec); err != nil {
		return nil, err
	}
	if err := v.judge(&rec, time.Now()); err != nil {
		return nil, err
	}
	return v.identify(ctx, &rec)
}

// open takes a token apart and checks its signature. What it leaves in rec is of no use if it returns an error. Nothing in it depends on the
// time: a token that opens once opens as long as its key is there.
func (v *Verifier) open(ctx context.Context, token string, rec *record) error {
	// The length comes first: what is longer is not even searched for its dots.
	if len(token) > v.maxToken {
		return declineTooLong
	}
	if !auth.IsJWT(token) {
		return declineSegments
	}
	s := v.scratch.Get().(*scratch)
	defer v.scratch.Put(s)

	last := strings.LastIndexByte(token, '.')
	signed, sig := token[:last], token[last+1:]
	head, payload, _ := strings.Cut(signed, ".")

	// Whom the token is meant for can be read without a key. Other readers might see it differently if any of it were
	// ambiguous, and then nobody may claim it.
	var ok bool
	if s.header, ok = decodeSegment(s.header[:0], head); !ok {
		return declineHeader
	}
	h, err := parseHeader(string(s.header))
	if err != nil {
		return declineHeader
	}
	if (h.typ == AccessToken) != (v.typ == AccessToken) { // what is neither belongs to the verifier of identity tokens
		return declineKind
	}
	if s.payload, ok = decodeSegment(s.payload[:0], payload); !ok {
		return declineClaims
	}
	if err := parseClaims(string(s.payload), v.usernameClaim, rec); err != nil {
		return declineClaims
	}
	if !v.skipIssuer && rec.iss != v.issuer {
		return declineIssuer
	}

	// From here on the token is claimed.
	if h.refuse != nil {
		return forgedBecause(h.refuse)
	}
	if h.typ != v.typ && (h.typ != "" || v.own()) {
		rec.fail(refuseType)
	}
	if s.sig, ok = decodeSegment(s.sig[:0], sig); !ok {
		return refuseSegment
	}
	s.input = append(s.input[:0], signed...)
	return v.checkSignature(ctx, &h, s)
}

// checkSignature tries the keys that the header names.
func (v *Verifier) checkSignature(ctx context.Context, h *header, s *scratch) error {
	alg := Algorithm(h.alg)
	if !slices.Contains(v.algorithms, alg) {
		return refuseAlgorithm
	}
	keys, err := v.keys.Keys(ctx, h.kid, alg)
	switch {
	case err != nil:
		if !errors.Is(err, ErrKeysUnavailable) {
			err = fmt.Errorf("%w: %w", ErrKeysUnavailable, err)
		}
		return autherr.Unavailable(autherr.MethodJWT, err)
	case h.kid == "" && len(keys) != 1:
		return refuseManyKeys
	case len(keys) == 0:
		return unknownKey(h.kid)
	}
	for _, k := range keys[:min(len(keys), maxCandidates)] {
		// The key's own algorithm decides, whatever the source thought.
		if k.Algorithm() == alg && k.verifies(s.input, s.sig, s) {
			return nil
		}
	}
	return refuseSignature
}

// judge decides whether a token with a good signature is acceptable now. That it has expired is said last, of tokens that
// were acceptable before.
func (v *Verifier) judge(rec *record, now time.Time) error {
	if rec.refuse != nil {
		if _, ok := rec.refuse.(*autherr.Error); ok {
			return rec.refuse
		}
		return unacceptable(rec.refuse)
	}
	early := now.Add(v.leeway)
	switch {
	case !v.skipAudience && !rec.hasAudience(v.audience):
		return refuseAudience
	case rec.nbf.kind != dateMissing && !rec.nbf.reached(early):
		return refuseNotYet
	case rec.iat.kind != dateMissing && !rec.iat.reached(early):
		return refuseFuture
	case rec.iat.kind == dateMissing && v.maxLifetime > 0:
		return refuseNoIssued
	case rec.exp.kind == dateMissing && !v.noExpiry:
		return refuseNoExpiry
	case rec.exp.kind == dateHuge:
		return refuseExpiry
	}
	late := now.Add(-v.expiryLeeway)
	if rec.exp.reached(late) || v.maxLifetime > 0 && !late.Before(rec.iat.time().Add(v.maxLifetime)) {
		return refuseExpired
	}
	return nil
}

// expiresAt returns the end of a token that judge accepted, zero if it has none.
func (v *Verifier) expiresAt(rec *record) time.Time {
	end := rec.exp.time()
	if v.maxLifetime > 0 {
		if limit := rec.iat.time().Add(v.maxLifetime); end.IsZero() || limit.Before(end) {
			return limit
		}
	}
	return end
}
