package main

import (
	"net/http"
)

// question is something that a stranger may want to know: which of two kinds of request this is, by the time that it takes.
type question struct {
	name      string
	kinds     [2]string // what is different
	judgement judgement
	why       string // there is another judgement than that it must not be told

	handler http.Handler
	status  int                             // of both answers
	request func(kind, n int) *http.Request // a new one; n goes up with each pair
	most    int                             // pairs; zero means any number
}

// judgement is what a difference in time means.
type judgement int

const (
	mustNotTell judgement = iota
	control               // both kinds are the same; a difference says that the measurement is wrong
	mustTell              // the kinds are known to differ; if that is not seen, the measurement is too blunt
	mayTell               // a difference is documented, or tells nothing that the words of the answer do not
)
