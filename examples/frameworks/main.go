// Command frameworks serves the same protected routes with chi, gin or echo. The folders of that name have the routes and, where one is
// needed, the adapter.
package main

import (
	"context"
	"flag"
	"log"
	"net/http"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/apiauth-go/apiauth/auth"
	"github.com/apiauth-go/apiauth/auth/password"
	chiapi "github.com/apiauth-go/apiauth/examples/frameworks/chi"
	echoapi "github.com/apiauth-go/apiauth/examples/frameworks/echo"
	ginapi "github.com/apiauth-go/apiauth/examples/frameworks/gin"
	"github.com/apiauth-go/apiauth/store"
	"github.com/apiauth-go/apiauth/store/memstore"
)

// routers are the routers by the name of their framework.
var routers = map[string]func(auth.Authenticator) http.Handler{
	"chi":  func(a auth.Authenticator) http.Handler { return chiapi.New(a) },
	"gin":  func(a auth.Authenticator) http.Handler { return ginapi.New(a) },
	"echo": func(a auth.Authenticator) http.Handler { return echoapi.New(a) },
}

func main() {
	addr := flag.String("addr", "127.0.0.1:8080", "address to listen on")
	framework := flag.String("framework", "chi", "chi, gin or echo")
	flag.Parse()
	router, ok := routers[*framework]
	if !ok {
		log.Fatalf("-framework %q is not chi, gin or echo", *framework)
	}
	gin.SetMode(gin.ReleaseMode) // without the banner
	basic, err := demoUsers(context.Background())
	if err != nil {
		log.Fatal(err)
	}
	server := &http.Server{Addr: *addr, Handler: router(basic), ReadTimeout: 15 * time.Second, WriteTimeout: 30 * time.Second}
	log.Printf("%s listens on http://%s", *framework, *addr)
	log.Fatal(server.ListenAndServe())
}

// demoUsers are alan, who may read and edit articles, grace, who may read them, and edsger, who may do neither. Their password is topsecret.
func demoUsers(ctx context.Context) (auth.Authenticator, error) {
	hasher, err := password.New(password.Config{})
	if err != nil {
		return nil, err
	}
	hash, err := hasher.Hash("topsecret")
	if err != nil {
		return nil, err
	}
	users, err := memstore.New(nil)
	if err != nil {
		return nil, err
	}
	for _, u := range []store.User{
		{ID: "17", Name: "alan", Roles: []string{"editor"}, Permissions: []string{"edit articles"}},
		{ID: "18", Name: "grace", Roles: []string{"editor"}},
		{ID: "19", Name: "edsger"},
	} {
		u.PasswordHash, u.Active = hash, true
		if err := users.PutUser(ctx, u); err != nil {
			return nil, err
		}
	}
	// The cache, because clients of Basic send the password with every request.
	login, err := auth.NewLogin(auth.LoginConfig{Users: users, Hasher: hasher, CacheVerified: time.Minute})
	if err != nil {
		return nil, err
	}
	return auth.NewBasic(auth.BasicConfig{Login: login, Realm: "Example API"})
}
