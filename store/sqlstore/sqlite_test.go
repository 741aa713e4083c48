package sqlstore_test

import (
	"errors"
	"fmt"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/apiauth-go/apiauth/store"
	"github.com/apiauth-go/apiauth/store/sqlstore"
)

// TestSQLiteWithoutTheAdvisedSettings: several processes, none of which waits for another in the database. It is slower, but nothing fails.
func TestSQLiteWithoutTheAdvisedSettings(t *testing.T) {
	b := backends[0]
	for name, settings := range map[string]string{"nothing": "", "WAL": "?_pragma=journal_mode(WAL)"} {
		t.Run(name, func(t *testing.T) {
			dsn := "file:" + filepath.Join(t.TempDir(), "bare.db") + settings
			s := b.attach(t, b.openDSN(t, dsn), "x_")
			require.NoError(t, s.Migrate(t.Context()))
			require.NoError(t, furnish(t.Context(), s))
			var wg sync.WaitGroup
			errs := make([]error, 4)
			for i := range errs {
				s := b.attach(t, b.openDSN(t, dsn), "x_")
				wg.Go(func() {
					for n := range 10 {
						errs[i] = errors.Join(errs[i], readAndWrite(t, s, fmt.Sprint(i, " ", n)))
					}
				})
			}
			wg.Wait()
			for _, err := range errs {
				require.NoError(t, err)
			}
		})
	}
}

func readAndWrite(t *testing.T, s *sqlstore.Store, id string) error {
	ctx := t.Context()
	tok := benchToken(store.RefreshToken, id)
	return unhurried(
		func() error { return s.CreateTokens(ctx, tok) },
		func() error { return s.PutUser(ctx, store.User{ID: id, Name: id, Roles: []string{"reader"}}) },
		func() error { return s.GrantRole(ctx, id, "writer") },
		func() error { return s.RevokeRole(ctx, id, "reader") },
		func() error { return s.AppendAudit(ctx, store.AuditRecord{Time: time.Now()}) },
		func() error { _, err := s.RotateToken(ctx, tok.ID, benchToken(store.RefreshToken, id)); return err },
		func() error { _, err := s.TakeToken(ctx, tok.ID); return err },
		func() error { _, err := s.UserByID(ctx, id); return err },
		func() error { return s.DeleteTokens(ctx, store.TokenMatch{Family: id}) },
		func() error { return s.DeleteUser(ctx, id) },
	)
}

// unhurried makes the calls one after the other, and one again that met others in the database for as long as a Store tries. That is the machine's
// doing, and whatever was undone has had no effect. A call that gave up earlier has failed.
func unhurried(calls ...func() error) (err error) {
	for _, call := range calls {
		failed := errors.New("not tried")
		for end := time.Now().Add(3 * time.Minute); failed != nil && time.Now().Before(end); {
			start := time.Now()
			failed = call()
			if failed != nil && (time.Since(start) < sqlstore.RetryFor || !strings.Contains(failed.Error(), "is locked")) {
				break
			}
		}
		err = errors.Join(err, failed)
	}
	return err
}
