package memstore

import (
	"iter"

	"github.com/apiauth-go/apiauth/store"
)

// The lanes of an index: what tokens can be selected by. The narrowest comes first.
const (
	byFamily = iota
	byUser
	byClient
	lanes
)

// index finds the tokens of a user, a client or a family without looking at any others. Each lane maps a key to the
// first record of a list that runs through the records themselves: a token without siblings costs a map entry and no
// allocation, and a record leaves its lists in constant time.
type index [lanes]map[string]*record

func (ix *index) init() {
	for lane := range ix {
		ix[lane] = make(map[string]*record)
	}
}

// laneKeys returns the key of each lane; the empty key is not indexed.
func laneKeys(m store.TokenMatch) [lanes]string {
	return [lanes]string{byFamily: m.Family, byUser: m.UserID, byClient: m.ClientID}
}

func (r *record) laneKeys() [lanes]string {
	return laneKeys(store.TokenMatch{UserID: r.token.UserID, ClientID: r.token.ClientID, Family: r.token.Family})
}

func (ix *index) add(r *record) {
	for lane, key := range r.laneKeys() {
		if key == "" {
			continue
		}
		first := ix[lane][key]
		if first != nil {
			first.links[lane].prev = r
		}
		r.links[lane].next = first
		ix[lane][key] = r
	}
}

func (ix *index) remove(r *record) {
	for lane, key := range r.laneKeys() {
		if key == "" {
			continue
		}
		link := &r.links[lane]
		if link.next != nil {
			link.next.links[lane].prev = link.prev
		}
		switch {
		case link.prev != nil:
			link.prev.links[lane].next = link.next
		case link.next != nil:
			ix[lane][key] = link.next
		default:
			delete(ix[lane], key)
		}
		link.prev, link.next = nil, nil
	}
}

// all yields the records that m selects. It walks along the narrowest lane that m names.
func (ix *index) all(m store.TokenMatch) iter.Seq[*record] {
	return func(yield func(*record) bool) {
		for lane, key := range laneKeys(m) {
			if key == "" {
				continue
			}
			for r := ix[lane][key]; r != nil; r = r.links[lane].next {
				if m.Matches(&r.token) && !yield(r) {
					return
				}
			}
			return
		}
	}
}
