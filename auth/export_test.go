package auth

import "hash"

// For tests of what has no way in from outside.
var (
	FoldName    = foldName
	AppendParts = appendParts
)

// CountDigests makes l report how many blocks each digest of its cache of right passwords takes.
func CountDigests(l *Login, report func(blocks int)) {
	plain := l.verified.digests.New
	l.verified.digests.New = func() any {
		d := plain().(*digester)
		d.mac = &countingHash{Hash: d.mac, report: report}
		return d
	}
}

type countingHash struct {
	hash.Hash
	written int
	report  func(int)
}

func (c *countingHash) Reset() {
	c.written = 0
	c.Hash.Reset()
}

func (c *countingHash) Write(p []byte) (int, error) {
	c.written += len(p)
	return c.Hash.Write(p)
}

func (c *countingHash) Sum(b []byte) []byte {
	c.report((c.written + 9 + c.BlockSize() - 1) / c.BlockSize()) // SHA-256 adds at least 9 bytes
	return c.Hash.Sum(b)
}
