package storetest

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/apiauth-go/apiauth/store"
)

func tokenRoundTrip(ctx context.Context, h TokenHarness) error {
	access, spent, elsewhere := newToken(), newToken(), newToken()
	access.Kind, access.Family = store.AccessToken, ""
	spent.SpentAt = instant()
	elsewhere.IssuedAt = elsewhere.IssuedAt.In(time.FixedZone("", 5*3600))
	elsewhere.ExpiresAt = elsewhere.ExpiresAt.AddDate(50, 0, 0).UTC()
	least := store.Token{ID: randomID(), Kind: store.AccessToken, ExpiresAt: instant().Add(time.Hour)}

	tokens := []store.Token{newToken(), access, spent, elsewhere, least}
	if err := h.create(ctx, tokens...); err != nil {
		return err
	}
	return h.reopened().has(ctx, tokens...)
}

func tokenUnknown(ctx context.Context, h TokenHarness) error {
	t := newToken()
	if err := h.create(ctx, t); err != nil {
		return err
	}
	for _, id := range nearIDs(t.ID) {
		_, err := h.Store.TokenByID(ctx, id)
		if err := is(err, store.ErrNotFound, "TokenByID of an unknown ID"); err != nil {
			return err
		}
		_, err = h.Store.TakeToken(ctx, id)
		if err := is(err, store.ErrNotFound, "TakeToken of an unknown ID"); err != nil {
			return err
		}
	}
	return h.has(ctx, t)
}

func createTwice(ctx context.Context, h TokenHarness) error {
	first, second := newToken(), newToken()
	second.ID, second.UserID, second.Kind = first.ID, "another", store.AccessToken
	if err := h.create(ctx, first); err != nil {
		return err
	}
	err := h.Store.CreateTokens(ctx, second)
	if err := is(err, store.ErrExists, "CreateTokens with the ID of another token"); err != nil {
		return err
	}
	return h.has(ctx, first)
}

func createSeveral(ctx context.Context, h TokenHarness) error {
	family := []store.Token{newToken(), newToken(), newToken()}
	if err := h.Store.CreateTokens(ctx, family[0].Clone(), family[1].Clone(), family[2].Clone()); err != nil {
		return fmt.Errorf("CreateTokens of three tokens: %w", err)
	}
	if err := h.has(ctx, family...); err != nil {
		return fmt.Errorf("after CreateTokens of three tokens: %w", err)
	}
	before, after, twin := newToken(), newToken(), newToken()
	twin.ID, twin.UserID = before.ID, "another"
	there := family[1].Clone()
	there.UserID = "another"
	for what, tokens := range map[string][]store.Token{
		"with one that is there in the middle": {before, there, after},
		"with one twice":                       {before, twin},
	} {
		err := h.Store.CreateTokens(ctx, tokens...)
		if err := is(err, store.ErrExists, "CreateTokens %s", what); err != nil {
			return err
		}
		if err := errors.Join(h.hasNot(ctx, before, after), h.has(ctx, family...)); err != nil {
			return fmt.Errorf("after CreateTokens %s: %w", what, err)
		}
	}
	return nil
}

func createNothing(ctx context.Context, h TokenHarness) error {
	return is(h.Store.CreateTokens(ctx), store.ErrInvalid, "CreateTokens of no tokens")
}

func createRace(ctx context.Context, h TokenHarness) error {
	for range rounds() {
		tokens := make([]store.Token, racers)
		id := randomID()
		for i := range tokens {
			tokens[i] = newToken()
			tokens[i].ID, tokens[i].UserID = id, fmt.Sprint("user of racer ", i)
		}
		winner, err := oneWinner("CreateTokens", race(racers, func(i int) error {
			return h.Store.CreateTokens(ctx, tokens[i])
		}), store.ErrExists)
		if err != nil {
			return err
		}
		if err := h.has(ctx, tokens[winner]); err != nil {
			return fmt.Errorf("the winner's token: %w", err)
		}
	}
	return nil
}

func tokenOddTexts(ctx context.Context, h TokenHarness) error {
	tokens := make([]store.Token, len(oddStrings))
	for i, text := range oddStrings {
		tokens[i] = newToken()
		tokens[i].UserID, tokens[i].ClientID, tokens[i].Family, tokens[i].Application = text, text, text, text
	}
	create := func(ctx context.Context, i int, _ string) error { return h.create(ctx, tokens[i]) }
	has := func(ctx context.Context, i int, _ string) error { return h.has(ctx, tokens[i]) }
	if err := oddKeys(ctx, "user, client, family and application", h.CannotStore, create, has); err != nil {
		return err
	}
	for i, text := range oddStrings {
		match := []store.TokenMatch{{UserID: text}, {ClientID: text}, {Family: text}}[i%3]
		if err := h.Store.DeleteTokens(ctx, match); err != nil {
			return fmt.Errorf("DeleteTokens of %s: %w", short(text), err)
		}
		if err := h.hasNot(ctx, tokens[:i+1]...); err != nil {
			return fmt.Errorf("after DeleteTokens of %s: %w", short(text), err)
		}
		for j, t := range tokens[i+1:] {
			other := oddStrings[i+1+j]
			if h.CannotStore != nil && h.CannotStore(other) {
				continue
			}
			if err := h.has(ctx, t); err != nil {
				return fmt.Errorf("token of %s after DeleteTokens of %s: %w", short(other), short(text), err)
			}
		}
	}
	return nil
}

func tokenExpired(ctx context.Context, h TokenHarness) error {
	var tokens []store.Token
	for _, ago := range []time.Duration{time.Second, 30 * time.Minute, store.ExpiredGrace - time.Minute} {
		for range 3 {
			t := newToken()
			t.IssuedAt, t.ExpiresAt = t.IssuedAt.Add(-2*time.Hour), instant().Add(-ago)
			tokens = append(tokens, t)
		}
	}
	if err := h.create(ctx, tokens...); err != nil {
		return err
	}
	for range 100 { // stores that tidy up when they write have an occasion to
		if err := h.create(ctx, newToken()); err != nil {
			return err
		}
	}
	h = h.reopened()
	if err := h.has(ctx, tokens...); err != nil {
		return fmt.Errorf("expired within the grace: %w", err)
	}
	for i, t := range tokens {
		if i%3 == 0 {
			if _, err := h.Store.TakeToken(ctx, t.ID); err != nil {
				return fmt.Errorf("TakeToken of an expired token: %w", err)
			}
		} else if i%3 == 1 {
			if _, err := h.Store.RotateToken(ctx, t.ID); err != nil {
				return fmt.Errorf("RotateToken of an expired token: %w", err)
			}
		}
	}
	return nil
}

func tokenCopies(ctx context.Context, h TokenHarness) error {
	old, next := newToken(), newToken()
	spoil := func(tokens ...store.Token) {
		for _, t := range tokens {
			for i := range t.Scopes {
				t.Scopes[i] = "spoilt"
			}
		}
	}
	given := old.Clone()
	if err := h.Store.CreateTokens(ctx, given); err != nil {
		return fmt.Errorf("CreateTokens: %w", err)
	}
	spoil(given)
	if err := h.has(ctx, old); err != nil {
		return fmt.Errorf("after changing what CreateTokens was given: %w", err)
	}
	got, err := h.Store.TokenByID(ctx, old.ID)
	if err != nil {
		return err
	}
	spoil(got)
	if err := h.has(ctx, old); err != nil {
		return fmt.Errorf("after changing what TokenByID returned: %w", err)
	}
	if lister, ok := h.Store.(store.TokenLister); ok {
		listed, err := lister.ListTokens(ctx, store.TokenMatch{Family: old.Family}, 10)
		if err != nil {
			return fmt.Errorf("ListTokens: %w", err)
		}
		spoil(listed...)
		if err := h.has(ctx, old); err != nil {
			return fmt.Errorf("after changing what ListTokens returned: %w", err)
		}
	}
	given = next.Clone()
	was, err := h.Store.RotateToken(ctx, old.ID, given)
	if err != nil {
		return fmt.Errorf("RotateToken: %w", err)
	}
	spoil(given, was)
	if err := h.has(ctx, next); err != nil {
		return fmt.Errorf("after changing what RotateToken was given: %w", err)
	}
	for range 2 {
		spent, err := h.Store.RotateToken(ctx, old.ID)
		if err := is(err, store.ErrSpent, "RotateToken of a spent token"); err != nil {
			return err
		}
		old.SpentAt = spent.SpentAt
		if err := diff("after changing what RotateToken returned", spent, old); err != nil {
			return err
		}
		spoil(spent)
	}
	return nil
}

func tokenEnded(ctx context.Context, h TokenHarness) error {
	old, next := newToken(), newToken()
	if err := h.create(ctx, old); err != nil {
		return err
	}
	for _, method := range []struct {
		name string
		call func(ctx context.Context) error
	}{
		{"CreateTokens", func(ctx context.Context) error { return h.Store.CreateTokens(ctx, next) }},
		{"TokenByID", func(ctx context.Context) error { _, err := h.Store.TokenByID(ctx, old.ID); return err }},
		{"TakeToken", func(ctx context.Context) error { _, err := h.Store.TakeToken(ctx, old.ID); return err }},
		{"RotateToken", func(ctx context.Context) error { _, err := h.Store.RotateToken(ctx, old.ID, next); return err }},
		{"DeleteTokens", func(ctx context.Context) error {
			return h.Store.DeleteTokens(ctx, store.TokenMatch{Family: old.Family})
		}},
	} {
		if err := whenEnded(ctx, method.name, method.call); err != nil {
			return err
		}
		if err := errors.Join(h.has(ctx, old), h.hasNot(ctx, next)); err != nil {
			return fmt.Errorf("after %s with a context that was done: %w", method.name, err)
		}
	}
	return nil
}
