package memstore

import (
	"context"
	"fmt"
	"sync"
	"sync/atomic"

	"github.com/apiauth-go/apiauth/store"
)

// users holds the accounts under their two keys. Users are read with every request and written rarely: readers take no
// lock.
type users struct {
	full   error    // what put returns at the limit
	byID   sync.Map // of *account
	byName sync.Map // of *account

	mu    sync.Mutex // held by writers
	limit int
	count int
}

// account is what both indexes point to, so that a change is seen under both keys at the same moment: when current is
// replaced. The store.User itself never changes. Until an account has a current user, and once it has none any more, it
// is not there; and it answers to no name but that of its current user, whatever the index still says.
type account struct{ current atomic.Pointer[store.User] }

func newUsers(limit int) *users {
	return &users{full: fmt.Errorf("memstore: %d users: %w", limit, store.ErrFull), limit: limit}
}

// UserByID returns the user with this ID, blocked or not, or [store.ErrNotFound].
func (s *Store) UserByID(ctx context.Context, id string) (store.User, error) {
	if err := alive(ctx); err != nil {
		return store.User{}, err
	}
	return copied(current(&s.users.byID, id), true)
}

// UserByName returns the user with exactly this name, blocked or not, or [store.ErrNotFound]. Case matters.
func (s *Store) UserByName(ctx context.Context, name string) (store.User, error) {
	if err := alive(ctx); err != nil {
		return store.User{}, err
	}
	u := current(&s.users.byName, name)
	return copied(u, u != nil && u.Name == name)
}

// copied returns a copy of u, or store.ErrNotFound if u is nil or not there. In that case it copies a user whom there is not: what a lookup costs
// should not tell who there is.
func copied(u *store.User, there bool) (store.User, error) {
	if u == nil {
		u, there = &nobody, false
	}
	c := u.Clone()
	if !there {
		return store.User{}, store.ErrNotFound
	}
	return c, nil
}

var nobody = store.User{Roles: []string{""}}

// current returns the current user of the account under key, or nil.
func current(index *sync.Map, key string) *store.User {
	a, ok := index.Load(key)
	if !ok {
		return nil
	}
	return a.(*account).current.Load()
}

// put creates u or replaces the user with the same ID. The caller holds mu.
func (us *users) put(u *store.User) error {
	if holder := current(&us.byName, u.Name); holder != nil && holder.ID != u.ID {
		return fmt.Errorf("memstore: name of another user: %w", store.ErrExists)
	}
	found, there := us.byID.Load(u.ID)
	if !there {
		if us.count >= us.limit {
			return us.full
		}
		us.count++
		found = new(account)
		us.byID.Store(u.ID, found)
	}
	a := found.(*account)
	us.byName.Store(u.Name, a)
	if old := a.current.Swap(u); old != nil && old.Name != u.Name {
		us.byName.Delete(old.Name)
	}
	return nil
}

func (us *users) delete(id string) error {
	us.mu.Lock()
	defer us.mu.Unlock()
	a, ok := us.byID.LoadAndDelete(id)
	if !ok {
		return store.ErrNotFound
	}
	us.byName.Delete(a.(*account).current.Swap(nil).Name)
	us.count--
	return nil
}

// update replaces the user by a copy that change has worked on. ID and name stay.
func (us *users) update(ctx context.Context, id string, change func(*store.User) error) error {
	if err := alive(ctx); err != nil {
		return err
	}
	us.mu.Lock()
	defer us.mu.Unlock()
	old := current(&us.byID, id)
	if old == nil {
		return store.ErrNotFound
	}
	u := *old
	if err := change(&u); err != nil {
		return err
	}
	return us.put(&u)
}
