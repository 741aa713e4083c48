package memstore

import (
	"cmp"
	"fmt"

	"github.com/apiauth-go/apiauth/store"
)

// Defaults of [Config].
const (
	DefaultMaxUsers   = 100_000
	DefaultMaxClients = 10_000
	DefaultMaxAPIKeys = 100_000
	DefaultMaxTokens  = 1_000_000
	DefaultMaxAudit   = 10_000
)

// Config bounds a [Store]. Zero means the default; there is no way to switch a limit off.
type Config struct {
	// MaxUsers is the greatest number of users. Default: [DefaultMaxUsers].
	MaxUsers int

	// MaxClients is the greatest number of OAuth clients. Default: [DefaultMaxClients].
	MaxClients int

	// MaxAPIKeys is the greatest number of API keys, of all users together. Default: [DefaultMaxAPIKeys].
	MaxAPIKeys int

	// MaxTokens is the greatest number of tokens, of all kinds together and including those that are spent or expired
	// but still readable. Default: [DefaultMaxTokens]. A token takes about 600 bytes.
	MaxTokens int

	// MaxAudit is the number of audit records that are kept. At this limit nothing is refused: the oldest record goes for each new one.
	// Default: [DefaultMaxAudit].
	MaxAudit int
}

// withDefaults returns a copy of c with every field set.
func (c *Config) withDefaults() (Config, error) {
	var cfg Config
	if c != nil {
		cfg = *c
	}
	for _, limit := range []struct {
		name     string
		value    *int
		standard int
	}{
		{"MaxUsers", &cfg.MaxUsers, DefaultMaxUsers},
		{"MaxClients", &cfg.MaxClients, DefaultMaxClients},
		{"MaxAPIKeys", &cfg.MaxAPIKeys, DefaultMaxAPIKeys},
		{"MaxTokens", &cfg.MaxTokens, DefaultMaxTokens},
		{"MaxAudit", &cfg.MaxAudit, DefaultMaxAudit},
	} {
		if *limit.value < 0 {
			return Config{}, fmt.Errorf("memstore: Config.%s is negative: %w", limit.name, store.ErrInvalid)
		}
		*limit.value = cmp.Or(*limit.value, limit.standard)
	}
	return cfg, nil
}
