package sqlstore_test

import (
	"crypto/rand"
	"net/url"
	"os"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/apiauth-go/apiauth/store/sqlstore"
)

// TestPostgreSQLInAnotherEncoding: a database that could not keep every text is refused from the start.
func TestPostgreSQLInAnotherEncoding(t *testing.T) {
	b := backends[sqlstore.PostgreSQL-1]
	db := b.open(t)
	name := "apiauth_" + strings.ToLower(rand.Text())
	if _, err := db.Exec("CREATE DATABASE " + name + " ENCODING 'LATIN1' LC_COLLATE 'C' LC_CTYPE 'C' TEMPLATE template0"); err != nil {
		if os.Getenv("CI") != "" {
			t.Fatal(err)
		}
		t.Skipf("cannot create a database: %v", err)
	}
	t.Cleanup(func() {
		_, err := db.Exec("DROP DATABASE " + name + " WITH (FORCE)")
		require.NoError(t, err)
	})
	dsn, err := url.Parse(b.dsn(t))
	require.NoError(t, err)
	dsn.Path = "/" + name
	s := b.attach(t, b.openDSN(t, dsn.String()), "x_")
	err = s.Migrate(t.Context())
	require.ErrorIs(t, err, sqlstore.ErrSchema)
	require.ErrorContains(t, err, "LATIN1")
	require.ErrorIs(t, s.CheckSchema(t.Context()), sqlstore.ErrSchema, "nothing was created")
}
