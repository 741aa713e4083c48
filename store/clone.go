package store

// cloneLists replaces each list by a copy. The copies lie in one piece of memory, because records are copied on every request and
// each piece costs; their capacities end where they do, so that appending to one does not touch the next. Nil stays nil.
func cloneLists(lists ...*[]string) {
	n := 0
	for _, list := range lists {
		n += len(*list)
	}
	all := make([]string, 0, n)
	for _, list := range lists {
		if *list == nil {
			continue
		}
		from := len(all)
		all = append(all, *list...)
		*list = all[from:len(all):len(all)]
	}
}
