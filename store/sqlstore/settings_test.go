package sqlstore_test

import (
	"strings"
	"testing"

	"github.com/apiauth-go/apiauth/store"
	"github.com/apiauth-go/apiauth/store/sqlstore"
	"github.com/apiauth-go/apiauth/store/storetest"
)

// TestOtherSettings runs the suite where concurrency matters over sessions that somebody has set up in another way than usual.
func TestOtherSettings(t *testing.T) {
	for name, test := range map[string]struct {
		dialect  sqlstore.Dialect
		settings string
	}{
		"postgres/serializable":  {sqlstore.PostgreSQL, "default_transaction_isolation=serializable&timezone=Asia/Kathmandu&DateStyle=SQL"},
		"mariadb/serializable":   {sqlstore.MySQL, "tx_isolation='SERIALIZABLE'&parseTime=true&loc=Local"},
		"mariadb/read committed": {sqlstore.MySQL, "tx_isolation='READ-COMMITTED'&clientFoundRows=true&sql_mode=''&charset=latin1&interpolateParams=true"},
	} {
		t.Run(name, func(t *testing.T) {
			if testing.Short() {
				t.Skip("the usual settings must do")
			}
			b := backends[test.dialect-1]
			dsn, separator := b.dsn(t), "?"
			if strings.Contains(dsn, "?") {
				separator = "&"
			}
			b.dsn = func(testing.TB) string { return dsn + separator + test.settings }
			storetest.TestTokenStore(t, func(t *testing.T) storetest.TokenHarness {
				s, again := b.store(t)
				return storetest.TokenHarness{Store: s, Reopen: func() store.TokenStore { return again() }, CannotStore: cannotStore}
			})
			storetest.TestUserStore(t, func(t *testing.T) storetest.UserHarness {
				s := b.empty(t)
				return storetest.UserHarness{Store: s, Put: putUser(s), CannotStore: cannotStore}
			})
		})
	}
}
