package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"time"
)

// loadResult is how many requests per second a server over loopback answered.
type loadResult struct {
	Alg       string  `json:"alg,omitempty"`
	Name      string  `json:"name"`
	PerSecond float64 `json:"requests_per_second"`
	ToOpen    float64 `json:"times_no_authentication"` // the median of the ratios of each round
}

const (
	// noAuthentication is the handler as it is, to which the protected ones are compared.
	noAuthentication = "no authentication"

	// connections are open at the same time.
	connections = 32

	// loadBody is what the handler answers.
	loadBody = `{"nid":1,"title":"A page","status":true}` + "\n"
)

// loadCases are the protections that are put under load.
var loadCases = [...]struct{ alg, name string }{
	{"", noAuthentication}, {"HS256", ours}, {"RS256", oursCached}, {"HS256", golangJWT}, {"RS256", jwxV2},
}

// generator sends requests with the token over several connections for a while, and returns how many are answered per second. An
// answer other than 200 is an error.
type generator func(ctx context.Context, addr, token string, d time.Duration) (float64, error)

// underLoad measures the same handler behind each protection, in turn, over loopback. Server and clients share the processors, as in any
// such measurement on one machine.
func underLoad(ctx context.Context, materials map[string]*material, generate generator, rounds int, perRound time.Duration) ([]*loadResult, error) {
	results := make([]*loadResult, len(loadCases))
	var addrs, tokens [len(loadCases)]string
	var rates, ratios [len(loadCases)][]float64
	for i, c := range loadCases {
		results[i] = &loadResult{Alg: c.alg, Name: c.name}
		handler, m := http.Handler(http.HandlerFunc(page)), materials["HS256"]
		if c.name != noAuthentication {
			m = materials[c.alg]
			middleware, err := named(c.name).protect(m)
			if err != nil {
				return nil, err
			}
			handler = middleware(handler)
		}
		tokens[i] = m.tokens[0]
		addr, stop, err := serve(handler)
		if err != nil {
			return nil, err
		}
		defer stop()
		addrs[i] = addr
		if _, err := generate(ctx, addr, tokens[i], perRound/4); err != nil { // the first requests of a server are slow
			return nil, fmt.Errorf("%s %s: %w", c.name, c.alg, err)
		}
	}
	for range rounds {
		for i, c := range loadCases {
			rate, err := generate(ctx, addrs[i], tokens[i], perRound)
			if err != nil {
				return nil, fmt.Errorf("%s %s: %w", c.name, c.alg, err)
			}
			rates[i] = append(rates[i], rate)
			ratios[i] = append(ratios[i], rate/rates[0][len(rates[0])-1])
		}
	}
	for i, r := range results {
		r.PerSecond, r.ToOpen = median(rates[i]), median(ratios[i])
	}
	return results, nil
}

// page is the handler: a small answer without any work, so that nothing hides the cost of what stands before it.
func page(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Content-Type", "application/json")
	_, _ = io.WriteString(w, loadBody)
}

// serve answers on a port of its own until stop is called.
func serve(handler http.Handler) (addr string, stop func(), err error) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", nil, err
	}
	server := &http.Server{Handler: handler, ReadHeaderTimeout: 10 * time.Second}
	done := make(chan error, 1)
	go func() { done <- server.Serve(listener) }()
	return listener.Addr().String(), func() {
		_ = server.Close()
		if err := <-done; !errors.Is(err, http.ErrServerClosed) {
			panic(err)
		}
	}, nil
}
