package redisstore_test

import (
	"context"
	"strings"
	"time"

	"github.com/apiauth-go/apiauth/store"
	"github.com/apiauth-go/apiauth/store/redisstore"
)

// method is one way to call the server.
type method struct {
	name string
	call func(ctx context.Context) error
}

// methods returns all of them, about a token that is there.
func methods(s *redisstore.Store, t store.Token) []method {
	family := store.TokenMatch{Family: t.Family}
	return []method{
		{"CreateTokens", func(ctx context.Context) error { return s.CreateTokens(ctx, newToken()) }},
		{"TokenByID", func(ctx context.Context) error { _, err := s.TokenByID(ctx, t.ID); return err }},
		{"TakeToken", func(ctx context.Context) error { _, err := s.TakeToken(ctx, t.ID); return err }},
		{"RotateToken", func(ctx context.Context) error { _, err := s.RotateToken(ctx, t.ID, newToken()); return err }},
		{"DeleteTokens", func(ctx context.Context) error { return s.DeleteTokens(ctx, family) }},
		{"ListTokens", func(ctx context.Context) error { _, err := s.ListTokens(ctx, family, 10); return err }},
		{"Check", s.Check},
		{"LimitedUntil", func(ctx context.Context) error { _, err := s.LimitedUntil(ctx, time.Now(), newLimit()); return err }},
		{"CountEvent", func(ctx context.Context) error {
			return s.CountEvent(ctx, time.Now(), newEvent(), newLimit(), newLimit())
		}},
		{"ClearCounters", func(ctx context.Context) error { return s.ClearCounters(ctx, newLimit().Counter) }},
	}
}

// field returns a value from what INFO and its like say.
func field(info, name string) string {
	for line := range strings.Lines(info) {
		if value, ok := strings.CutPrefix(line, name+":"); ok {
			return strings.TrimSpace(value)
		}
	}
	return ""
}
