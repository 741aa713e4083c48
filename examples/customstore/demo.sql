-- alan's password is topsecret, grace's is hunter2, and edsger has left.
INSERT INTO accounts (id, login, password, is_active) VALUES
	(17, 'alan', '$2y$10$OZnw1n/CCmRIYV8rJKbQ8uwH7civ86Vi21L5cLmTqYaVF4e91cz2.', 1),
	(18, 'grace', '$2y$10$O95.dROchw2OWppwDM6OcetthCtQfeqvnBMj5XHymaH5RdbDVTLSi', 1),
	(19, 'edsger', '$2y$10$OZnw1n/CCmRIYV8rJKbQ8uwH7civ86Vi21L5cLmTqYaVF4e91cz2.', 0);
INSERT INTO roles VALUES (1, 'accountant'), (2, 'reader, abroad');
INSERT INTO role_permissions VALUES (1, 'close the books'), (2, 'read reports');
INSERT INTO account_roles VALUES (17, 1), (17, 2), (18, 2);
