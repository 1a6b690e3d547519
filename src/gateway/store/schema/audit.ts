/**
 * What operators did. An entry is written before its call acts, its outcome after: an entry without an outcome is a
 * call during which the gateway died. Both are append-only; only age and number remove entries.
 */
export const AUDIT = `
CREATE TABLE audit(
  number INTEGER PRIMARY KEY AUTOINCREMENT,
  at INTEGER NOT NULL,
  kind TEXT NOT NULL,
  actor TEXT NOT NULL,
  address TEXT NOT NULL,
  method TEXT NOT NULL,
  route TEXT NOT NULL,
  request_id TEXT NOT NULL,
  input TEXT
) STRICT;
CREATE INDEX audit_age ON audit(kind, number);

CREATE TABLE audit_outcome(
  number INTEGER PRIMARY KEY REFERENCES audit(number) ON DELETE CASCADE,
  status INTEGER NOT NULL,
  code TEXT,
  before TEXT,
  after TEXT
) STRICT;

CREATE TRIGGER audit_stays BEFORE UPDATE ON audit BEGIN SELECT RAISE(ABORT, 'audit is append-only'); END;
CREATE TRIGGER audit_outcome_stays BEFORE UPDATE ON audit_outcome BEGIN SELECT RAISE(ABORT, 'audit is append-only'); END;
`
