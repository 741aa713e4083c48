package memstore_test

import (
	"testing"

	"github.com/apiauth-go/apiauth/store/storetest"
)

func TestUserStore(t *testing.T) {
	storetest.TestUserStore(t, func(t *testing.T) storetest.UserHarness {
		s := newStore(t, nil)
		return storetest.UserHarness{Store: s, Put: s.PutUser}
	})
}

func TestClientStore(t *testing.T) {
	storetest.TestClientStore(t, func(t *testing.T) storetest.ClientHarness {
		s := newStore(t, nil)
		return storetest.ClientHarness{Store: s, Put: s.PutClient}
	})
}

func TestTokenStore(t *testing.T) {
	storetest.TestTokenStore(t, func(t *testing.T) storetest.TokenHarness {
		return storetest.TokenHarness{Store: newStore(t, nil)}
	})
}

func TestAPIKeyStore(t *testing.T) {
	storetest.TestAPIKeyStore(t, func(t *testing.T) storetest.APIKeyHarness {
		s := newStore(t, nil)
		return storetest.APIKeyHarness{Store: s, Put: s.PutAPIKey, Delete: s.DeleteAPIKey}
	})
}

func TestAuditStore(t *testing.T) {
	storetest.TestAuditStore(t, func(t *testing.T) storetest.AuditHarness {
		return storetest.AuditHarness{Store: newStore(t, nil)}
	})
}
