package jwt

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"maps"
	"slices"
	"time"

	"github.com/apiauth-go/apiauth/auth"
	autherr "github.com/apiauth-go/apiauth/errors"
	"github.com/apiauth-go/apiauth/store"
)

// Token is a token that was issued. It does not print Compact.
type Token struct {
	// Compact is the token as clients send it: a JWS in compact serialization.
	Compact string

	// ID is its jti.
	ID string

	// IssuedAt and ExpiresAt bound its life, in whole seconds.
	IssuedAt, ExpiresAt time.Time
}

// String describes the token without what opens doors.
func (t Token) String() string { return fmt.Sprintf("jwt.Token(jti %q)", t.ID) }

// GoString is String.
func (t Token) GoString() string { return t.String() }

// Format prints String for every verb.
func (t Token) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, t.String()) }

// MarshalText returns String; encoding/json uses it too.
func (t Token) MarshalText() ([]byte, error) { return []byte(t.String()), nil }

// LogValue is String.
func (t Token) LogValue() slog.Value { return slog.StringValue(t.String()) }

// Issue returns a new identity token for a user, who must be active and have an ID, a name and a Stamp. Whether he is who he says must be known by then.
//
// Errors are *autherr.Error: an internal one for a user or claims for whom no token can be issued, and SERVICE_UNAVAILABLE if a
// device that holds the key, or IssuerConfig.Claims, fails.
func (i *Issuer) Issue(ctx context.Context, user store.User) (Token, error) {
	if i.KeySet() == nil {
		return Token{}, errNotConstructed
	}
	err := issuable(user)
	switch {
	case err != nil:
		return Token{}, notIssued(err)
	case user.Name == "":
		return Token{}, notIssued(fmt.Errorf("user %q has no name", user.ID))
	}
	now := time.Now().Truncate(time.Second)
	t := Token{ID: auth.NewRandom(""), IssuedAt: now, ExpiresAt: now.Add(i.lifetime)}
	t.Compact, err = i.mint(ctx, &draft{typ: IdentityToken, user: user, id: t.ID, iat: now.Unix(), exp: t.ExpiresAt.Unix()})
	if err != nil {
		return Token{}, err
	}
	return t, nil
}

// draft is what a token of either kind says, besides what all tokens of its issuer say.
type draft struct {
	typ      TokenType
	user     store.User
	id       string
	iat, exp int64

	// Of access tokens only.
	clientID, application string
	scopes                []string
}

// mint writes the claims and signs them.
func (i *Issuer) mint(ctx context.Context, d *draft) (string, error) {
	w := objectWriter{b: append(make([]byte, 0, 512), i.prefix...)}
	w.text("sub", d.user.ID)
	w.given("name", d.user.Name)
	w.given("client_id", d.clientID)
	w.given("application", d.application)
	w.number("iat", d.iat)
	if d.typ == IdentityToken {
		w.number("nbf", d.iat)
	}
	w.number("exp", d.exp)
	w.text("jti", d.id)
	w.words("scope", d.scopes)
	w.texts("roles", d.user.Roles)
	w.text("stamp", d.user.Stamp)
	if i.claims != nil {
		more, err := i.claims(ctx, d.user.Clone())
		if err != nil {
			return "", autherr.Unavailable(autherr.MethodIDToken, fmt.Errorf("jwt: claims: %w", err))
		}
		w.custom(more)
	}
	payload := w.end()
	if w.err != nil {
		return "", notIssued(w.err)
	}
	keys := i.keys.Load()
	return seal(keys.active, keys.header(d.typ), payload)
}

func notIssued(err error) error {
	return autherr.Internal(autherr.MethodIDToken, fmt.Errorf("jwt: no token is issued: %w", err))
}

// issuable refuses users whose tokens no Verifier would accept, or could end.
func issuable(user store.User) error {
	switch {
	case user.ID == "":
		return errors.New("the user has no ID")
	case !user.Active:
		return fmt.Errorf("user %q is blocked", user.ID)
	}
	return auth.CheckStamp(user)
}

// seal signs a payload. header is encoded and ends with its dot.
func seal(key *SigningKey, header, payload []byte) (string, error) {
	enc := base64.RawURLEncoding
	b := make([]byte, 0, len(header)+enc.EncodedLen(len(payload))+1+344) // room for the signature of an RSA key of 2048 bits; longer ones grow it
	b = enc.AppendEncode(append(b, header...), payload)
	sig, err := key.sign(b)
	if err != nil {
		return "", autherr.Unavailable(autherr.MethodIDToken, fmt.Errorf("jwt: the key does not sign: %w", err))
	}
	b = enc.AppendEncode(append(b, '.'), sig)
	if len(b) > DefaultMaxToken {
		return "", notIssued(fmt.Errorf("it would have %d bytes: more than the %d that verifiers take", len(b), DefaultMaxToken))
	}
	return string(b), nil
}

// custom adds the application's claims.
func (w *objectWriter) custom(claims map[string]any) {
	for _, name := range slices.Sorted(maps.Keys(claims)) {
		if isOwnClaim(name) {
			w.fail(fmt.Errorf("the claim %q is set by the issuer alone", name))
			return
		}
		value, err := json.Marshal(claims[name])
		if err != nil {
			w.fail(fmt.Errorf("the claim %q has no JSON form: %w", name, err))
			return
		}
		// A type that writes its own JSON can write what our verifiers refuse.
		p := newScanner(string(value))
		p.value(1)
		if p.err != nil || p.i != len(value) {
			w.fail(fmt.Errorf("the claim %q is not strict JSON", name))
			return
		}
		w.key(name)
		w.b = append(w.b, value...)
	}
}
