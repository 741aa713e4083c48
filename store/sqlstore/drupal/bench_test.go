package drupal_test

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/apiauth-go/apiauth/store"
	"github.com/apiauth-go/apiauth/store/sqlstore/drupal"
)

// BenchmarkUserByID looks up an editor with 40 permissions, as every request with a token does.
func BenchmarkUserByID(b *testing.B) {
	for _, version := range []drupal.Version{drupal.Drupal7, drupal.Drupal8} {
		for _, dialect := range []drupal.Dialect{drupal.SQLite, drupal.MySQL, drupal.PostgreSQL} {
			b.Run(fmt.Sprintf("Drupal%d on %s", version, dialect), func(b *testing.B) {
				s := newSite(b, version, dialect)
				var permissions []string
				for i := range 40 {
					permissions = append(permissions, fmt.Sprintf("permission number %02d", i))
				}
				require.NoError(b, s.put(b.Context(), store.User{
					ID: "2", Name: "alan", PasswordHash: drupal7Hash, Active: true, Roles: []string{"editor", "author"}, Permissions: permissions,
				}))
				users := s.store(b)
				b.ReportAllocs()
				for b.Loop() {
					if _, err := users.UserByID(b.Context(), "2"); err != nil {
						b.Fatal(err)
					}
				}
			})
		}
	}
}
