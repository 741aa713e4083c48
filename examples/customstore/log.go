package main

import (
	"log"
	"net/http"

	autherr "github.com/apiauth-go/apiauth/errors"
)

// logRefusal logs why a request was refused. The client is told less.
func logRefusal(r *http.Request, err *autherr.Error) {
	log.Printf("%s %q: %v", r.Method, r.URL.Path, err)
}
