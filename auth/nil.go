package auth

// IsNil reports whether v is nil or holds a nil pointer, map, slice, function or channel. Constructors refuse such settings with it: an interface that holds a
// nil pointer is not nil itself, and fails at the first request.
func IsNil(v any) bool { return isNil(v) }
