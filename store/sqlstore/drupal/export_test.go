package drupal

// Statements returns those of lookups by ID and by name, and that which reads the configuration of roles, of Drupal 8.
func (s *Store) Statements() (byID, byName, roleConfig string) {
	return s.queries.byID, s.queries.byName, s.queries.roleConfig
}
