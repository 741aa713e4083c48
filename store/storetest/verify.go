package storetest

import (
	"context"
	"errors"
	"fmt"

	"github.com/apiauth-go/apiauth/store"
)

// verifier returns the store as a PasswordVerifier.
func (h UserHarness) verifier() (store.PasswordVerifier, error) {
	v, err := capability[store.PasswordVerifier](h.Store, "PasswordVerifier")
	if err == nil && h.Known == (KnownUser{}) {
		err = errors.New("the store is a PasswordVerifier: UserHarness.Known must name a user for it")
	}
	return v, err
}

func verify(ctx context.Context, h UserHarness) error {
	v, err := h.verifier()
	if err != nil {
		return err
	}
	got, err := v.VerifyPassword(ctx, h.Known.Name, h.Known.Password)
	if err != nil {
		return fmt.Errorf("VerifyPassword: %w", err)
	}
	want, err := h.Store.UserByName(ctx, h.Known.Name)
	if err != nil {
		return fmt.Errorf("UserByName of UserHarness.Known: %w", err)
	}
	return diff("VerifyPassword", got, want)
}

func verifyMismatch(ctx context.Context, h UserHarness) error {
	v, err := h.verifier()
	if err != nil {
		return err
	}
	for _, password := range []string{"", "wrong", h.Known.Password + "x", h.Known.Password + " ", swapCase(h.Known.Password)} {
		if password == h.Known.Password {
			continue
		}
		u, err := v.VerifyPassword(ctx, h.Known.Name, password)
		if err := is(err, store.ErrPasswordMismatch, "VerifyPassword with a wrong password"); err != nil {
			return err
		}
		if err := diff("VerifyPassword with a wrong password", u, store.User{}); err != nil {
			return err
		}
	}
	return nil
}

func verifyUnknown(ctx context.Context, h UserHarness) error {
	v, err := h.verifier()
	if err != nil {
		return err
	}
	for _, name := range []string{"", "nobody", h.Known.Name + "x"} {
		_, err := v.VerifyPassword(ctx, name, h.Known.Password)
		if err := is(err, store.ErrNotFound, "VerifyPassword(%q)", name); err != nil {
			return err
		}
	}
	return nil
}

func verifyEnded(ctx context.Context, h UserHarness) error {
	v, err := h.verifier()
	if err != nil {
		return err
	}
	return whenEnded(ctx, "VerifyPassword", func(ctx context.Context) error {
		_, err := v.VerifyPassword(ctx, h.Known.Name, h.Known.Password)
		return err
	})
}
