// Command customstore protects handlers with the users of a table that an application has already. accounts.go is the store.
package main

import (
	"context"
	"database/sql"
	_ "embed"
	"flag"
	"fmt"
	"log"
	"net/http"
	"os"
	"time"

	_ "modernc.org/sqlite"

	"github.com/apiauth-go/apiauth/auth"
	"github.com/apiauth-go/apiauth/auth/password"
	"github.com/apiauth-go/apiauth/jwt"
)

func main() {
	addr := flag.String("addr", "127.0.0.1:8080", "address to listen on")
	flag.Parse()
	if err := run(*addr); err != nil {
		log.Fatal(err)
	}
}

func run(addr string) error {
	dir, err := os.MkdirTemp("", "customstore")
	if err != nil {
		return err
	}
	db, err := open(context.Background(), dir+"/accounts.db")
	if err != nil {
		return err
	}
	handler, err := newHandler(&accounts{db})
	if err != nil {
		return err
	}
	log.Printf("listening on http://%s, database in %s", addr, dir)
	return (&http.Server{Addr: addr, Handler: handler, ReadTimeout: 15 * time.Second, WriteTimeout: 30 * time.Second}).ListenAndServe()
}

var (
	//go:embed schema.sql
	schema string
	//go:embed stamp.sql
	stamp string
	//go:embed demo.sql
	demo string
)

// open makes a database like that of an application which has been running for years.
func open(ctx context.Context, file string) (*sql.DB, error) {
	db, err := sql.Open("sqlite", "file:"+file+"?_pragma=busy_timeout(10000)&_pragma=journal_mode(WAL)&_txlock=immediate")
	if err != nil {
		return nil, err
	}
	db.SetMaxOpenConns(4) // SQLite has one writer; who waits for a connection waits better than who waits for a lock
	for _, script := range []string{schema, demo, stamp} {
		if _, err := db.ExecContext(ctx, script); err != nil {
			return nil, err
		}
	}
	return db, nil
}

// newHandler protects a few routes with the users of the store.
func newHandler(users *accounts) (http.Handler, error) {
	hasher, err := password.New(password.Config{
		Accept:     []password.Format{password.Bcrypt}, // what the table holds besides argon2id
		BcryptCost: 10,                                 // of those, so that an unknown name takes as long as a known one
	})
	if err != nil {
		return nil, err
	}
	login, err := auth.NewLogin(auth.LoginConfig{
		Users: users, Hasher: hasher,
		OnRehashError: func(_ context.Context, id string, err error) {
			log.Printf("account %s keeps its old hash: %v", id, err)
		},
	})
	if err != nil {
		return nil, err
	}
	basic, err := auth.NewBasic(auth.BasicConfig{Login: login, Realm: "Example API"})
	if err != nil {
		return nil, err
	}
	tokens, idToken, err := webTokens(users, login)
	if err != nil {
		return nil, err
	}

	options := &auth.Options{OnError: logRefusal}
	either := auth.Require(auth.Chain(tokens, basic), options)
	mux := http.NewServeMux()
	mux.Handle("/token", idToken)
	mux.Handle("GET /me", either(http.HandlerFunc(me)))
	mux.Handle("GET /reports", either(auth.RequireRole("accountant")(http.HandlerFunc(me))))
	// Not with a token; and not from a page of somebody else, for a browser sends the password along that it knows.
	mux.Handle("POST /password", http.NewCrossOriginProtection().Handler(auth.Require(basic, options)(changePassword(users, hasher))))
	return mux, nil
}

// webTokens makes an endpoint that gives a JSON Web Token for a password, and the verifier of these tokens. They carry the stamp.
func webTokens(users *accounts, login *auth.Login) (*jwt.Verifier, http.Handler, error) {
	const name = "https://api.example.com"
	key, err := jwt.GenerateKey(jwt.EdDSA, nil) // a real service reads its key from a file
	if err != nil {
		return nil, nil, err
	}
	issuer, err := jwt.NewIssuer(jwt.IssuerConfig{Issuer: name, Audience: []string{name}, Key: key})
	if err != nil {
		return nil, nil, err
	}
	endpoint, err := jwt.NewIDTokenEndpoint(jwt.IDTokenConfig{Issuer: issuer, Login: login, Realm: "Example API", OnError: logRefusal})
	if err != nil {
		return nil, nil, err
	}
	verifier, err := jwt.NewVerifier(jwt.VerifierConfig{
		Keys: issuer, Algorithms: []jwt.Algorithm{jwt.EdDSA}, Issuer: name, Audience: []string{name}, Users: users, Realm: "Example API",
	})
	return verifier, endpoint, err
}

func me(w http.ResponseWriter, r *http.Request) {
	id, _ := auth.FromContext(r.Context())
	fmt.Fprintf(w, "account %s, %s, roles %q\n", id.UserID, id.Name, id.Roles)
}

// changePassword takes a new password from the body.
func changePassword(users *accounts, hasher *password.Hasher) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		r.Body = http.MaxBytesReader(w, r.Body, 4096)
		hash, err := hasher.Hash(r.PostFormValue("new"))
		if err != nil {
			http.Error(w, "this cannot be a password", http.StatusBadRequest)
			return
		}
		id, _ := auth.FromContext(r.Context())
		if err := users.SetPassword(r.Context(), id.UserID, hash); err != nil {
			log.Print(err)
			http.Error(w, "not now", http.StatusServiceUnavailable)
			return
		}
		fmt.Fprintln(w, "changed")
	})
}
