// Package leak holds a test: a service with every method and endpoint of the library is asked everything, right and wrong, with its stores in order and
// out of order, and nothing that comes out of it, into answers, logs, errors, events or prints, may hold a secret that was not to be told there.
//
// Start with scan_test.go, which says what counts as a secret; service_test.go is the service, requests_test.go what it is asked.
package leak
