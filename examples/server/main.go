// Command server is a complete service protected by apiauth: every method of both documented systems, on one address,
// with demo users. Run it from a clone of the repository:
//
//	go run ./examples/server
//
// It prints curl lines to paste. Its flags are listed by -help and described in config.go, its
// routes in routes.go; app.go shows how the parts of the library are put together.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"os"
	"os/signal"
	"syscall"
	"time"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	err := run(ctx, os.Args[1:], os.Stdout, os.Stderr)
	switch {
	case errors.Is(err, flag.ErrHelp):
		os.Exit(2)
	case err != nil:
		fmt.Fprintln(os.Stderr, "server:", err)
		os.Exit(1)
	}
}

// writeTimeout is how long a request may take from its header to the end of the answer.
const writeTimeout = 30 * time.Second

// shutdownTime is how long requests that are under way may take when the server is told to stop.
const shutdownTime = 10 * time.Second

// run serves until ctx ends. The start-up text goes to stdout, the structured log to stderr.
func run(ctx context.Context, args []string, stdout, stderr io.Writer) error {
	cfg, err := parseFlags(args, stderr)
	if err != nil {
		return err
	}
	listener, err := net.Listen("tcp", cfg.addr)
	if err != nil {
		return err
	}
	defer listener.Close()
	if cfg.issuer == "" {
		cfg.issuer, cfg.issuerIsAddress = "http://"+listener.Addr().String(), true
	}
	if err := cfg.operator.choose(listener.Addr(), cfg.access.proxied); err != nil {
		return err
	}
	logger := slog.New(slog.NewTextHandler(stderr, &slog.HandlerOptions{Level: cfg.logLevel}))
	app, err := newApp(ctx, cfg, logger)
	if err != nil {
		return err
	}
	defer app.close()
	server := &http.Server{
		Handler:           app.handler,
		ReadHeaderTimeout: 5 * time.Second,
		ReadTimeout:       15 * time.Second,
		WriteTimeout:      writeTimeout,
		IdleTimeout:       2 * time.Minute,
		MaxHeaderBytes:    64 << 10,
		ErrorLog:          slog.NewLogLogger(logger.Handler(), slog.LevelWarn),
	}
	app.printBanner(stdout, "http://"+listener.Addr().String())

	served := make(chan error, 1)
	go func() { served <- server.Serve(listener) }()
	select {
	case err := <-served:
		return err
	case <-ctx.Done():
	}
	logger.Info("stopping")
	late, cancel := context.WithTimeout(context.WithoutCancel(ctx), shutdownTime)
	defer cancel()
	if err := server.Shutdown(late); err != nil {
		return fmt.Errorf("requests were cut off at the end: %w", err)
	}
	return nil
}
