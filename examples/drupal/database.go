package main

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"net/url"
	"os"
	"path/filepath"
	"strings"

	"github.com/go-sql-driver/mysql"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/stdlib"
	_ "modernc.org/sqlite"

	"github.com/apiauth-go/apiauth/store/sqlstore"
	"github.com/apiauth-go/apiauth/store/sqlstore/drupal"
)

// database is one that a flag names.
type database struct {
	db      *sql.DB
	dialect sqlstore.Dialect
	site    drupal.Dialect
}

// open returns the database without connecting to it. Errors do not quote what may hold a password.
func open(text string) (database, error) { return openAs(text, false) }

// openReadOnly returns the database likewise, for reading alone, whatever the account may do. What is not there is not made.
func openReadOnly(text string) (database, error) { return openAs(text, true) }

func openAs(text string, readOnly bool) (d database, err error) {
	kind, rest, _ := strings.Cut(text, ":")
	switch kind {
	case "sqlite":
		d.dialect, d.site = sqlstore.SQLite, drupal.SQLite
		d.db, err = openSQLite(rest, readOnly)
	case "postgres", "postgresql":
		d.dialect, d.site = sqlstore.PostgreSQL, drupal.PostgreSQL
		d.db, err = openPostgreSQL(text, readOnly)
	case "mysql":
		d.dialect, d.site = sqlstore.MySQL, drupal.MySQL
		d.db, err = openMySQL(rest, readOnly)
	default:
		err = errors.New("want sqlite:FILE, postgres://user:password@host/name or mysql:user:password@tcp(host:port)/name")
	}
	return d, err
}

func openSQLite(file string, readOnly bool) (*sql.DB, error) {
	if file == "" {
		return nil, errors.New("sqlite: no file is named")
	}
	options := url.Values{"_pragma": {"busy_timeout(5000)", "journal_mode(WAL)"}, "_txlock": {"immediate"}}
	if readOnly {
		if _, err := os.Stat(file); err != nil {
			return nil, err
		}
		options = url.Values{"_pragma": {"busy_timeout(5000)"}, "mode": {"ro"}} // another journal_mode would be written into the file
	}
	return sql.Open("sqlite", "file:"+(&url.URL{Path: filepath.ToSlash(file)}).EscapedPath()+"?"+options.Encode())
}

func openPostgreSQL(text string, readOnly bool) (*sql.DB, error) {
	cfg, err := pgx.ParseConfig(text)
	if err != nil {
		return nil, errors.New("postgres: want postgres://user:password@host/name") // the error itself may quote a part of the password
	}
	if readOnly {
		cfg.RuntimeParams["default_transaction_read_only"] = "on"
	}
	return stdlib.OpenDB(*cfg), nil
}

func openMySQL(dsn string, readOnly bool) (*sql.DB, error) {
	cfg, err := mysql.ParseDSN(dsn)
	if err != nil {
		return nil, errors.New("mysql: want mysql:user:password@tcp(host:port)/name")
	}
	connector, err := mysql.NewConnector(cfg)
	if err != nil {
		return nil, err
	}
	if readOnly {
		connector = readOnlyMySQL{connector}
	}
	return sql.OpenDB(connector), nil
}

// readOnlyMySQL makes connections whose transactions read only. The variable for that has not the same name on MySQL and MariaDB; the statement has.
type readOnlyMySQL struct{ driver.Connector }

// Connect implements driver.Connector.
func (c readOnlyMySQL) Connect(ctx context.Context) (driver.Conn, error) {
	conn, err := c.Connector.Connect(ctx)
	if err != nil {
		return nil, err
	}
	session, ok := conn.(driver.ExecerContext)
	if !ok {
		err = errors.New("mysql: the driver executes nothing on a connection")
	} else {
		_, err = session.ExecContext(ctx, "SET SESSION TRANSACTION READ ONLY", nil)
	}
	if err != nil {
		_ = conn.Close()
		return nil, err
	}
	return conn, nil
}
