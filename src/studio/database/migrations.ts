import type { Migration } from '../../shared/node/index.ts'

/**
 * `records.document` is the whole stored record; the columns beside it are what is searched and sorted by.
 * `position` is the history's order: it only grows, so that a page is one walk down the primary key.
 */
const INITIAL = `
  CREATE TABLE records (
    position INTEGER PRIMARY KEY AUTOINCREMENT,
    id TEXT NOT NULL UNIQUE,
    request_id TEXT NOT NULL UNIQUE,
    task_id TEXT,
    phase_group TEXT NOT NULL CHECK (phase_group IN ('active', 'done', 'failed', 'cancelled')),
    ended_at_ms REAL,
    removed INTEGER NOT NULL DEFAULT 0,
    document TEXT NOT NULL
  ) STRICT;
  CREATE INDEX records_by_group ON records (phase_group, position) WHERE removed = 0;
  CREATE INDEX records_removed ON records (position) WHERE removed = 1;
  CREATE INDEX records_by_task ON records (task_id) WHERE task_id IS NOT NULL;

  -- Exact totals without counting rows: kept by triggers, in the transaction of the change itself.
  CREATE TABLE record_totals (phase_group TEXT PRIMARY KEY, total INTEGER NOT NULL) STRICT;
  INSERT INTO record_totals VALUES ('active', 0), ('done', 0), ('failed', 0), ('cancelled', 0);
  CREATE TRIGGER records_added AFTER INSERT ON records WHEN new.removed = 0 BEGIN
    UPDATE record_totals SET total = total + 1 WHERE phase_group = new.phase_group;
  END;
  CREATE TRIGGER records_deleted AFTER DELETE ON records WHEN old.removed = 0 BEGIN
    UPDATE record_totals SET total = total - 1 WHERE phase_group = old.phase_group;
  END;
  CREATE TRIGGER records_moved AFTER UPDATE OF phase_group, removed ON records
    WHEN old.phase_group <> new.phase_group OR old.removed <> new.removed BEGIN
    UPDATE record_totals SET total = total - 1 WHERE phase_group = old.phase_group AND old.removed = 0;
    UPDATE record_totals SET total = total + 1 WHERE phase_group = new.phase_group AND new.removed = 0;
  END;

  -- Three characters and more, anywhere in the text; shorter words have no trigram and use the pairs beside it.
  CREATE VIRTUAL TABLE record_trigrams USING fts5(
    body, tokenize = 'trigram case_sensitive 1', content = '', contentless_delete = 1);
  CREATE VIRTUAL TABLE record_pairs USING fts5(
    body, tokenize = 'ascii', detail = 'none', content = '', contentless_delete = 1);

  CREATE TABLE settings (name TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT, WITHOUT ROWID;

  CREATE TABLE hash_cache (
    path TEXT PRIMARY KEY,
    size_bytes INTEGER NOT NULL,
    mtime_ms REAL NOT NULL,
    inode REAL NOT NULL,
    device REAL NOT NULL,
    md5 TEXT NOT NULL,
    sha256 TEXT NOT NULL,
    used_at_ms REAL NOT NULL
  ) STRICT, WITHOUT ROWID;

  -- Where an upload that was cut short goes on: one per gateway and content.
  CREATE TABLE upload_checkpoints (
    gateway TEXT NOT NULL,
    sha256 TEXT NOT NULL,
    upload_path TEXT NOT NULL,
    made_at_ms REAL NOT NULL,
    PRIMARY KEY (gateway, sha256)
  ) STRICT, WITHOUT ROWID;
`

export const STUDIO_MIGRATIONS: readonly Migration[] = [{ version: 1, name: 'initial', up: INITIAL }]
