package password

// Parse reads a record of any format without computing anything, and returns its cost in the units of the cost model.
func Parse(hash string) (Format, uint64, error) {
	r, err := parse(hash, map[Format]bool{Argon2id: true, Bcrypt: true, Drupal7: true, PHPass: true})
	if err != nil {
		return "", 0, err
	}
	return r.format(), r.cost(), nil
}

// Respell returns the argon2id record that hash was read as.
func Respell(hash string) string {
	r, err := parseArgon2id(hash)
	if err != nil {
		return ""
	}
	return r.String()
}

// Dummy shows the record that VerifyDummy computes.
func Dummy(h *Hasher) string { return h.s.dummy }

const (
	MaxArgon2idCost = argon2idCost * maxArgon2idWork
	MaxBcryptCost   = bcryptCost << maxBcryptCost
	MaxDrupal7Cost  = sha512Cost << maxIterationsLog2
)

// SetDummy makes hash the record that VerifyDummy computes.
func SetDummy(h *Hasher, hash string) { h.s.dummy = hash }
