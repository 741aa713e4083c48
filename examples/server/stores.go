package main

import (
	"context"
	"database/sql"
	"fmt"
	"log/slog"
	"os"
	"time"

	"github.com/go-sql-driver/mysql"
	"github.com/jackc/pgx/v5/stdlib"
	"github.com/redis/go-redis/v9"
	_ "modernc.org/sqlite" // the driver "sqlite"

	"github.com/apiauth-go/apiauth/store"
	"github.com/apiauth-go/apiauth/store/memstore"
	"github.com/apiauth-go/apiauth/store/redisstore"
	"github.com/apiauth-go/apiauth/store/sqlstore"
)

// storage is where the service keeps its records. The store in memory is one, and so is a SQL database.
type storage interface {
	store.UserStore
	store.ClientStore
	store.TokenStore
	store.APIKeyStore
	store.AuditStore
	store.AuditLister

	// For the demo's records and the console.
	PutUser(context.Context, store.User) error
	PutClient(context.Context, store.Client) error
	PutAPIKey(context.Context, store.APIKey) error
	DeleteAPIKey(context.Context, store.KeyID) error
	SetActive(ctx context.Context, userID string, active bool) error
	SetPasswordHash(ctx context.Context, userID, hash string) error
}

// openStores opens what -store and -redis name. An error here ends the start: a server that cannot reach its store would refuse everybody.
func (a *app) openStores(ctx context.Context) error {
	var err error
	if a.store, err = a.openStore(ctx); err != nil {
		return fmt.Errorf("-store: %w", err)
	}
	a.tokens = a.store
	if a.cfg.redis.options != nil {
		if a.tokens, err = a.openRedis(ctx); err != nil {
			return fmt.Errorf("-redis: %w", err)
		}
	}
	if p, ok := a.tokens.(store.TokenPurger); ok { // Redis does without
		a.closers = append(a.closers, startPurging("tokens", store.ExpiredGrace, p.PurgeTokens, a.log))
	}
	a.counters, _ = a.tokens.(store.CounterStore) // Redis and SQL count for all servers; with the store in memory each Login counts by itself
	if p, ok := a.counters.(store.CounterPurger); ok {
		a.closers = append(a.closers, startPurging("counted failures", time.Minute, p.PurgeCounters, a.log))
	}
	return nil
}

func (a *app) openStore(ctx context.Context) (storage, error) {
	if !a.cfg.store.lasting() {
		s, err := memstore.New(nil)
		d := &memoryDirectory{Store: s}
		a.directory = d
		return d, err
	}
	db, dialect, err := a.cfg.store.open()
	if err != nil {
		return nil, err
	}
	a.closers = append(a.closers, db)
	s, err := sqlstore.New(sqlstore.Config{DB: db, Dialect: dialect})
	if err != nil {
		return nil, err
	}
	a.closers = append(a.closers, s)
	a.directory = sqlDirectory{db, dialect, s}
	// Everybody else lets a job do this that has the right to create tables, which the servers need not have.
	a.log.Info("creating the tables or bringing them up to date, as a demo may", "store", a.cfg.store.place)
	return s, s.Migrate(ctx)
}

// The connections to a database server: what one machine of several may take. The driver's default of two idle ones would make the others
// come and go.
const (
	maxConnections     = 16
	connectionLifetime = 5 * time.Minute
)

// open returns the database, without connecting to it.
func (c storeChoice) open() (*sql.DB, sqlstore.Dialect, error) {
	switch c.kind {
	case inSQLite:
		// It holds hashes of passwords. The other files of SQLite get the permissions of this one.
		f, err := os.OpenFile(c.file, os.O_CREATE|os.O_RDWR, 0o600)
		if err != nil {
			return nil, 0, err
		}
		if err := f.Close(); err != nil {
			return nil, 0, err
		}
		db, err := sql.Open("sqlite", sqliteName(c.file))
		return pooled(db, 0), sqlstore.SQLite, err
	case inPostgres:
		return pooled(stdlib.OpenDB(*c.postgres), connectionLifetime), sqlstore.PostgreSQL, nil
	case inMySQL:
		connector, err := mysql.NewConnector(c.mysql)
		if err != nil {
			return nil, 0, err
		}
		return pooled(sql.OpenDB(connector), connectionLifetime), sqlstore.MySQL, nil
	}
	return nil, 0, fmt.Errorf("%s is no database", c.kind)
}

func pooled(db *sql.DB, lifetime time.Duration) *sql.DB {
	if db != nil {
		db.SetMaxOpenConns(maxConnections)
		db.SetMaxIdleConns(maxConnections)
		db.SetConnMaxLifetime(lifetime)
	}
	return db
}

// driverLog takes what the driver for Redis has to say. Refused requests are in the log anyway, each with the cause.
type driverLog struct{ log *slog.Logger }

func (l driverLog) Printf(ctx context.Context, format string, v ...any) {
	l.log.DebugContext(ctx, "redis", "text", logText(fmt.Sprintf(format, v...)))
}

// openRedis returns the store for tokens that many servers share.
func (a *app) openRedis(ctx context.Context) (store.TokenStore, error) {
	redis.SetLogger(driverLog{a.log}) // the driver's log is one for all
	client := redis.NewClient(a.cfg.redis.options)
	a.closers = append(a.closers, client)
	s, err := redisstore.New(redisstore.Config{Client: client})
	if err != nil {
		return nil, err
	}
	return s, s.Check(ctx)
}
