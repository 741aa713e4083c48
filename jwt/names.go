package jwt

// names are the member names of one object.
type names struct {
	few  [16]string
	n    int
	bits uint64              // one for each name, perhaps the same for two
	many map[string]struct{} // when there are more than a few
}

// bit returns a bit that is the same for equal names and mostly different for others.
func bit(name string) uint64 {
	if name == "" {
		return 1
	}
	return 1 << ((uint(name[0]) + 3*uint(name[len(name)-1])) % 64) // of our own claims, each has another
}

// add is false if name is there already.
func (s *names) add(name string) bool {
	if s.many != nil {
		if _, twice := s.many[name]; twice {
			return false
		}
		s.many[name] = struct{}{}
		return true
	}
	b := bit(name)
	if s.bits&b != 0 && contains(s.few[:s.n], name) {
		return false
	}
	s.bits |= b
	if s.n == len(s.few) {
		s.many = make(map[string]struct{}, 2*len(s.few))
		for _, have := range s.few {
			s.many[have] = struct{}{}
		}
		s.many[name] = struct{}{}
		return true
	}
	s.few[s.n] = name
	s.n++
	return true
}
