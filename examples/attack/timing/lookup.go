package main

import (
	"context"
	"strconv"
	"strings"

	"github.com/apiauth-go/apiauth/store"
	"github.com/apiauth-go/apiauth/store/memstore"
)

// evenStore is a store in which to find nobody costs what it costs to find somebody: in place of nobody it looks up an ordinary account, and then says that
// there is none. How long a database takes to return a row, and how long to find none, is up to the database; what is measured is the library.
type evenStore struct {
	*memstore.Store
	accounts int  // of the ordinary kind
	asItIs   bool // asks the Store alone
}

func (s *evenStore) UserByName(ctx context.Context, name string) (store.User, error) {
	key, there := s.inPlaceOf(name, s.accounts)
	u, err := s.Store.UserByName(ctx, key)
	if !there {
		return store.User{}, store.ErrNotFound
	}
	return u, err
}

// UserByID takes the IDs of the first accounts, and for those of nobody the same plus notIDs.
func (s *evenStore) UserByID(ctx context.Context, id string) (store.User, error) {
	n, err := strconv.Atoi(id)
	if err != nil {
		return store.User{}, err
	}
	u, err := s.Store.UserByID(ctx, strconv.Itoa(firstID+(n-firstID)%notIDs))
	if n >= firstID+notIDs {
		return store.User{}, store.ErrNotFound
	}
	return u, err
}

func (s *evenStore) ClientByID(ctx context.Context, id string) (store.Client, error) {
	key, there := s.inPlaceOf(id, perKind)
	c, err := s.Store.ClientByID(ctx, key)
	if !there {
		return store.Client{}, store.ErrNotFound
	}
	return c, err
}

// inPlaceOf returns the name of an account that there is, one with the same number if there are as many, and whether that is the one asked for.
func (s *evenStore) inPlaceOf(name string, ordinaries int) (key string, there bool) {
	kind, digits, numbered := strings.Cut(name, "-")
	if s.asItIs || !numbered {
		return name, true
	}
	n, _ := strconv.Atoi(digits)
	there = kind != nobody && kind != nobodyElse
	if !there {
		kind = ordinary
	}
	number := strconv.Itoa(1_000_000 + n%ordinaries) // with all zeros
	return kind + "-" + number[1:], there
}
