// Command reverseproxy stands in front of a service that knows nothing of authentication: it lets those through whom it knows, and tells the
// service in header fields who they are. proxy.go is the proxy, identity.go what it says and what it keeps clients from saying.
package main

import (
	"context"
	"flag"
	"fmt"
	"log"
	"net"
	"net/http"
	"net/url"
	"time"

	"github.com/apiauth-go/apiauth/auth"
	"github.com/apiauth-go/apiauth/auth/password"
	"github.com/apiauth-go/apiauth/store"
	"github.com/apiauth-go/apiauth/store/memstore"
)

func main() {
	addr := flag.String("addr", "127.0.0.1:8080", "address to listen on")
	upstream := flag.String("upstream", "", "base URL of the service, such as http://127.0.0.1:3000; empty starts one that prints what it gets")
	flag.Parse()
	if err := run(*addr, *upstream); err != nil {
		log.Fatal(err)
	}
}

func run(addr, upstream string) error {
	if upstream == "" {
		listener, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			return err
		}
		upstream = "http://" + listener.Addr().String()
		go func() {
			log.Fatal((&http.Server{Handler: http.HandlerFunc(printer), ReadHeaderTimeout: 5 * time.Second}).Serve(listener))
		}()
	}
	target, err := url.Parse(upstream)
	if err != nil {
		return err
	}
	if target.Host == "" || target.Scheme != "http" && target.Scheme != "https" {
		return fmt.Errorf("-upstream %q is not an address with http or https", upstream)
	}
	users, key, err := demoUsers(context.Background())
	if err != nil {
		return err
	}
	fmt.Printf("listening on http://%s, in front of %s\n\nexport KEY=%s\n", addr, target.Redacted(), key)
	// No ReadTimeout and no WriteTimeout: bodies may be long, and WebSockets stay open.
	server := &http.Server{Addr: addr, Handler: newProxy(users, target), ReadHeaderTimeout: 5 * time.Second, IdleTimeout: 2 * time.Minute}
	return server.ListenAndServe()
}

// demoUsers returns an authenticator for two users with the password topsecret, and an API key of the first.
func demoUsers(ctx context.Context) (auth.Authenticator, string, error) {
	hasher, err := password.New(password.Config{})
	if err != nil {
		return nil, "", err
	}
	hash, err := hasher.Hash("topsecret")
	if err != nil {
		return nil, "", err
	}
	users, err := memstore.New(nil)
	if err != nil {
		return nil, "", err
	}
	for _, u := range []store.User{
		{ID: "17", Name: "alan", Roles: []string{"editor", "reader, abroad"}},
		{ID: "18", Name: "Émilie 100%"},
	} {
		u.PasswordHash, u.Active = hash, true
		if err := users.PutUser(ctx, u); err != nil {
			return nil, "", err
		}
	}
	key, id := auth.NewAPIKey()
	if err := users.PutAPIKey(ctx, store.APIKey{ID: id, UserID: "17"}); err != nil {
		return nil, "", err
	}
	login, err := auth.NewLogin(auth.LoginConfig{Users: users, Hasher: hasher, CacheVerified: time.Minute})
	if err != nil {
		return nil, "", err
	}
	basic, err := auth.NewBasic(auth.BasicConfig{Login: login, Realm: "Example API"})
	if err != nil {
		return nil, "", err
	}
	apiKey, err := auth.NewAPIKeyAuthenticator(auth.APIKeyConfig{Keys: users, Users: users, Realm: "Example API"})
	if err != nil {
		return nil, "", err
	}
	return auth.Chain(basic, apiKey), encode("alan", key), nil
}
