// Command drupal copies the users and roles of a Drupal site into a database of store/sqlstore, for a service that goes on without the site:
//
//	go run ./examples/drupal -from mysql:apiauth_reader:…@tcp(127.0.0.1:3306)/drupal -drupal 10 -to postgres://app:…@127.0.0.1/auth -dry-run
//
// IDs, names, password hashes, status and roles stay as they are, so that passwords, services tokens and the service's own tokens go on working.
// The site is only read. README.md in this folder has the whole way from a site to a service of its own.
//
// Everything is looked at before anything is written. A user is written as a whole or not at all, and whoever runs the program again
// goes on where it stopped. It ends with status 0 if, in the end, both sides have the same users.
package main

import (
	"cmp"
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"io/fs"
	"os"
	"os/signal"
	"syscall"

	"github.com/apiauth-go/apiauth/store/sqlstore"
	"github.com/apiauth-go/apiauth/store/sqlstore/drupal"
)

// The variables of the environment that stand for -from and -to: a command line is for all to see.
const (
	fromVariable = "DRUPAL_DATABASE"
	toVariable   = "APIAUTH_DATABASE"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	err := run(ctx, os.Args[1:], os.Stdout, os.Stderr)
	switch {
	case errors.Is(err, flag.ErrHelp):
		os.Exit(2)
	case err != nil:
		fmt.Fprintln(os.Stderr, "drupal:", err)
		os.Exit(1)
	}
}

// What -others says about users of the target whom the site does not have.
const (
	keepOthers   = "keep"
	deleteOthers = "delete"
)

// options are the flags.
type options struct {
	from, fromPrefix string
	version          int
	to, toPrefix     string
	dryRun           bool
	overwrite        bool
	others           string
}

func parseFlags(args []string, stderr io.Writer) (options, error) {
	var o options
	fs := flag.NewFlagSet("drupal", flag.ContinueOnError)
	fs.SetOutput(stderr)
	fs.StringVar(&o.from, "from", "", "`database` of the site: sqlite:FILE, postgres://… or mysql:user:password@tcp(host:port)/name (default $"+fromVariable+"); an account that may read is enough")
	fs.IntVar(&o.version, "drupal", 0, "`version` of the site, 7 to 11; mandatory")
	fs.StringVar(&o.fromPrefix, "prefix", "", "`prefix` of the site's tables, as in its settings.php")
	fs.StringVar(&o.to, "to", "", "`database` of the service, likewise (default $"+toVariable+"); its tables are made if they are missing")
	fs.StringVar(&o.toPrefix, "to-prefix", sqlstore.DefaultTablePrefix, "`prefix` of the tables there")
	fs.BoolVar(&o.dryRun, "dry-run", false, "say what would be done and do nothing")
	fs.BoolVar(&o.overwrite, "overwrite", false, "make users and roles that are different there as they are on the site; without it they are an error, for they may have changed there")
	fs.StringVar(&o.others, "others", "", "`what` to do with users there who are not on the site (any more): keep or delete; without it they are an error")
	if err := fs.Parse(args); err != nil {
		return options{}, err
	}
	o.from, o.to = cmp.Or(o.from, os.Getenv(fromVariable)), cmp.Or(o.to, os.Getenv(toVariable))
	switch {
	case fs.NArg() > 0:
		return options{}, fmt.Errorf("unexpected argument %q", fs.Arg(0))
	case o.from == "":
		return options{}, errors.New("-from is missing")
	case o.to == "":
		return options{}, errors.New("-to is missing")
	case o.version < 7 || o.version > 11:
		return options{}, errors.New("-drupal is missing or not one of 7 to 11")
	case o.others != "" && o.others != keepOthers && o.others != deleteOthers:
		return options{}, errors.New("-others is neither keep nor delete")
	}
	return o, nil
}

// openTarget returns the database of the service. For a dry run it can only be read, and a SQLite file that is not there stands for an empty one.
func openTarget(o options) (database, error) {
	if !o.dryRun {
		return open(o.to)
	}
	to, err := openReadOnly(o.to)
	if errors.Is(err, fs.ErrNotExist) {
		return open("sqlite::memory:")
	}
	return to, err
}

// run copies as the flags say. What it did goes to stdout.
func run(ctx context.Context, args []string, stdout, stderr io.Writer) error {
	o, err := parseFlags(args, stderr)
	if err != nil {
		return err
	}
	from, err := openReadOnly(o.from)
	if err != nil {
		return fmt.Errorf("-from: %w", err)
	}
	defer from.db.Close()
	to, err := openTarget(o)
	if err != nil {
		return fmt.Errorf("-to: %w", err)
	}
	defer to.db.Close()

	version := drupal.Drupal8
	if o.version == 7 {
		version = drupal.Drupal7
	}
	s, err := newSite(drupal.Config{DB: from.db, Dialect: from.site, Version: version, TablePrefix: o.fromPrefix})
	if err != nil {
		return err
	}
	defer s.users.Close()
	target, err := sqlstore.New(sqlstore.Config{DB: to.db, Dialect: to.dialect, TablePrefix: o.toPrefix})
	if err != nil {
		return err
	}
	defer target.Close()
	c := &copier{site: s, target: target, targetDB: to.db, targetPrefix: o.toPrefix, options: o, out: stdout}
	return c.run(ctx)
}
