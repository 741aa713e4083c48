package main

import (
	"context"
	"fmt"
	"math"
	"time"
)

// row is what came of one contender, or of the bare check of the signature, with one algorithm.
type row struct {
	Name     string  `json:"name"`
	Ns       float64 `json:"ns_per_op"`
	Allocs   float64 `json:"allocs_per_op"`
	ToGolang float64 `json:"times_golang_jwt"`
	ToBare   float64 `json:"times_bare"`

	// ToYardstick is the ratio to golang-jwt with HS256, whatever the algorithm of the row.
	ToYardstick float64 `json:"times_golang_jwt_hs256"`
}

// comparison holds the rows of one algorithm.
type comparison struct {
	Alg  string `json:"alg"`
	Rows []row  `json:"rows"`
}

// row returns the row of that name. Its figures are NaN if there is none.
func (c *comparison) row(name string) row {
	for _, r := range c.Rows {
		if r.Name == name {
			return r
		}
	}
	nan := math.NaN()
	return row{Ns: nan, Allocs: nan, ToGolang: nan, ToBare: nan, ToYardstick: nan}
}

// yardstick is golang-jwt with HS256 among the contenders of another algorithm.
const yardstick = golangJWT + " with HS256"

// compare checks all contenders and then measures them one request at a time. hs256 is the material of the yardstick.
func compare(ctx context.Context, m, hs256 *material, rounds int, perRound time.Duration) (*comparison, error) {
	var subjects []*subject
	for _, b := range bareChecks(m) {
		op, err := bareOperation(m, b)
		if err != nil {
			return nil, err
		}
		subjects = append(subjects, &subject{name: b.name, op: op})
	}
	for _, c := range contenders() {
		middleware, err := c.protect(m)
		if err != nil {
			return nil, fmt.Errorf("%s, %s: %w", m.alg, c.name, err)
		}
		if err := check(m, c, middleware); err != nil {
			return nil, err
		}
		subjects = append(subjects, &subject{name: c.name, op: newClient(m, middleware).do})
	}
	if m != hs256 {
		middleware, err := named(golangJWT).protect(hs256)
		if err != nil {
			return nil, err
		}
		subjects = append(subjects, &subject{name: yardstick, op: newClient(hs256, middleware).do})
	}
	if err := measure(ctx, subjects, rounds, perRound); err != nil {
		return nil, fmt.Errorf("%s, %w", m.alg, err)
	}
	return tabulate(m.alg, subjects), nil
}

func tabulate(alg string, subjects []*subject) *comparison {
	byName := map[string]*subject{}
	for _, s := range subjects {
		byName[s.name] = s
	}
	reference := byName[yardstick]
	if reference == nil {
		reference = byName[golangJWT]
	}
	res := &comparison{Alg: alg}
	for _, s := range subjects {
		res.Rows = append(res.Rows, row{
			Name: s.name, Ns: median(s.times), Allocs: math.Round(median(s.allocs)),
			ToGolang: s.ratio(byName[golangJWT]), ToBare: s.ratio(byName[bareName]), ToYardstick: s.ratio(reference),
		})
	}
	return res
}
