package sqlstore_test

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"github.com/apiauth-go/apiauth/store"
	"github.com/apiauth-go/apiauth/store/memstore"
	"github.com/apiauth-go/apiauth/store/sqlstore"
)

// A SQLite file with the settings that the package documentation advises. The driver is modernc.org/sqlite, imported for its side effect.
func Example() {
	dir, err := os.MkdirTemp("", "sqlstore")
	if err != nil {
		panic(err)
	}
	defer os.RemoveAll(dir)
	db, err := sql.Open("sqlite", "file:"+filepath.Join(dir, "auth.db")+
		"?_pragma=busy_timeout(1000)&_pragma=journal_mode(WAL)&_pragma=synchronous(NORMAL)&_txlock=immediate")
	if err != nil {
		panic(err)
	}
	defer db.Close()

	s, err := sqlstore.New(sqlstore.Config{DB: db, Dialect: sqlstore.SQLite})
	if err != nil {
		panic(err)
	}
	defer s.Close()
	ctx := context.Background()
	if err := s.Migrate(ctx); err != nil {
		panic(err)
	}

	if err := s.PutRole(ctx, "editor", []string{"create page content", "view user information"}); err != nil {
		panic(err)
	}
	err = s.CreateUser(ctx, store.User{
		ID: "1", Name: "my_username", PasswordHash: "made by package auth/password", Active: true, Roles: []string{"editor"},
	})
	if err != nil && !errors.Is(err, store.ErrExists) { // who is there stays as he is
		panic(err)
	}
	u, err := s.UserByName(ctx, "my_username")
	fmt.Println(u.ID, u.Roles, u.Permissions, err)
	_, err = s.UserByName(ctx, "My_Username")
	fmt.Println(err)
	// Output:
	// 1 [editor] [create page content view user information] <nil>
	// store: not found
}

// A client goes that may have a million tokens, here or in a store of their own such as package redisstore's. DeleteClient alone does it too,
// in one transaction, for tokens that are here and not so many.
func ExampleStore_DeleteClient() {
	type tokenStore interface {
		store.TokenStore
		store.TokenLister
	}
	remove := func(ctx context.Context, clients *sqlstore.Store, tokens tokenStore, id string) error {
		c, err := clients.ClientByID(ctx, id)
		if err != nil {
			return err
		}
		c.Active = false // its tokens are refused from here on, and it gets no others
		if err := clients.PutClient(ctx, c); err != nil {
			return err
		}
		for {
			some, err := tokens.ListTokens(ctx, store.TokenMatch{ClientID: id}, 100)
			if err != nil {
				return err
			}
			if len(some) == 0 {
				return clients.DeleteClient(ctx, id)
			}
			for _, t := range some {
				if err := tokens.DeleteTokens(ctx, store.TokenMatch{ClientID: id, UserID: t.UserID}); err != nil {
					return err
				}
			}
		}
	}

	ctx, clients := context.Background(), exampleStore()
	defer clients.Close()
	tokens, err := memstore.New(nil)
	if err != nil {
		panic(err)
	}
	t := store.Token{ID: store.TokenID{1}, Kind: store.AccessToken, ClientID: "app", UserID: "1", ExpiresAt: time.Now().Add(time.Hour)}
	if err := errors.Join(clients.CreateClient(ctx, store.Client{ID: "app", Active: true}), tokens.CreateTokens(ctx, t)); err != nil {
		panic(err)
	}
	fmt.Println(remove(ctx, clients, tokens, "app"))
	_, err = tokens.TokenByID(ctx, t.ID)
	fmt.Println(err)
	_, err = clients.ClientByID(ctx, "app")
	fmt.Println(err)
	// Output:
	// <nil>
	// store: not found
	// store: not found
}

// exampleStore returns a Store in memory.
func exampleStore() *sqlstore.Store {
	db, err := sql.Open("sqlite", ":memory:")
	if err != nil {
		panic(err)
	}
	db.SetMaxOpenConns(1) // another one would be another database
	s, err := sqlstore.New(sqlstore.Config{DB: db, Dialect: sqlstore.SQLite})
	if err != nil {
		panic(err)
	}
	if err := s.Migrate(context.Background()); err != nil {
		panic(err)
	}
	return s
}

// A job that removes what has ended. One machine of several is enough, and several do no harm.
func ExampleStore_PurgeTokens() {
	purge := func(ctx context.Context, s *sqlstore.Store) error {
		const batch = 1000
		for {
			n, err := s.PurgeTokens(ctx, time.Now().Add(-store.ExpiredGrace), batch)
			if err != nil || n < batch {
				return err
			}
			select { // gives way to those who wait
			case <-time.After(20 * time.Millisecond):
			case <-ctx.Done():
				return context.Cause(ctx)
			}
		}
	}
	_ = purge // call it every ten minutes, say
}
