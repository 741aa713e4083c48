package main

import (
	"bytes"
	"context"
	"encoding/json"
	"flag"
	"io"
	"log/slog"
	"net"
	"net/http"
	"runtime"
	"sync/atomic"
	"time"

	"github.com/apiauth-go/apiauth/auth"
	"github.com/apiauth-go/apiauth/auth/password"
	"github.com/apiauth-go/apiauth/oauth"
	"github.com/apiauth-go/apiauth/store"
	"github.com/apiauth-go/apiauth/store/memstore"
)

const application = "oauth001"

// greeting is what the server prints when it listens.
type greeting struct {
	Address string // host:port
	Token   string // a good one
	Slots   int    // how many passwords are hashed at the same time
	Hash    int64  // the memory of a hash in bytes
}

// inside is what the server says about itself.
type inside struct {
	Goroutines int
	LogLines   int64 // of the auth.SlogSink, which is all that is logged
}

// runServer serves until stdin ends, so that it does not outlive whoever started it.
func runServer(args []string, stdin io.Reader, stdout io.Writer) error {
	flags := flag.NewFlagSet(serve, flag.ContinueOnError)
	cheap := flags.Bool("cheap", false, "hashes of 64 KiB in place of 19 MiB")
	if err := flags.Parse(args); err != nil {
		return err
	}
	cfg := password.Config{Argon2id: password.Argon2idParams{Memory: 19 << 10, Time: 2, Threads: 1}} // the default
	if *cheap {
		cfg = password.Config{Argon2id: password.Argon2idParams{Memory: 64, Time: 1, Threads: 1}, InsecureWeakArgon2id: true}
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	defer listener.Close()
	hello := greeting{Address: listener.Addr().String(), Slots: max(1, runtime.GOMAXPROCS(0)-1), Hash: int64(cfg.Argon2id.Memory) << 10}
	handler, token, err := newHandler(context.Background(), cfg, hello.Slots)
	if err != nil {
		return err
	}
	hello.Token = token
	server := &http.Server{
		Handler: handler, ReadHeaderTimeout: 5 * time.Second, ReadTimeout: 15 * time.Second, WriteTimeout: 30 * time.Second, IdleTimeout: 2 * time.Minute,
		ErrorLog: slog.NewLogLogger(slog.DiscardHandler, slog.LevelWarn),
	}
	if err := json.NewEncoder(stdout).Encode(hello); err != nil {
		return err
	}
	served := make(chan error, 1)
	go func() { served <- server.Serve(listener) }()
	ended := make(chan struct{})
	go func() {
		_, _ = io.Copy(io.Discard, stdin)
		close(ended)
	}()
	select {
	case err = <-served:
	case <-ended:
		err = server.Close()
	}
	return err
}

// newHandler returns a service as an application builds it: what is opened by a token or a password, with a log that strangers cannot fill.
func newHandler(ctx context.Context, cfg password.Config, slots int) (http.Handler, string, error) {
	hasher, err := password.New(cfg)
	if err != nil {
		return nil, "", err
	}
	db, err := memstore.New(nil)
	if err != nil {
		return nil, "", err
	}
	token, err := fill(ctx, db)
	if err != nil {
		return nil, "", err
	}
	login, err := auth.NewLogin(auth.LoginConfig{Users: db, Hasher: hasher, Slots: slots})
	if err != nil {
		return nil, "", err
	}
	basic, err := auth.NewBasic(auth.BasicConfig{Login: login, Realm: "Example API"})
	if err != nil {
		return nil, "", err
	}
	bearer, err := oauth.NewVerifier(oauth.VerifierConfig{Application: application, Clients: db, Tokens: db, Users: db, Realm: "Example API"})
	if err != nil {
		return nil, "", err
	}
	log := new(lineCounter)
	sink, err := auth.NewSlogSink(slog.New(slog.NewTextHandler(log, nil)), nil)
	if err != nil {
		return nil, "", err
	}
	options := &auth.Options{Events: sink} // and no OnError: that would be a line for each refusal
	mux := http.NewServeMux()
	mux.Handle("GET /page", auth.Require(auth.Chain(bearer, basic), options)(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		_, _ = io.WriteString(w, "a page\n")
	})))
	mux.HandleFunc("GET /inside", func(w http.ResponseWriter, _ *http.Request) {
		_ = json.NewEncoder(w).Encode(inside{runtime.NumGoroutine(), log.n.Load()})
	})
	return mux, token, nil
}

// fill creates a user, a client and a token.
func fill(ctx context.Context, db *memstore.Store) (token string, err error) {
	if err := db.PutUser(ctx, store.User{ID: "1", Name: "my_username", Active: true, Stamp: "1"}); err != nil {
		return "", err
	}
	client, _, err := oauth.NewClient(store.Client{ID: "client", Application: application, Grants: []string{oauth.GrantPassword}})
	if err != nil {
		return "", err
	}
	if err := db.PutClient(ctx, client); err != nil {
		return "", err
	}
	token = auth.NewRandom(auth.PrefixAccessToken)
	now := time.Now().UTC()
	return token, db.CreateTokens(ctx, store.Token{
		ID: oauth.TokenID(token), Kind: store.AccessToken, UserID: "1", ClientID: client.ID, Application: application, Stamp: "1",
		IssuedAt: now, ExpiresAt: now.Add(24 * time.Hour),
	})
}

// lineCounter counts the lines that are written to it, and keeps none.
type lineCounter struct{ n atomic.Int64 }

func (c *lineCounter) Write(p []byte) (int, error) {
	c.n.Add(int64(bytes.Count(p, []byte("\n"))))
	return len(p), nil
}
