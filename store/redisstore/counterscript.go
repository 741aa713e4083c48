package redisstore

import _ "embed"

//go:embed scripts/limited.lua
var limitedLua string

//go:embed scripts/count.lua
var countLua string

//go:embed scripts/clear.lua
var clearLua string

// The scripts about counters, each of which may run twice: an event that counts already is left as it is, and a counter that has been
// cleared is empty. Should the second time be much later, a failure is counted that somebody has cleared meanwhile, or cleared
// that somebody has counted: one login or one attempt more or less, and none that a guesser could bring about.
var (
	limitedScript = newScript(repeatable, limitedLua)
	countScript   = newScript(repeatable, countLua)
	clearScript   = newScript(repeatable, clearLua)
)
