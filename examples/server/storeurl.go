package main

import (
	"errors"
	"fmt"
	"net/url"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/go-sql-driver/mysql"
	"github.com/jackc/pgx/v5"
	"github.com/redis/go-redis/v9"
)

// Where records are kept, as -store names it.
const (
	inMemory   = "memory"
	inSQLite   = "sqlite"
	inPostgres = "postgres"
	inMySQL    = "mysql"
)

// storeChoice is what -store says. It prints without the password.
type storeChoice struct {
	kind  string
	place string // for people
	file  string // of SQLite

	postgres *pgx.ConnConfig
	mysql    *mysql.Config
}

func (c storeChoice) String() string { return c.place }

// lasting reports whether the records outlive the server.
func (c storeChoice) lasting() bool { return c.kind != inMemory }

// shared reports whether servers on other machines can have the same records.
func (c storeChoice) shared() bool { return c.kind == inPostgres || c.kind == inMySQL }

// parseStore reads the value of -store.
func parseStore(text string) (storeChoice, error) {
	kind, rest, _ := strings.Cut(text, ":")
	switch kind {
	case inMemory:
		if text == inMemory {
			return storeChoice{kind: inMemory, place: inMemory}, nil
		}
	case inSQLite:
		return parseSQLite(rest)
	case inPostgres, "postgresql":
		return parsePostgres(text)
	case inMySQL:
		return parseMySQL(text)
	}
	return storeChoice{}, errors.New("want memory, sqlite:FILE, postgres://… or mysql://…")
}

func parseSQLite(file string) (storeChoice, error) {
	switch {
	case file == "":
		return storeChoice{}, errors.New("sqlite: no file is named")
	case strings.HasPrefix(file, ":"): // :memory: is another database for each connection
		return storeChoice{}, errors.New("sqlite: want the name of a file; to keep everything in memory there is -store memory")
	}
	file = filepath.Clean(file)
	return storeChoice{kind: inSQLite, place: inSQLite + ":" + file, file: file}, nil
}

// sqliteName is how the driver is told the file and its settings. With synchronous(FULL) what was answered is on the disk: a revocation
// that a power failure takes back would be worse than a write that takes longer.
func sqliteName(file string) string {
	return "file:" + (&url.URL{Path: filepath.ToSlash(file)}).EscapedPath() + "?" + url.Values{
		"_pragma": {"busy_timeout(1000)", "journal_mode(WAL)", "synchronous(FULL)"},
		"_txlock": {"immediate"},
	}.Encode()
}

// connectTimeout is how long a server may take to answer a new connection.
const connectTimeout = 5 * time.Second

// parsePostgres reads a URL whose parameters are the driver's.
func parsePostgres(text string) (storeChoice, error) {
	u, err := parseURL(text)
	if err != nil {
		return storeChoice{}, err
	}
	u.Scheme = inPostgres
	cfg, err := pgx.ParseConfig(u.String())
	if err != nil {
		return storeChoice{}, fmt.Errorf("postgres: %w", err) // hides the password, as far as it stands where one stands
	}
	if !u.Query().Has("connect_timeout") {
		cfg.ConnectTimeout = connectTimeout
	}
	return storeChoice{kind: inPostgres, place: placeOf(u), postgres: cfg}, nil
}

// parseMySQL makes of a URL like those of PostgreSQL what the driver wants. The one parameter is tls, with the driver's values.
func parseMySQL(text string) (storeChoice, error) {
	u, err := parseURL(text)
	if err != nil {
		return storeChoice{}, err
	}
	database := strings.TrimPrefix(u.Path, "/")
	if u.Hostname() == "" || database == "" || strings.Contains(database, "/") {
		return storeChoice{}, errors.New("mysql: want mysql://user:password@host:port/database")
	}
	cfg := mysql.NewConfig()
	cfg.User, cfg.DBName, cfg.Net, cfg.Addr = u.User.Username(), database, "tcp", u.Host
	cfg.Passwd, _ = u.User.Password()
	if u.Port() == "" {
		cfg.Addr = u.Host + ":3306"
	}
	cfg.TLSConfig = "preferred" // as PostgreSQL's driver does: where the server can
	cfg.Timeout, cfg.ReadTimeout, cfg.WriteTimeout = connectTimeout, 30*time.Second, 30*time.Second
	for name, values := range u.Query() {
		if name != "tls" || len(values) != 1 || !slices.Contains([]string{"true", "false", "skip-verify", "preferred"}, values[0]) {
			return storeChoice{}, errors.New("mysql: the only parameter is tls, which is true, preferred, skip-verify or false")
		}
		cfg.TLSConfig = values[0]
	}
	return storeChoice{kind: inMySQL, place: placeOf(u), mysql: cfg}, nil
}

// redisChoice is what -redis says.
type redisChoice struct {
	place   string // for people; empty without -redis
	options *redis.Options
}

// parseRedis reads the value of -redis.
func parseRedis(text string) (redisChoice, error) {
	if text == "" {
		return redisChoice{}, nil
	}
	u, err := parseURL(text)
	if err != nil {
		return redisChoice{}, err
	}
	options, err := redis.ParseURL(u.String())
	if err != nil {
		return redisChoice{}, err
	}
	options.ContextTimeoutEnabled = true // whoever asks waits no longer than his request
	options.DialerRetries = 1            // a command is tried again as a whole
	return redisChoice{placeOf(u), options}, nil
}

// parseURL parses the address of a server. Its error quotes nothing: where a URL is not well-formed one cannot tell what of it is the password.
func parseURL(text string) (*url.URL, error) {
	u, err := url.Parse(text)
	if err != nil || u.Opaque != "" || strings.Contains(u.EscapedPath()+u.RawQuery, "@") || strings.Contains(text, "#") {
		return nil, errors.New("this is not a URL like scheme://user:password@host:port/name (special characters of the password are written as %XX)")
	}
	return u, nil
}

// placeOf names a server without the password and without parameters, which may be secret too.
func placeOf(u *url.URL) string {
	place := url.URL{Scheme: u.Scheme, Host: u.Host, Path: u.Path}
	if u.User != nil {
		place.User = url.User(u.User.Username())
	}
	return place.String()
}
