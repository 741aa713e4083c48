package jwt

// Signatures of texts that are no claims, for the vectors of the standards.

func (k *VerificationKey) Verifies(input, sig []byte) bool {
	return k.verifies(input, sig, new(scratch))
}

func (k *SigningKey) Sign(input []byte) ([]byte, error) { return k.sign(input) }

var (
	AppendDER = appendDER
	FromDER   = fromDER

	DecodeSegment = decodeSegment
	CheckEd25519  = checkEd25519
)
