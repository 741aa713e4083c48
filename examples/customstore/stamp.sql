-- What is added, once: a number that grows with each change of the password, and with nothing else. It becomes store.User.Stamp.
ALTER TABLE accounts ADD COLUMN password_version INTEGER NOT NULL DEFAULT 1;

-- The former framework may still be running, and does not know the column. What it writes is never argon2id, and what RehashPassword
-- writes always is: so this trigger sees the one and not the other.
CREATE TRIGGER accounts_password_version AFTER UPDATE OF password ON accounts
WHEN NEW.password IS NOT OLD.password AND NEW.password_version = OLD.password_version AND (NEW.password IS NULL OR NEW.password NOT LIKE '$argon2id$%')
BEGIN
	UPDATE accounts SET password_version = password_version + 1 WHERE id = NEW.id;
END;
