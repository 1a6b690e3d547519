/** A removed server's row stays: its number is never given to another. */
export const FLEET = `
ALTER TABLE worker ADD COLUMN drained INTEGER NOT NULL DEFAULT 0;
ALTER TABLE worker ADD COLUMN removed INTEGER NOT NULL DEFAULT 0;
CREATE TABLE server_note(
  seq INTEGER PRIMARY KEY,
  worker TEXT NOT NULL,
  at INTEGER NOT NULL,
  code TEXT NOT NULL,
  detail TEXT
) STRICT;
CREATE INDEX server_note_of ON server_note(worker, seq);
`

/** `kinds`: of tasks that it could do when it last told. */
export const WORKER_KINDS = `
ALTER TABLE worker ADD COLUMN kinds TEXT NOT NULL DEFAULT '[]';
`
