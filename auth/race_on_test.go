//go:build race

package auth_test

// raceEnabled: under the race detector a sync.Pool forgets at random, and a million of anything takes minutes.
const raceEnabled = true
