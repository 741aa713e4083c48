package drupal_test

import (
	"context"
	"errors"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/apiauth-go/apiauth/store"
	"github.com/apiauth-go/apiauth/store/sqlstore/drupal"
)

func TestCheck(t *testing.T) {
	eachSite(t, func(t *testing.T, s *site) {
		users := s.store(t)
		if s.version == drupal.Drupal8 {
			require.ErrorContains(t, users.Check(t.Context()), "authenticated")
			s.setConfig(t, "", "user.role.authenticated", roleConfig("authenticated", false))
		}
		require.NoError(t, users.Check(t.Context()), "a new site")
		put(t, s, store.User{ID: "1", Name: "check", Active: true})
		require.NoError(t, users.Check(t.Context()), "a site with users")

		other := map[drupal.Version]drupal.Version{drupal.Drupal7: drupal.Drupal8, drupal.Drupal8: drupal.Drupal7}[s.version]
		err := s.store(t, func(c *drupal.Config) { c.Version = other }).Check(t.Context())
		require.Error(t, err, "a site of another version")
		require.NotErrorIs(t, err, store.ErrNotFound)
		err = s.store(t, func(c *drupal.Config) { c.TablePrefix = "no_such_" }).Check(t.Context())
		require.Error(t, err, "a wrong prefix")

		ctx, cancel := context.WithCancelCause(t.Context())
		cancel(errShutdown)
		require.ErrorIs(t, users.Check(ctx), errShutdown)
	})
}

// TestCheckReadsWhatLookupsRead takes away one table after the other.
func TestCheckReadsWhatLookupsRead(t *testing.T) {
	for version, all := range tables {
		for _, table := range all {
			s := newSite(t, version, drupal.SQLite)
			if version == drupal.Drupal8 {
				s.setConfig(t, "", "user.role.authenticated", roleConfig("authenticated", false))
			}
			users := s.store(t)
			require.NoError(t, users.Check(t.Context()))
			require.NoError(t, users.Close())
			s.exec(t, "DROP TABLE {"+table+"}")
			require.ErrorContains(t, s.store(t).Check(t.Context()), "no such table", table)
		}
	}
}

var errShutdown = errors.New("shutting down")

// TestTheCauseIsTold: whoever ended the context learns it, even in the middle of a query.
func TestTheCauseIsTold(t *testing.T) {
	s := newSite(t, drupal.Drupal8, drupal.SQLite)
	users := s.store(t)
	for range 8 { // all connections
		conn, err := s.db.Conn(t.Context())
		require.NoError(t, err)
		t.Cleanup(func() { require.NoError(t, conn.Close()) })
	}
	ctx, cancel := context.WithCancelCause(t.Context())
	done := make(chan error)
	go func() {
		_, err := users.UserByID(ctx, "1")
		done <- err
	}()
	require.Eventually(t, func() bool { return s.db.Stats().WaitCount > 0 }, time.Minute, time.Millisecond, "the lookup waits for a connection")
	cancel(errShutdown)
	err := <-done
	require.ErrorIs(t, err, errShutdown)
	require.NotErrorIs(t, err, store.ErrNotFound)
}

// TestErrorsTellNoValues: what somebody typed as his name is not in the text of an error.
func TestErrorsTellNoValues(t *testing.T) {
	eachSite(t, func(t *testing.T, s *site) {
		users := s.store(t, func(c *drupal.Config) { c.TablePrefix = "no_such_" })
		_, err := users.UserByName(t.Context(), "my_username")
		require.Error(t, err)
		require.NotErrorIs(t, err, store.ErrNotFound)
		require.NotContains(t, err.Error(), "my_username")
		require.ErrorContains(t, err, map[drupal.Dialect]string{
			drupal.SQLite: "no such table", drupal.MySQL: "drupal: user by name: MySQL error 1146", drupal.PostgreSQL: "drupal: user by name: PostgreSQL error 42P01",
		}[s.dialect])
		require.NotNil(t, errors.Unwrap(err), "who wants to know more can look")
	})
}

func TestAServerThatIsNotThere(t *testing.T) {
	db := openDSN(t, "mysql", "root@tcp(127.0.0.1:1)/test") // a port that nobody gets by chance
	users, err := drupal.New(drupal.Config{DB: db, Dialect: drupal.MySQL, Version: drupal.Drupal7})
	require.NoError(t, err, "New does not connect")
	for _, err := range []error{
		func() error { _, err := users.UserByID(t.Context(), "1"); return err }(),
		func() error { _, err := users.UserByName(t.Context(), "zo\u00eb"); return err }(),
		users.Check(t.Context()),
	} {
		require.Error(t, err)
		require.NotErrorIs(t, err, store.ErrNotFound)
	}
}

// TestFirstLookupsTogether: all of them prepare the statement, and one is kept.
func TestFirstLookupsTogether(t *testing.T) {
	eachSite(t, func(t *testing.T, s *site) {
		put(t, s, store.User{ID: "2", Name: "alan", Active: true})
		users := s.store(t)
		var wg sync.WaitGroup
		errs := make([]error, 16)
		for i := range errs {
			wg.Go(func() { _, errs[i] = users.UserByName(t.Context(), "alan") })
		}
		wg.Wait()
		require.NoError(t, errors.Join(errs...))
		require.Equal(t, 0, s.db.Stats().InUse, "every connection is given back")
		require.NoError(t, users.Close())
		require.NoError(t, users.Close())
	})
}

// TestReadOnly: a database that refuses every change is enough.
func TestReadOnly(t *testing.T) {
	for _, version := range []drupal.Version{drupal.Drupal7, drupal.Drupal8} {
		s := newSite(t, version, drupal.SQLite)
		put(t, s, store.User{ID: "2", Name: "alan", Active: true, Roles: []string{"editor"}, Permissions: []string{"edit"}})
		db := openDSN(t, "sqlite", "file:"+s.path+"?mode=ro&_pragma=query_only(1)")
		_, err := db.Exec(s.sql("DELETE FROM {users}"))
		require.Error(t, err, "what this test is about")
		users := s.store(t, func(c *drupal.Config) { c.DB = db })
		u, err := users.UserByName(t.Context(), "alan")
		require.NoError(t, err)
		require.Equal(t, []string{"edit"}, u.Permissions)
		_, rehashes := any(users).(store.PasswordRehasher)
		require.False(t, rehashes)
	}
}
