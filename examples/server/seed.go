package main

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/apiauth-go/apiauth/auth"
	"github.com/apiauth-go/apiauth/auth/password"
	"github.com/apiauth-go/apiauth/oauth"
	"github.com/apiauth-go/apiauth/store"
)

// seed creates the demo's records that are missing. What is there stays as it is, for it may have been changed since: except that a client is
// given the secret that is shown, a user the API key, and the operator his password.
func seed(ctx context.Context, s storage, hasher *password.Hasher, cfg config) (demoCredentials, error) {
	var made demoCredentials
	err := seedUsers(ctx, s, hasher, cfg.operator)
	if err != nil {
		return demoCredentials{}, err
	}
	if made.operator, err = seedOperator(ctx, s, hasher, cfg.operator); err != nil {
		return demoCredentials{}, err
	}
	if made.client, err = seedClient(ctx, s, demoClient, "client", cfg.client); err != nil {
		return demoCredentials{}, err
	}
	if made.jwtClient, err = seedClient(ctx, s, demoJWTClient, "jwt-client", cfg.jwtClient); err != nil {
		return demoCredentials{}, err
	}
	if made.apiKey, err = seedAPIKey(ctx, s, demoUsers[0].id, "api-key", cfg.apiKey); err != nil {
		return demoCredentials{}, err
	}
	made.blockedKey, err = seedAPIKey(ctx, s, demoUsers[2].id, "blocked-api-key", cfg.blockedKey)
	return made, err
}

// roleStorage is a storage whose users get their permissions from roles, as those of a SQL database do. It creates without replacing, so
// that servers that start at the same time do not undo each other's work.
type roleStorage interface {
	CreateUser(context.Context, store.User) error
	CreateClient(context.Context, store.Client) error
	RolePermissions(ctx context.Context, name string) ([]string, error)
	PutRole(ctx context.Context, name string, permissions []string) error
}

func seedUsers(ctx context.Context, s storage, hasher *password.Hasher, operator operatorConfig) error {
	for _, demo := range demoUsers {
		if demo.id == demoOperator.id {
			demo.password = operator.password // the well-known one would be seen by servers that run already
		}
		_, err := s.UserByID(ctx, demo.id)
		if err == nil {
			continue
		}
		if !errors.Is(err, store.ErrNotFound) {
			return err
		}
		hash, err := hasher.Hash(demo.password)
		if err != nil {
			return err
		}
		u := store.User{ID: demo.id, Name: demo.name, PasswordHash: hash, Active: demo.active, Roles: demo.roles}
		if db, ok := s.(roleStorage); ok {
			err = createWithRoles(ctx, db, u, demo.permissions)
		} else {
			u.Permissions = demo.permissions
			u.Stamp = "demo" // the same at each start, so that JWTs survive it
			err = s.PutUser(ctx, u)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// createWithRoles creates the user, and his roles with these permissions.
func createWithRoles(ctx context.Context, db roleStorage, u store.User, permissions []string) error {
	for _, role := range u.Roles {
		_, err := db.RolePermissions(ctx, role)
		if errors.Is(err, store.ErrNotFound) {
			err = db.PutRole(ctx, role, permissions)
		}
		if err != nil {
			return err
		}
	}
	if err := db.CreateUser(ctx, u); !errors.Is(err, store.ErrExists) { // by another server meanwhile, or the name is somebody else's
		return err
	}
	return nil
}

// seedClient creates a demo client with the id and the secret of its flags, which begin with the given name, if it is missing. A secret that the
// client does not have yet is added, and so is a new one if the flags name none. The newest of those before goes on working.
func seedClient(ctx context.Context, s storage, c store.Client, flags string, want clientCredential) (clientCredential, error) {
	record, err := s.ClientByID(ctx, want.id)
	missing := errors.Is(err, store.ErrNotFound)
	switch {
	case missing:
		record = c
		record.ID, record.Application, record.Active = want.id, appOAuth, true
	case err != nil:
		return clientCredential{}, err
	}
	if want.secret == "" {
		if record, want.secret, err = oauth.RotateSecret(record); err != nil {
			return clientCredential{}, fmt.Errorf("-%s-id: %w", flags, err)
		}
	} else {
		hash, err := oauth.HashSecret(want.secret)
		if err != nil {
			return clientCredential{}, fmt.Errorf("-%s-secret: %w", flags, err)
		}
		if slices.Contains(record.SecretHashes, hash) {
			return want, nil
		}
		record = oauth.DropOldSecrets(record)
		record.SecretHashes = append(record.SecretHashes, hash)
		if err := oauth.CheckClient(record); err != nil {
			return clientCredential{}, fmt.Errorf("-%s-id: %w", flags, err)
		}
	}
	if db, ok := s.(roleStorage); ok && missing {
		if err := db.CreateClient(ctx, record); !errors.Is(err, store.ErrExists) {
			return want, err
		}
		return seedClient(ctx, s, c, flags, want) // another server came first
	}
	return want, s.PutClient(ctx, record)
}

// generatedKey is the name of API keys that were made for want of a flag.
const generatedKey = "demo, generated"

// seedAPIKey gives a user the API key of its flag, or a new one. Of those that were generated at earlier starts the newest goes on working.
func seedAPIKey(ctx context.Context, s storage, userID, flag, key string) (string, error) {
	record := store.APIKey{UserID: userID, Name: "demo", CreatedAt: time.Now()}
	if key == "" {
		if err := dropGeneratedKeys(ctx, s, userID); err != nil {
			return "", err
		}
		record.Name = generatedKey
		key, record.ID = auth.NewAPIKey()
		return key, s.PutAPIKey(ctx, record)
	}
	record.ID = auth.KeyID(key)
	there, err := s.APIKeyByID(ctx, record.ID)
	switch {
	case errors.Is(err, store.ErrNotFound):
		return key, s.PutAPIKey(ctx, record)
	case err == nil && there.UserID != record.UserID:
		return "", fmt.Errorf("-%s: this is the key of another user", flag)
	}
	return key, err
}

// dropGeneratedKeys deletes all generated keys of a user but the newest.
func dropGeneratedKeys(ctx context.Context, s storage, userID string) error {
	lister, ok := s.(interface {
		ListAPIKeys(ctx context.Context, userID string, limit int) ([]store.APIKey, error)
	})
	if !ok {
		return nil // in memory there are none from before
	}
	keys, err := lister.ListAPIKeys(ctx, userID, 1000)
	if err != nil {
		return err
	}
	keys = slices.DeleteFunc(keys, func(k store.APIKey) bool { return k.Name != generatedKey })
	slices.SortFunc(keys, func(a, b store.APIKey) int { return b.CreatedAt.Compare(a.CreatedAt) })
	for i, k := range keys {
		if i == 0 {
			continue
		}
		if err := s.DeleteAPIKey(ctx, k.ID); err != nil && !errors.Is(err, store.ErrNotFound) {
			return err
		}
	}
	return nil
}
