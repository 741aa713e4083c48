//go:build !race

package servicetoken_test

const raceEnabled = false
