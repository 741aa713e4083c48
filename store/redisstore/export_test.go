package redisstore

import "github.com/apiauth-go/apiauth/store"

func AppendRecord(b []byte, t *store.Token) []byte { return appendRecord(b, t) }

func ParseRecord(id store.TokenID, record string) (store.Token, error) {
	return parseRecord(id, record)
}
