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

// Authenticate implements [auth.Authenticator].
func (v *Verifier) Authenticate(r *http.Request) (*auth.Identity, error) {
	if v == nil || v.keys == nil {
		return nil, errNotConstructed
	}
	token, err := readBearer(r, v.header)
	if err != nil {
		return nil, err
	}
	return v.Verify(r.Context(), token)
}

// readBearer returns the bearer token of r, or the answer if there is none.
func readBearer(r *http.Request, fallback string) (string, error) {
	c, err := auth.ReadCredentials(r, fallback)
	switch {
	case err != nil:
		return "", autherr.From(err).WithMethod(autherr.MethodJWT)
	case !c.Present():
		return "", declineAbsent
	case !c.Is("Bearer"):
		return "", declineScheme
	}
	return c.Value, nil
}

// Verify returns whom a token stands for, with the errors of Authenticate. Use it where tokens do not come in a header.
func (v *Verifier) Verify(ctx context.Context, token string) (*auth.Identity, error) {
	if v == nil || v.keys == nil {
		return nil, errNotConstructed
	}
	if known := v.cache.find(token); known != nil {
		still, err := v.stillVerifies(ctx, &known.rec)
		var id *auth.Identity
		if still {
			id, err = v.admit(ctx, &known.rec)
		}
		if err != nil || !still {
			v.cache.remove(known)
		}
		if err != nil || still { // what is not known about the key is not found out by asking again
			return id, err
		}
	}
	var rec record
	if err := v.open(ctx, token, &rec); err != nil {
		return nil, err
	}
	if err := v.judge(&rec); err != nil {
		return nil, err
	}
	id, err := v.admit(ctx, &rec)
	if err == nil {
		v.cache.add(token, &rec, id.ExpiresAt)
	}
	return id, err
}

// open takes a token apart and checks its signature. What it leaves in rec is of no use if it returns an error. Nothing in it depends on the
// time: a token that opens once opens as long as its key is there.
func (v *Verifier) open(ctx context.Context, token string, rec *record) error {
	// The length comes first: what is longer is not even searched for its dots.
	if len(token) > v.maxToken {
		return declineTooLong
	}
	head, payload, sig, ok := split(token)
	if !ok {
		return declineSegments
	}
	s := v.scratch.Get().(*scratch)
	defer v.scratch.Put(s)

	// Whom the token is meant for can be read without a key. Other readers might see it differently if any of it were
	// ambiguous, and then nobody may claim it.
	h, known := v.headers.find(head)
	if !known {
		if s.header, ok = decodeSegment(s.header[:0], head); !ok {
			return declineHeader
		}
		parsed, err := parseHeader(string(s.header))
		if err != nil {
			return declineHeader
		}
		h = &parsed
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
	s.input = append(s.input[:0], token[:len(head)+1+len(payload)]...)
	rec.alg, rec.kid = Algorithm(h.alg), h.kid
	if err := v.checkSignature(ctx, rec, s); err != nil {
		return err
	}
	if !known {
		v.headers.add(head, h)
	}
	return nil
}

// split cuts a token at its two dots, of which there must not be a third.
func split(token string) (header, payload, sig string, ok bool) {
	header, rest, ok := strings.Cut(token, ".")
	if !ok {
		return "", "", "", false
	}
	payload, sig, ok = strings.Cut(rest, ".")
	return header, payload, sig, ok && strings.IndexByte(sig, '.') < 0
}

// checkSignature tries the keys that the header names, and notes the one that fits.
func (v *Verifier) checkSignature(ctx context.Context, rec *record, s *scratch) error {
	if !slices.Contains(v.algorithms, rec.alg) {
		return refuseAlgorithm
	}
	keys, err := v.candidates(ctx, rec)
	if err != nil {
		return err
	}
	for _, k := range keys {
		// The key's own algorithm decides, whatever the source thought.
		if k.Algorithm() == rec.alg && k.verifies(s.input, s.sig, s) {
			rec.key = k
			return nil
		}
	}
	return refuseSignature
}

// candidates returns the keys that the header names.
func (v *Verifier) candidates(ctx context.Context, rec *record) ([]*VerificationKey, error) {
	keys, err := v.keys.Keys(ctx, rec.kid, rec.alg)
	switch {
	case err != nil:
		if !errors.Is(err, ErrKeysUnavailable) {
			err = fmt.Errorf("%w: %w", ErrKeysUnavailable, err)
		}
		return nil, autherr.Unavailable(autherr.MethodJWT, err)
	case rec.kid == "" && len(keys) != 1:
		return nil, refuseManyKeys
	case len(keys) == 0:
		return nil, unknownKey(rec.kid)
	}
	return keys[:min(len(keys), maxCandidates)], nil
}

// stillVerifies reports whether the very key that verified a token is still one of those that its header names.
func (v *Verifier) stillVerifies(ctx context.Context, rec *record) (bool, error) {
	keys, err := v.candidates(ctx, rec)
	if err != nil && autherr.From(err).Code != autherr.ServiceUnavailable { // the key is gone
		return false, nil
	}
	return slices.Contains(keys, rec.key), err
}

// judge decides whether the claims of a token with a good signature are acceptable at any time. The answer is the same for ever.
func (v *Verifier) judge(rec *record) error {
	if rec.refuse != nil {
		if _, ok := rec.refuse.(*autherr.Error); ok {
			return rec.refuse
		}
		return unacceptable(rec.refuse)
	}
	switch {
	case !v.skipAudience && !rec.hasAudience(v.audience):
		return refuseAudience
	case rec.iat.kind == dateMissing && v.maxLifetime > 0:
		return refuseNoIssued
	case rec.exp.kind == dateMissing && !v.noExpiry:
		return refuseNoExpiry
	case rec.exp.kind == dateHuge:
		return refuseExpiry
	case v.typ == AccessToken:
		return v.judgeAccess(rec)
	}
	return nil
}

// admit decides what has to be decided anew each time a token is sent: its dates, its user, and whether it has been revoked.
func (v *Verifier) admit(ctx context.Context, rec *record) (*auth.Identity, error) {
	if err := v.judgeDates(rec, time.Now()); err != nil {
		return nil, err
	}
	id, err := v.identify(ctx, rec)
	if err != nil {
		return nil, err
	}
	if err := v.revocations.check(ctx, rec, id.UserID); err != nil {
		return nil, err
	}
	return id, nil
}

// judgeDates decides whether a token is acceptable now. That it has expired is said last, of tokens that were acceptable before.
func (v *Verifier) judgeDates(rec *record, now time.Time) error {
	early := now.Add(v.leeway)
	switch {
	case rec.nbf.kind != dateMissing && !rec.nbf.reached(early):
		return refuseNotYet
	case rec.iat.kind != dateMissing && !rec.iat.reached(early):
		return refuseFuture
	}
	late := now.Add(-v.expiryLeeway)
	if rec.exp.reached(late) {
		return refuseExpired
	}
	if v.maxLifetime > 0 && !late.Before(rec.iat.time().Add(v.maxLifetime)) {
		return refuseTooOld
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
