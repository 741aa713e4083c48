package memstore

import (
	"fmt"
	"strings"

	"github.com/apiauth-go/apiauth/store"
)

// MaxRecord is the greatest size of one record: the length in bytes of all its texts together. Larger records are
// refused with [store.ErrInvalid].
const MaxRecord = 64 << 10

// own replaces the texts of a record, its fields and the elements of its lists, by copies in one piece of memory. A
// string cut from a request would otherwise keep the whole request in memory for as long as the record lives.
// The lists must be the record's own already, see Clone.
func own(fields []*string, lists ...[]string) error {
	size := 0
	for _, s := range fields {
		size += len(*s)
	}
	for _, list := range lists {
		for _, s := range list {
			size += len(s)
		}
	}
	if size > MaxRecord {
		return fmt.Errorf("memstore: record of %d bytes: %w", size, store.ErrInvalid)
	}
	var text strings.Builder
	text.Grow(size)
	for _, s := range fields {
		keep(&text, s)
	}
	for _, list := range lists {
		for i := range list {
			keep(&text, &list[i])
		}
	}
	return nil
}

// keep moves s to the end of text, which has room for it and therefore never moves itself.
func keep(text *strings.Builder, s *string) {
	from := text.Len()
	text.WriteString(*s)
	*s = text.String()[from:]
}
