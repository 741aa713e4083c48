-- What was asked for, and the OAuth client. Rows of before have neither, and servers of an earlier release go on writing rows without.

ALTER TABLE {}audit ADD COLUMN IF NOT EXISTS kind TEXT COLLATE "C" NOT NULL DEFAULT '';
ALTER TABLE {}audit ADD COLUMN IF NOT EXISTS client_id TEXT COLLATE "C" NOT NULL DEFAULT '';
