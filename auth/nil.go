package auth

// IsNil reports whether v is nil or holds a nil pointer, map, slice, function or channel, or something of this package that its constructor did not
// make and that would do nothing, without anybody noticing: a zero [SlogSink], [BufferedSink] or [ForgedCounter]. Constructors refuse such settings
// with it: an interface that holds a nil pointer is not nil itself, and fails at the first request.
func IsNil(v any) bool { return isNil(v) }

// idle is what does nothing unless its constructor made it, and so would fail open. What refuses every request then need not be one.
type idle interface{ isIdle() bool }

func (s *SlogSink) isIdle() bool      { return s == nil || s.samples == nil }
func (s *BufferedSink) isIdle() bool  { return s == nil || s.buffer == nil }
func (c *ForgedCounter) isIdle() bool { return c == nil || c.counters == nil }
