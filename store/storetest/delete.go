package storetest

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/apiauth-go/apiauth/store"
)

// matches are all combinations of fields that can be set, for tokens of family returns.
var matches = []store.TokenMatch{
	{UserID: "user-1"},
	{ClientID: "client-1"},
	{Family: "family-1"},
	{UserID: "user-1", ClientID: "client-1"},
	{UserID: "user-1", Family: "family-1"},
	{ClientID: "client-1", Family: "family-1"},
	{UserID: "user-1", ClientID: "client-1", Family: "family-1"},
	{UserID: "unknown"},
	{UserID: "user-1", ClientID: "unknown"},
	{ClientID: "user-1"},
	{Family: "client-1"},
}

// mixture returns tokens with all combinations of two users, clients and families, or none, and both kinds.
func mixture() []store.Token {
	var tokens []store.Token
	for _, user := range []string{"", "user-1", "user-2"} {
		for _, client := range []string{"", "client-1", "client-2"} {
			for _, family := range []string{"", "family-1", "family-2"} {
				t := newToken()
				t.UserID, t.ClientID, t.Family = user, client, family
				if len(tokens)%2 == 0 {
					t.Kind = store.AccessToken
				}
				tokens = append(tokens, t)
			}
		}
	}
	return tokens
}

func deleteMatching(ctx context.Context, h TokenHarness) error {
	for _, match := range matches {
		tokens := mixture()
		if err := h.create(ctx, tokens...); err != nil {
			return err
		}
		if err := h.Store.DeleteTokens(ctx, match); err != nil {
			return fmt.Errorf("DeleteTokens(%+v): %w", match, err)
		}
		h = h.reopened()
		for _, t := range tokens {
			check := h.has
			if match.Matches(&t) {
				check = h.hasNot
			}
			if err := check(ctx, t); err != nil {
				return fmt.Errorf("token of user %q, client %q, family %q after DeleteTokens(%+v): %w", t.UserID, t.ClientID, t.Family, match, err)
			}
		}
	}
	return nil
}

func deleteSpentAndExpired(ctx context.Context, h TokenHarness) error {
	spent, next, expired := newToken(), newToken(), newToken()
	expired.ExpiresAt = instant().Add(-time.Minute)
	if err := h.create(ctx, spent, expired); err != nil {
		return err
	}
	if _, err := h.Store.RotateToken(ctx, spent.ID, next); err != nil {
		return fmt.Errorf("RotateToken: %w", err)
	}
	if err := h.Store.DeleteTokens(ctx, store.TokenMatch{Family: spent.Family}); err != nil {
		return fmt.Errorf("DeleteTokens: %w", err)
	}
	for name, t := range map[string]store.Token{"spent": spent, "next": next, "expired": expired} {
		if err := h.hasNot(ctx, t); err != nil {
			return fmt.Errorf("the %s token after DeleteTokens: %w", name, err)
		}
	}
	return nil
}

func deleteExactly(ctx context.Context, h TokenHarness) error {
	t := newToken()
	t.UserID, t.ClientID, t.Family = "alan", "portal", "family"
	if err := h.create(ctx, t); err != nil {
		return err
	}
	var near []store.TokenMatch
	for _, user := range append(nearMisses(t.UserID), swapCase(t.UserID)) {
		near = append(near, store.TokenMatch{UserID: user}, store.TokenMatch{UserID: user, ClientID: t.ClientID})
	}
	for _, client := range append(nearMisses(t.ClientID), swapCase(t.ClientID)) {
		near = append(near, store.TokenMatch{ClientID: client}, store.TokenMatch{ClientID: client, Family: t.Family})
	}
	for _, family := range append(nearMisses(t.Family), swapCase(t.Family)) {
		near = append(near, store.TokenMatch{Family: family}, store.TokenMatch{Family: family, UserID: t.UserID})
	}
	for _, match := range near {
		if match.IsZero() || match.Matches(&t) { // the empty near miss is no condition
			continue
		}
		if err := h.Store.DeleteTokens(ctx, match); err != nil {
			return fmt.Errorf("DeleteTokens(%+v): %w", match, err)
		}
		if err := h.has(ctx, t); err != nil {
			return fmt.Errorf("token of %+v after DeleteTokens(%+v): %w",
				store.TokenMatch{UserID: t.UserID, ClientID: t.ClientID, Family: t.Family}, match, err)
		}
	}
	return nil
}

func deleteEverything(ctx context.Context, h TokenHarness) error {
	tokens := mixture()
	if err := h.create(ctx, tokens...); err != nil {
		return err
	}
	err := h.Store.DeleteTokens(ctx, store.TokenMatch{})
	return errors.Join(is(err, store.ErrInvalid, "DeleteTokens of everything"), h.has(ctx, tokens...))
}

func deleteNothing(ctx context.Context, h TokenHarness) error {
	match := store.TokenMatch{Family: "family-1"}
	for _, what := range []string{"in an empty store", "once", "twice"} {
		if err := h.Store.DeleteTokens(ctx, match); err != nil {
			return fmt.Errorf("DeleteTokens %s: %w", what, err)
		}
		if what == "in an empty store" {
			if err := h.create(ctx, newToken()); err != nil {
				return err
			}
		}
	}
	return nil
}
