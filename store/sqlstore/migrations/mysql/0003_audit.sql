-- What was asked for, and the OAuth client. Rows of before have neither, and servers of an earlier release go on writing rows without.

ALTER TABLE {}audit ADD COLUMN kind VARBINARY(2050) NOT NULL DEFAULT '';
ALTER TABLE {}audit ADD COLUMN client_id VARBINARY(2050) NOT NULL DEFAULT '';
