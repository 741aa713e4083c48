package main

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"

	"github.com/apiauth-go/apiauth/store"
	"github.com/apiauth-go/apiauth/store/memstore"
	"github.com/apiauth-go/apiauth/store/sqlstore"
)

// directory lists who is there, for the console. The stores of the library do not: a service looks its users up one at a time.
type directory interface {
	ListUsers(ctx context.Context, after string, limit int) ([]store.User, error)
	ListClients(ctx context.Context, after string, limit int) ([]store.Client, error)
}

// memoryDirectory is a store in memory that remembers whom it was given.
type memoryDirectory struct {
	*memstore.Store
	mu             sync.Mutex
	users, clients []string // their ids, in order
}

// PutUser notes the user and stores him.
func (d *memoryDirectory) PutUser(ctx context.Context, u store.User) error {
	err := d.Store.PutUser(ctx, u)
	if err == nil {
		d.note(&d.users, u.ID)
	}
	return err
}

// PutClient notes the client and stores it.
func (d *memoryDirectory) PutClient(ctx context.Context, c store.Client) error {
	err := d.Store.PutClient(ctx, c)
	if err == nil {
		d.note(&d.clients, c.ID)
	}
	return err
}

func (d *memoryDirectory) note(ids *[]string, id string) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if i, found := slices.BinarySearch(*ids, id); !found {
		*ids = slices.Insert(*ids, i, id)
	}
}

func (d *memoryDirectory) next(ids *[]string, after string, limit int) []string {
	d.mu.Lock()
	defer d.mu.Unlock()
	i, found := slices.BinarySearch(*ids, after)
	if found {
		i++
	}
	return slices.Clone((*ids)[i:min(i+limit, len(*ids))])
}

// ListUsers returns the next users by id.
func (d *memoryDirectory) ListUsers(ctx context.Context, after string, limit int) ([]store.User, error) {
	return lookUp(ctx, d.next(&d.users, after, limit), d.UserByID)
}

// ListClients returns the next clients by id.
func (d *memoryDirectory) ListClients(ctx context.Context, after string, limit int) ([]store.Client, error) {
	return lookUp(ctx, d.next(&d.clients, after, limit), d.ClientByID)
}

// sqlDirectory asks the tables of a sqlstore for the ids, and the store for the rest.
type sqlDirectory struct {
	db      *sql.DB
	dialect sqlstore.Dialect
	store   *sqlstore.Store
}

// ListUsers returns the next users by id.
func (d sqlDirectory) ListUsers(ctx context.Context, after string, limit int) ([]store.User, error) {
	ids, err := d.ids(ctx, "users", after, limit)
	if err != nil {
		return nil, err
	}
	return lookUp(ctx, ids, d.store.UserByID)
}

// ListClients returns the next clients by id.
func (d sqlDirectory) ListClients(ctx context.Context, after string, limit int) ([]store.Client, error) {
	ids, err := d.ids(ctx, "clients", after, limit)
	if err != nil {
		return nil, err
	}
	return lookUp(ctx, ids, d.store.ClientByID)
}

func (d sqlDirectory) ids(ctx context.Context, table, after string, limit int) ([]string, error) {
	parameter := "?"
	if d.dialect == sqlstore.PostgreSQL {
		parameter = "$1"
	}
	after, _, _ = strings.Cut(after, "\x00") // no id has one, and PostgreSQL would call it an error
	rows, err := d.db.QueryContext(ctx, fmt.Sprintf("SELECT id FROM %s%s WHERE id > %s ORDER BY id LIMIT %d", sqlstore.DefaultTablePrefix, table, parameter, limit), after)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var ids []string
	for rows.Next() {
		var id string
		if err := rows.Scan(&id); err != nil {
			return nil, err
		}
		ids = append(ids, id)
	}
	return ids, rows.Err()
}

// lookUp returns the records with these ids, without those that are gone meanwhile.
func lookUp[T any](ctx context.Context, ids []string, byID func(context.Context, string) (T, error)) ([]T, error) {
	list := make([]T, 0, len(ids))
	for _, id := range ids {
		record, err := byID(ctx, id)
		switch {
		case errors.Is(err, store.ErrNotFound):
		case err != nil:
			return nil, err
		default:
			list = append(list, record)
		}
	}
	return list, nil
}
