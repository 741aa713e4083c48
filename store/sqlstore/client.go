package sqlstore

import (
	"context"
	"slices"
	"time"

	"github.com/apiauth-go/apiauth/store"
)

// ClientByID returns the client with exactly this ID, active or not, or [store.ErrNotFound].
func (s *Store) ClientByID(ctx context.Context, id string) (store.Client, error) {
	if !findable(id) {
		return store.Client{}, s.answer(ctx, store.ErrNotFound)
	}
	var c store.Client
	err := s.read(ctx, "reading a client", func(r *run) error {
		return r.one(ctx, s.queries.clientByID, func(scan scan) (err error) {
			c, err = scanClient(scan)
			return err
		}, id)
	})
	if err != nil {
		return store.Client{}, err
	}
	return c, nil
}

func scanClient(scan scan) (c store.Client, err error) {
	var secrets, grants, scopes, defaults, users string
	var lifetime, refresh int64
	err = scan(&c.ID, &c.Application, &c.Name, &c.Active, &secrets, &grants, &c.InsecurePasswordGrantWithoutSecret, &scopes, &defaults,
		&users, &c.AnyUser, &c.DefaultUser, &lifetime, &refresh, &c.JWTAccessTokens, &c.Introspect)
	if err != nil {
		return store.Client{}, err
	}
	c.TokenLifetime, c.RefreshTokenLifetime = time.Duration(lifetime), time.Duration(refresh)
	for _, list := range []struct {
		to   *[]string
		text string
	}{
		{&c.SecretHashes, secrets}, {&c.Grants, grants}, {&c.Scopes, scopes}, {&c.DefaultScopes, defaults}, {&c.Users, users},
	} {
		if *list.to, err = parseList(list.text); err != nil {
			return store.Client{}, err
		}
	}
	return c, nil
}

// PutClient creates the client or replaces the one with its ID. A client without an ID, with default scopes that are not among its
// scopes, or with a negative lifetime of its tokens is refused with [store.ErrInvalid].
func (s *Store) PutClient(ctx context.Context, c store.Client) error {
	return s.putClient(ctx, c, s.queries.putClient)
}

// CreateClient is PutClient for a new client: it returns [store.ErrExists] if there is one with its ID.
func (s *Store) CreateClient(ctx context.Context, c store.Client) error {
	return s.putClient(ctx, c, s.queries.createClient)
}

func (s *Store) putClient(ctx context.Context, c store.Client, query string) error {
	args, err := s.clientArgs(c)
	if err != nil {
		return s.answer(ctx, err)
	}
	return s.write(ctx, "storing a client", func(r *run) error {
		_, err := r.exec(ctx, query, args...)
		return err
	})
}

// clientArgs checks the client and returns the values of clientColumns.
func (s *Store) clientArgs(c store.Client) ([]any, error) {
	rec := record{what: "client"}
	switch {
	case c.ID == "":
		rec.refuse("ID", "is empty")
	case slices.ContainsFunc(c.DefaultScopes, func(scope string) bool { return !slices.Contains(c.Scopes, scope) }):
		rec.refuse("DefaultScopes", "has one that is not among Scopes")
	case c.TokenLifetime < 0:
		rec.refuse("TokenLifetime", "is negative")
	case c.RefreshTokenLifetime < 0:
		rec.refuse("RefreshTokenLifetime", "is negative")
	}
	rec.text("ID", c.ID, MaxText)
	rec.text("Application", c.Application, MaxText)
	rec.text("Name", c.Name, MaxText)
	rec.text("DefaultUser", c.DefaultUser, MaxText)
	args := []any{
		c.ID, c.Application, c.Name, c.Active,
		rec.list("SecretHashes", c.SecretHashes), rec.list("Grants", c.Grants), c.InsecurePasswordGrantWithoutSecret,
		rec.list("Scopes", c.Scopes), rec.list("DefaultScopes", c.DefaultScopes), rec.list("Users", c.Users), c.AnyUser,
		c.DefaultUser, int64(c.TokenLifetime), int64(c.RefreshTokenLifetime), c.JWTAccessTokens, c.Introspect,
	}
	return args, rec.err
}

// DeleteClient deletes the client and all tokens of this Store that were issued to it, or returns [store.ErrNotFound].
//
// Tokens that are kept in another store, such as package redisstore's, stay there. They are refused for as long as there is no such
// client, by whoever looks the client up, and a new one with this ID would revive them. So end them there first, with DeleteTokens or by
// RevokeClient of package oauth's Admin, and never give an ID to another client.
//
// All goes in one transaction however many the tokens are, at the speed of [Store.DeleteTokens]: a client with a million of them keeps
// everybody else from writing to SQLite for a minute. Where that is too long, switch the client off with [Store.PutClient], which counts
// at once and everywhere, delete its tokens user by user, and the client in the end. The example does so, wherever the tokens are.
func (s *Store) DeleteClient(ctx context.Context, id string) error {
	if !findable(id) {
		return s.answer(ctx, store.ErrNotFound)
	}
	return s.transact(ctx, "deleting a client", func(r *run) error {
		if err := deleted(r.exec(ctx, s.queries.deleteClient, id)); err != nil {
			return err
		}
		return r.deleteTokens(ctx, store.TokenMatch{ClientID: id})
	})
}
