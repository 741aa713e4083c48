package password_test

import (
	"runtime"
	"runtime/metrics"
	"testing"
)

// takesAtMost calls f, and fails if that takes more memory than fixed bytes and perByte for each of the n bytes of its input. f must do the same
// each time.
//
// Fuzz targets call it with each input, so it must cost little. The counter of package runtime/metrics takes half a microsecond, where
// runtime.ReadMemStats stops the world for twelve; but it counts small things only when a span of 8 KiB or more is full of them, and what
// other goroutines take as well. So whatever seems to be over the limit is measured exactly, and every eighth length too. The least of three times counts.
func takesAtMost(t *testing.T, fixed, perByte, n int, f func()) {
	t.Helper()
	limit := uint64(fixed + perByte*n)
	before := taken()
	f()
	if taken()-before <= limit && n%8 != 0 {
		return
	}
	var took uint64
	for range 3 {
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		f()
		runtime.ReadMemStats(&after)
		if took = after.TotalAlloc - before.TotalAlloc; took <= limit {
			return
		}
	}
	t.Fatalf("%d bytes of input took %d bytes of memory, more than %d and %d for each", n, took, fixed, perByte)
}

// taken returns how many bytes this process has taken so far.
func taken() uint64 {
	s := []metrics.Sample{{Name: "/gc/heap/allocs:bytes"}}
	metrics.Read(s)
	return s[0].Value.Uint64()
}
