package storetest

import (
	"context"
	"fmt"

	"github.com/apiauth-go/apiauth/store"
)

func userRoundTrip(ctx context.Context, h UserHarness) error {
	blocked := fullUser("3", "blocked_user")
	blocked.Active = false
	want, err := h.put(ctx,
		fullUser("1", "my_username"),
		store.User{ID: "2", Name: "nothing"}, // may do nothing, and must not become able to
		blocked,
		store.User{ID: "4", Name: "no password", Active: true, Stamp: "s"},
		store.User{ID: "5", Name: "no role", PasswordHash: "hash", Active: true, Stamp: "s"},
	)
	if err != nil {
		return err
	}
	s := h.reopened()
	for _, u := range want {
		if err := hasUser(ctx, s, u); err != nil {
			return fmt.Errorf("user %q: %w", u.Name, err)
		}
	}
	return nil
}

func userUnknown(ctx context.Context, h UserHarness) error {
	for range 2 { // the empty store, and one with another user
		for _, key := range []string{"", "unknown", "999999"} {
			if err := noUser(ctx, "UserByID", h.Store.UserByID, key); err != nil {
				return err
			}
			if err := noUser(ctx, "UserByName", h.Store.UserByName, key); err != nil {
				return err
			}
		}
		if _, err := h.put(ctx, fullUser("1", "known")); err != nil {
			return err
		}
	}
	return nil
}

func userExactID(ctx context.Context, h UserHarness) error {
	for _, id := range []string{"17", "alan"} {
		u, err := h.putOne(ctx, fullUser(id, "name of "+id))
		if err != nil {
			return err
		}
		near := nearMisses(u.ID)
		if swapped := swapCase(u.ID); swapped != u.ID {
			near = append(near, swapped)
		}
		for _, key := range near {
			if err := noUser(ctx, "UserByID", h.Store.UserByID, key); err != nil {
				return fmt.Errorf("%w where %q is there", err, u.ID)
			}
		}
	}
	return nil
}

func userExactName(ctx context.Context, h UserHarness) error {
	u, err := h.putOne(ctx, fullUser("1", "alan"))
	if err != nil {
		return err
	}
	for _, key := range nearMisses(u.Name) {
		if err := noUser(ctx, "UserByName", h.Store.UserByName, key); err != nil {
			return fmt.Errorf("%w where %q is there", err, u.Name)
		}
	}
	return nil
}

func userIDIsNoName(ctx context.Context, h UserHarness) error {
	want, err := h.put(ctx, fullUser("11", "22"), fullUser("22", "11"), fullUser("33", "somebody"))
	if err != nil {
		return err
	}
	for _, u := range want {
		if err := hasUser(ctx, h.Store, u); err != nil {
			return err
		}
	}
	if err := noUser(ctx, "UserByName", h.Store.UserByName, want[2].ID); err != nil {
		return err
	}
	return noUser(ctx, "UserByID", h.Store.UserByID, want[2].Name)
}

func userOddIDs(ctx context.Context, h UserHarness) error {
	if h.Expect != nil {
		return missingCapability("IDs of others' choice (there is an Expect in its harness)")
	}
	user := func(i int, id string) store.User { return fullUser(id, fmt.Sprint("user ", i)) }
	put := func(ctx context.Context, i int, id string) error { return h.Put(ctx, user(i, id)) }
	get := func(ctx context.Context, i int, id string) error {
		u, err := h.Store.UserByID(ctx, id)
		if err != nil {
			return fmt.Errorf("UserByID: %w", err)
		}
		return diff("UserByID", u, user(i, id))
	}
	return oddKeys(ctx, "user ID", h.CannotStore, put, get)
}

func userOddNames(ctx context.Context, h UserHarness) error {
	user := func(i int, name string) store.User { return fullUser(fmt.Sprint(1000+i), name) }
	put := func(ctx context.Context, i int, name string) error { return h.Put(ctx, user(i, name)) }
	get := func(ctx context.Context, i int, name string) error {
		u, err := h.Store.UserByName(ctx, name)
		if err != nil {
			return fmt.Errorf("UserByName: %w", err)
		}
		want := h.expect(user(i, name))
		if want.Stamp == "" { // any, as hasUser has it
			u.Stamp = ""
		}
		return diff("UserByName", u, want)
	}
	return oddKeys(ctx, "user name", h.CannotStore, put, get)
}

func userEnded(ctx context.Context, h UserHarness) error {
	u, err := h.putOne(ctx, fullUser("1", "known"))
	if err != nil {
		return err
	}
	if err := whenEnded(ctx, "UserByID", func(ctx context.Context) error {
		_, err := h.Store.UserByID(ctx, u.ID)
		return err
	}); err != nil {
		return err
	}
	return whenEnded(ctx, "UserByName", func(ctx context.Context) error {
		_, err := h.Store.UserByName(ctx, u.Name)
		return err
	})
}
