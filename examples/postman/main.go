// Command postman writes the Postman collection and its environment that lie beside it: every request of the documented systems, every error
// of theirs that a request can provoke, and the endpoints of the RFCs. Run it in this folder after a change to the requests:
//
//	go run .
//
// requests.go and the files requests_*.go have what is sent and what the answer must be, collection.go the form in which Postman reads it.
// Bodies of errors come from the golden files of package errors. The README says how to import the collection and how to run it.
package main

import (
	"fmt"
	"os"
)

// The files that are written.
const (
	collectionFile  = "apiauth.postman_collection.json"
	environmentFile = "apiauth.postman_environment.json"
)

func main() {
	if err := write(); err != nil {
		fmt.Fprintln(os.Stderr, "postman:", err)
		os.Exit(1)
	}
}

func write() error {
	collection, err := marshalCollection(folders())
	if err != nil {
		return err
	}
	if err := os.WriteFile(collectionFile, collection, 0o644); err != nil {
		return err
	}
	environment, err := marshalEnvironment()
	if err != nil {
		return err
	}
	return os.WriteFile(environmentFile, environment, 0o644)
}
