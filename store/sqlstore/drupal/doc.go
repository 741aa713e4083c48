// Package drupal finds the users of a Drupal site in the site's own database, so that a service in Go can stand beside the site with the
// same accounts, passwords, roles and permissions. It reads Drupal 7 and Drupal 8 to 11 as they are, and never writes.
//
// Start with [New]. The [Store] is a [store.UserStore], to be given wherever one is asked for:
//
//	users, err := drupal.New(drupal.Config{DB: db, Dialect: drupal.MySQL, Version: drupal.Drupal8, SitePermissions: true})
//	err = users.Check(ctx) // do the tables exist, and may we read them?
//
// Give it a database account that may only read; README.md in this folder has the grants.
//
// # Who is found
//
// An ID is the uid in decimal, as Drupal writes it: "7", and never "07" or "+7". Uid 0 stands for visitors who are not logged in and is
// never found. An account is active if its status is 1. In Drupal 8 and later only the row in the account's own language counts; its
// translations are no further answers.
//
// # Names
//
// Drupal takes names for equal that differ in case, and leaves the comparison to the database, where it may be blind to accents and to
// blanks at the end as well, and is another one on each database. Here a name is that of the user who bears exactly this name. If there
// is none, it is that of the user whose name differs in case only (strings.EqualFold), provided that there is one such user and not
// several. Nothing else makes two names equal. What the database does not find is not found: on SQLite, and on PostgreSQL where its
// locale is C, the case of letters outside ASCII matters, and on MySQL all case matters if someone made the column's collation a binary
// one.
//
// # Roles and permissions
//
// Roles are the role names in Drupal 7 and the machine names in Drupal 8 and later. Every active user has the role of authenticated users
// ("authenticated user" in Drupal 7, "authenticated" later), which Drupal does not store with him.
//
// Nobody has a permission unless the configuration says how roles get them: [Config.SitePermissions] takes those that the site gives its
// roles, [Config.RolePermissions] is the application's own table. Drupal lets user 1 do everything, and since Drupal 8 whoever has a role
// that is marked as administrative; neither holds here, because "everything" is no list. Say by [Config.SuperUserPermissions] what user 1 may do
// here, and by [Config.RolePermissions] what an administrative role gives.
//
// # Passwords and stamps
//
// User.PasswordHash is what Drupal stores. Package [auth/password] reads all of its formats; accept those that the site has.
//
// Drupal keeps no mark of the last change of a password. User.Stamp is therefore a digest of the stored hash, from which the hash cannot be
// found. It changes with the password, as it must, and also when Drupal rehashes the password at a login on the site, which it does once for
// each user after an update that brought a new format: the user's tokens end then, and he logs in again. Services tokens, which are signed
// over the stored hash, end in the same way.
//
// The Store is no [store.PasswordRehasher]: old hashes stay as they are until the user logs in to the site.
//
// [auth/password]: https://pkg.go.dev/github.com/apiauth-go/apiauth/auth/password
package drupal
