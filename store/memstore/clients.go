package memstore

import (
	"context"
	"fmt"
	"slices"

	"github.com/apiauth-go/apiauth/store"
)

// ClientByID returns the client with exactly this ID, active or not, or [store.ErrNotFound].
func (s *Store) ClientByID(ctx context.Context, id string) (store.Client, error) {
	if err := alive(ctx); err != nil {
		return store.Client{}, err
	}
	c, err := s.clients.get(id)
	if err != nil {
		c = noClient // what a lookup costs should not tell whom there is
	}
	c = c.Clone()
	if err != nil {
		return store.Client{}, err
	}
	return c, nil
}

var noClient = store.Client{SecretHashes: []string{""}, Grants: []string{""}}

// PutClient creates the client or replaces the one with its ID. A client without an ID, with default scopes that are
// not among its scopes, or with a negative lifetime of its tokens is refused with [store.ErrInvalid].
func (s *Store) PutClient(ctx context.Context, c store.Client) error {
	if err := alive(ctx); err != nil {
		return err
	}
	switch {
	case c.ID == "":
		return fmt.Errorf("memstore: client without an ID: %w", store.ErrInvalid)
	case slices.ContainsFunc(c.DefaultScopes, func(scope string) bool { return !slices.Contains(c.Scopes, scope) }):
		return fmt.Errorf("memstore: DefaultScopes of the client that are not among Scopes: %w", store.ErrInvalid)
	case c.TokenLifetime < 0 || c.RefreshTokenLifetime < 0:
		return fmt.Errorf("memstore: negative lifetime of the client's tokens: %w", store.ErrInvalid)
	}
	c = c.Clone()
	err := own([]*string{&c.ID, &c.Application, &c.Name, &c.DefaultUser}, c.SecretHashes, c.Grants, c.Scopes, c.DefaultScopes, c.Users)
	if err != nil {
		return err
	}
	return s.clients.put(c.ID, c)
}

// DeleteClient deletes the client and all tokens that were issued to it, or returns [store.ErrNotFound].
func (s *Store) DeleteClient(ctx context.Context, id string) error {
	if err := alive(ctx); err != nil {
		return err
	}
	if err := s.clients.delete(id); err != nil {
		return err
	}
	s.tokens.deleteMatching(store.TokenMatch{ClientID: id})
	return nil
}
