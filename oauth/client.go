package oauth

import (
	"crypto/rand"
	"errors"
	"fmt"
	"slices"

	"github.com/apiauth-go/apiauth/auth"
	"github.com/apiauth-go/apiauth/store"
)

// maxClientID is the longest client identifier in bytes.
const maxClientID = 255

// NewClient completes the record of a new client and makes its secret. It fills in a random ID if there is none, sets Active and SecretHashes, and
// checks the record as [CheckClient] does. The caller stores the record and hands over the secret, which is stored nowhere.
//
// A client that can only use the password grant without a secret gets none: it would be a program on other people's devices, which cannot keep one.
func NewClient(c store.Client) (client store.Client, secret string, err error) {
	client = c.Clone()
	if len(client.SecretHashes) > 0 {
		return store.Client{}, "", errors.New("oauth: NewClient: SecretHashes is set")
	}
	if client.ID == "" {
		client.ID = rand.Text()
	}
	client.Active = true
	if !needsNoSecret(client) {
		var hash string
		secret, hash = NewClientSecret()
		client.SecretHashes = []string{hash}
	}
	if err := CheckClient(client); err != nil {
		return store.Client{}, "", err
	}
	return client, secret, nil
}

// CheckClient returns an error that names the field of a client record that is missing or contradicts another. Use it before a record is
// stored. The endpoints do not need it to be safe: a wrong record can do less than it says, never more.
func CheckClient(c store.Client) error {
	password := slices.Contains(c.Grants, GrantPassword)
	credentials := slices.Contains(c.Grants, GrantClientCredentials)
	refresh := slices.Contains(c.Grants, GrantRefreshToken)
	switch {
	case c.ID == "" || len(c.ID) > maxClientID || hasBlankEnds(c.ID):
		return fmt.Errorf("oauth: client: ID is empty, longer than %d bytes, or starts or ends with a blank", maxClientID)
	case c.Application == "":
		return errors.New("oauth: client: Application is missing")
	case len(c.Grants) == 0 && !c.Introspect:
		return errors.New("oauth: client: Grants is empty and Introspect not set: it can do nothing")
	case c.InsecurePasswordGrantWithoutSecret && !password:
		return fmt.Errorf("oauth: client: InsecurePasswordGrantWithoutSecret needs %q in Grants", GrantPassword)
	case len(c.SecretHashes) == 0 && !needsNoSecret(c):
		return errors.New("oauth: client: SecretHashes is empty: its grants need a secret")
	case len(c.SecretHashes) > maxSecrets:
		return fmt.Errorf("oauth: client: SecretHashes holds more than %d", maxSecrets)
	case credentials && !c.AnyUser && len(c.Users) == 0 && c.DefaultUser == "":
		return fmt.Errorf("oauth: client: Users and DefaultUser are empty and AnyUser is not set: %q in Grants needs one of them", GrantClientCredentials)
	case !credentials && (c.AnyUser || len(c.Users) > 0 || c.DefaultUser != ""):
		return fmt.Errorf("oauth: client: Users, DefaultUser and AnyUser need %q in Grants", GrantClientCredentials)
	case refresh && !password:
		return fmt.Errorf("oauth: client: %q in Grants needs a grant that gives out refresh tokens, which is %q", GrantRefreshToken, GrantPassword)
	case !refresh && c.RefreshTokenLifetime != 0:
		return fmt.Errorf("oauth: client: RefreshTokenLifetime needs %q in Grants", GrantRefreshToken)
	case tooShort(c.RefreshTokenLifetime):
		return errors.New("oauth: client: RefreshTokenLifetime is negative or less than a second")
	case slices.Contains(c.Users, ""):
		return errors.New("oauth: client: Users holds an empty ID")
	case !areScopes(c.DefaultScopes, c.Scopes):
		return errors.New("oauth: client: DefaultScopes is not a part of Scopes")
	case tooShort(c.TokenLifetime):
		return errors.New("oauth: client: TokenLifetime is negative or less than a second")
	}
	for _, g := range c.Grants {
		if !slices.Contains(grantTypes, g) {
			return fmt.Errorf("oauth: client: Grants holds the unknown %q", g)
		}
	}
	for _, s := range c.Scopes {
		if !auth.IsScope(s) {
			return fmt.Errorf("oauth: client: Scopes: %q is not a scope", s)
		}
	}
	for i, h := range c.SecretHashes {
		if !isSecretHash(h) { // not shown: somebody may have put the secret there
			return fmt.Errorf("oauth: client: SecretHashes[%d] was not made by NewClientSecret or HashSecret", i)
		}
	}
	return nil
}

// needsNoSecret reports whether nothing that the client is allowed needs a secret.
func needsNoSecret(c store.Client) bool {
	return c.InsecurePasswordGrantWithoutSecret && !c.Introspect &&
		!slices.ContainsFunc(c.Grants, func(g string) bool { return g != GrantPassword })
}

func hasBlankEnds(s string) bool {
	blank := func(c byte) bool { return c == ' ' || c == '\t' }
	return blank(s[0]) || blank(s[len(s)-1])
}
