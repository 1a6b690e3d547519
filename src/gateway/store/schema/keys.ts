/**
 * `hash` is HMAC-SHA-256 of the key under a pepper of this database: the keys themselves are nowhere. `last_day` is
 * a day, not a moment: who works when is nobody's business.
 */
export const KEYS = `
ALTER TABLE tenant DROP COLUMN key_hash;

CREATE TABLE licence_key(
  id TEXT PRIMARY KEY,
  hash TEXT NOT NULL,
  tenant TEXT NOT NULL,
  name TEXT NOT NULL,
  source TEXT NOT NULL,
  created INTEGER NOT NULL,
  last_day TEXT,
  revoked INTEGER
) STRICT, WITHOUT ROWID;
`
