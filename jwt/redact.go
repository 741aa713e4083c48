package jwt

import (
	"fmt"
	"io"
	"log/slog"
)

// String describes the key without what it holds.
func (k SigningKey) String() string { return describe("SigningKey", k.verify) }

// GoString is String.
func (k SigningKey) GoString() string { return k.String() }

// Format prints String for every verb.
func (k SigningKey) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, k.String()) }

// MarshalText returns String; encoding/json uses it too. [SigningKey.MarshalPEM] and [SigningKey.MarshalJWK] write the key.
func (k SigningKey) MarshalText() ([]byte, error) { return []byte(k.String()), nil }

// LogValue is String.
func (k SigningKey) LogValue() slog.Value { return slog.StringValue(k.String()) }

// String describes the key without what it holds.
func (k VerificationKey) String() string { return describe("VerificationKey", &k) }

// GoString is String.
func (k VerificationKey) GoString() string { return k.String() }

// Format prints String for every verb.
func (k VerificationKey) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, k.String()) }

// MarshalText returns String; encoding/json uses it too. A [KeySet] writes public keys as JWKs.
func (k VerificationKey) MarshalText() ([]byte, error) { return []byte(k.String()), nil }

// LogValue is String.
func (k VerificationKey) LogValue() slog.Value { return slog.StringValue(k.String()) }

func describe(what string, k *VerificationKey) string {
	if k == nil || k.alg == "" {
		return "jwt." + what + "(none)"
	}
	return fmt.Sprintf("jwt.%s(%s, kid %q)", what, k.alg, k.id)
}
