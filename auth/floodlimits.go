package auth

import (
	"fmt"
	"time"
)

// Rate is how many failures are allowed within a time, in a window that slides.
type Rate struct {
	// Max is the number of failures that reaches the limit, 1 to 10,000.
	Max int

	// Window is for how long a failure counts, a second to 366 days.
	Window time.Duration
}

// FloodLimits are the limits of failed logins. The zero value is the defaults; each Rate that is zero is the default one.
//
// A user is one user however his name is spelled, and the name of nobody is limited as if there were such a user. An address of IPv6 counts as
// its /64, which is what a provider gives to one customer.
type FloodLimits struct {
	// PerUserAndAddress limits the failures of one user from one address. Default: 5 in 6 hours. It is the only one that a success clears.
	PerUserAndAddress Rate

	// PerAddress limits the failures from one address, whoever the users are. Default: 50 in an hour.
	PerAddress Rate

	// PerUser limits the failures of one user from everywhere. Default: 100 in 24 hours. It is high, for whoever reaches it locks the user
	// out.
	PerUser Rate

	// RevokePerAddress limits the failures from one address at the users' revocation endpoint, in addition. Default: 5 in 5 minutes.
	RevokePerAddress Rate
}

// The defaults of FloodLimits are those of the documented system.
var defaultFloodLimits = FloodLimits{
	PerUserAndAddress: Rate{5, 6 * time.Hour},
	PerAddress:        Rate{50, time.Hour},
	PerUser:           Rate{100, 24 * time.Hour},
	RevokePerAddress:  Rate{5, 5 * time.Minute},
}

const (
	maxRate   = 10_000 // stores keep that many events for a counter
	maxWindow = 366 * 24 * time.Hour
)

// withDefaults returns the limits with every field set.
func (l FloodLimits) withDefaults() (FloodLimits, error) {
	for _, f := range []struct {
		name     string
		rate     *Rate
		standard Rate
	}{
		{"PerUserAndAddress", &l.PerUserAndAddress, defaultFloodLimits.PerUserAndAddress},
		{"PerAddress", &l.PerAddress, defaultFloodLimits.PerAddress},
		{"PerUser", &l.PerUser, defaultFloodLimits.PerUser},
		{"RevokePerAddress", &l.RevokePerAddress, defaultFloodLimits.RevokePerAddress},
	} {
		rate, err := f.rate.withDefault(f.standard)
		if err != nil {
			return l, fmt.Errorf("FloodLimits.%s: %w", f.name, err)
		}
		*f.rate = rate
	}
	return l, nil
}

// withDefault returns r, or standard if r is zero.
func (r Rate) withDefault(standard Rate) (Rate, error) {
	switch {
	case r == Rate{}:
		return standard, nil
	case r.Max < 1 || r.Max > maxRate:
		return r, fmt.Errorf("the Max is below 1 or over %d", maxRate)
	case r.Window < time.Second || r.Window > maxWindow:
		return r, fmt.Errorf("the Window is below a second or over %d days", maxWindow/(24*time.Hour))
	}
	r.Window = r.Window.Truncate(time.Microsecond)
	return r, nil
}
