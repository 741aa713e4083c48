// Command multiapp serves three applications on one address. The client names its own with the AUTH-METHOD header, and each has a method and
// settings of its own. apps.go puts them together.
package main

import (
	"context"
	"flag"
	"fmt"
	"log"
	"net/http"
	"time"

	"github.com/apiauth-go/apiauth/auth"
)

func main() {
	addr := flag.String("addr", "127.0.0.1:8080", "address to listen on")
	var cfg config
	flag.StringVar(&cfg.fallback, "default", "", "application of requests without AUTH-METHOD; without one they are refused")
	flag.StringVar(&cfg.off, "off", "", "application that is switched off")
	flag.Parse()
	s, err := newService(context.Background(), cfg)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Printf("listening on http://%s\n\nexport KEY=%s\n", *addr, s.key)
	server := &http.Server{Addr: *addr, Handler: s.handler, ReadTimeout: 15 * time.Second, WriteTimeout: 30 * time.Second}
	log.Fatal(server.ListenAndServe())
}

// me tells the caller who he is, and by which application he came. It needs both: there is a user "1" in each of them, so what is kept of a user is
// kept under id.Application and id.UserID.
func me(w http.ResponseWriter, r *http.Request) {
	id, _ := auth.FromContext(r.Context())
	fmt.Fprintf(w, "%s by %s (%s)\n", id.Name, id.Application, id.Method)
}
