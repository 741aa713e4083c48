package redisstore

import (
	"context"
	"errors"
	"fmt"
	"strings"
)

// Check asks the server whether it will keep what it is given, for the start of a program or its readiness probe. It returns an error if
// the server cannot be reached, if it is a replica, and if it may evict keys: a server that does so when its memory is full forgets
// tokens, which signs users out, and revocations, which signs others in. In a cluster it asks the server that has this Store's slot.
//
// It needs the right to run INFO. Whether the server writes to disk it does not ask.
func (s *Store) Check(ctx context.Context) error {
	if err := alive(ctx); err != nil {
		return err
	}
	a, err := s.run(ctx, "Check", checkScript, []string{s.prefix + "t"})
	if err != nil {
		return err
	}
	if a.word != wordDone || len(a.values) != 2 {
		return newFailure("Check", errMixed)
	}
	if policy := infoField(a.values[0], "maxmemory_policy"); policy != "noeviction" {
		return fmt.Errorf("redisstore: Check: the server's maxmemory-policy is %.32q; it must be \"noeviction\", or tokens and revocations get lost", policy)
	}
	if role := infoField(a.values[1], "role"); role != "master" {
		return errors.New("redisstore: Check: the server is not a primary")
	}
	return nil
}

// infoField returns a value from what INFO says.
func infoField(info, name string) string {
	for line := range strings.Lines(info) {
		if value, ok := strings.CutPrefix(line, name+":"); ok {
			return strings.TrimRight(value, "\r\n")
		}
	}
	return ""
}
