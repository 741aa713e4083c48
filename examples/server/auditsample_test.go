package main

import (
	"context"
	"log/slog"
	"net/netip"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/apiauth-go/apiauth/auth"
)

// sampled is a failureSampler with what it let pass and what it logged.
type sampled struct {
	*failureSampler
	passed int
	log    syncBuffer
}

func newSampled() *sampled {
	s := &sampled{}
	s.failureSampler = &failureSampler{log: slog.New(slog.NewTextHandler(&s.log, nil)), next: auth.EventFunc(func(context.Context, auth.Event) error {
		s.passed++
		return nil
	})}
	return s
}

// fail sends failures from an address, and returns how many got through.
func (s *sampled) fail(n int, outcome auth.Outcome, address string) int {
	before := s.passed
	for range n {
		_ = s.Record(context.Background(), auth.Event{Outcome: outcome, Address: netip.MustParseAddr(address)})
	}
	return s.passed - before
}

func TestTheAuditLogKeepsTheFirstFailuresOfAMinute(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newSampled()
		require.Equal(t, sameFailures, s.fail(500, auth.OutcomeInvalidCredentials, "192.0.2.1"))
		require.Equal(t, sameFailures, s.fail(500, auth.OutcomeTooManyRequests, "192.0.2.1"), "another outcome")
		require.Equal(t, 3, s.fail(3, auth.OutcomeInvalidCredentials, "192.0.2.2"), "another address")
		require.Equal(t, sameFailures, s.fail(10, auth.OutcomeInvalidCredentials, "2001:db8::1"))
		require.Equal(t, 0, s.fail(1, auth.OutcomeInvalidCredentials, "2001:db8::2"), "the same network of IPv6")
		require.Equal(t, 2000, s.fail(2000, auth.OutcomeSuccess, "192.0.2.1"), "successes are all kept")
		reuse := auth.Event{Kind: auth.EventTokenReuse, Outcome: auth.OutcomeInvalidCredentials, Address: netip.MustParseAddr("192.0.2.1")}
		for before, i := s.passed, 0; i < 50; i++ {
			_ = s.Record(context.Background(), reuse)
			require.Equal(t, before+i+1, s.passed, "what ended a family is never left out")
		}
		require.Empty(t, s.log.String())
		time.Sleep(failuresMinute)
		synctest.Wait()
		require.Contains(t, s.log.String(), "count=981")
		require.Equal(t, sameFailures, s.fail(500, auth.OutcomeInvalidCredentials, "192.0.2.1"), "the next minute")
		s.flush()
		require.Contains(t, s.log.String(), "count=490")
		s.flush()
		require.Equal(t, 2, strings.Count(s.log.String(), "\n"), "each is told once")
	})
}

func TestManyAddressesDoNotFillTheAuditLog(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newSampled()
		at := netip.MustParseAddr("192.0.2.0")
		for range 100_000 {
			s.fail(1, auth.OutcomeInvalidCredentials, at.String())
			at = at.Next()
		}
		require.Equal(t, maxFailures, s.passed)
		require.LessOrEqual(t, len(s.seen), maxFailures, "nor the memory")
		s.flush()
		require.Contains(t, s.log.String(), "count=99900")
	})
}
