package storetest

import (
	"context"
	"fmt"

	"github.com/apiauth-go/apiauth/store"
)

// userOneName tries to give the name of one user to another, as it is and in another case. The store may refuse that
// or tell the two names apart.
func userOneName(ctx context.Context, h UserHarness) error {
	first, err := h.putOne(ctx, fullUser("1", "alan"))
	if err != nil {
		return err
	}
	for i, name := range []string{"alan", "ALAN", "Alan"} {
		second := fullUser(fmt.Sprint(2+i), name)
		if err := h.Put(ctx, second); err == nil {
			second = h.expect(second)
			if err := hasUser(ctx, h.Store, second); err != nil {
				return fmt.Errorf("a second user was put under the name %q: %w", name, err)
			}
		}
		if err := hasUser(ctx, h.Store, first); err != nil {
			return fmt.Errorf("after a second user was put under the name %q: %w", name, err)
		}
	}
	return nil
}

func userRenaming(ctx context.Context, h UserHarness) error {
	old := fullUser("1", "before")
	renamed := old
	renamed.Name = "afterwards"
	if _, err := h.put(ctx, old); err != nil {
		return err
	}
	want, err := h.putOne(ctx, renamed)
	if err != nil {
		return fmt.Errorf("another name: %w", err)
	}
	if err := hasUser(ctx, h.Store, want); err != nil {
		return fmt.Errorf("under the new name: %w", err)
	}
	if err := noUser(ctx, "UserByName", h.Store.UserByName, "before"); err != nil {
		return fmt.Errorf("under the old name: %w", err)
	}
	heir, err := h.putOne(ctx, fullUser("2", "before"))
	if err != nil {
		return fmt.Errorf("another user under the old name: %w", err)
	}
	for _, u := range []store.User{want, heir} {
		if err := hasUser(ctx, h.Store, u); err != nil {
			return err
		}
	}
	return nil
}

func userChanges(ctx context.Context, h UserHarness) error {
	u := fullUser("1", "changing")
	for _, change := range []func(){
		func() {},
		func() { u.Active = false },
		func() { u.Active, u.Roles, u.Permissions = true, nil, nil },
		func() { u.Roles, u.Permissions = []string{"other"}, []string{"other permission"} },
		func() { u.PasswordHash, u.Stamp = "another hash", "1700000001" },
		func() { u.PasswordHash, u.Stamp = "", "1700000002" },
	} {
		change()
		want, err := h.putOne(ctx, u)
		if err != nil {
			return err
		}
		if err := hasUser(ctx, h.Store, want); err != nil {
			return fmt.Errorf("after a change: %w", err)
		}
	}
	return nil
}

func userCopies(ctx context.Context, h UserHarness) error {
	given := fullUser("1", "shared")
	if err := h.Put(ctx, given); err != nil {
		return fmt.Errorf("harness.Put: %w", err)
	}
	want := h.expect(fullUser("1", "shared"))
	spoil := func(u store.User) {
		for _, list := range [][]string{u.Roles, u.Permissions} {
			for i := range list {
				list[i] = "spoilt"
			}
		}
	}
	spoil(given)
	if err := hasUser(ctx, h.Store, want); err != nil {
		return fmt.Errorf("after changing what was put: %w", err)
	}
	byID, err := h.Store.UserByID(ctx, want.ID)
	if err != nil {
		return err
	}
	byName, err := h.Store.UserByName(ctx, want.Name)
	if err != nil {
		return err
	}
	spoil(byID)
	spoil(byName)
	if err := hasUser(ctx, h.Store, want); err != nil {
		return fmt.Errorf("after changing what was returned: %w", err)
	}
	return nil
}

func userConcurrent(ctx context.Context, h UserHarness) error {
	u := fullUser("1", "busy")
	want, err := h.putOne(ctx, u)
	if err != nil {
		return err
	}
	for range rounds() {
		for _, err := range race(racers, func(i int) error {
			if i%8 == 0 {
				_, err := h.put(ctx, u)
				return err
			}
			return hasUser(ctx, h.Store, want)
		}) {
			if err != nil {
				return err
			}
		}
	}
	return nil
}
