-- The gateway's database as version 1 shipped. Never edited: it stands for the stores that are out there.
CREATE TABLE meta(name TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT, WITHOUT ROWID;

CREATE TABLE tenant(id TEXT PRIMARY KEY, key_hash TEXT NOT NULL, created INTEGER NOT NULL) STRICT, WITHOUT ROWID;

CREATE TABLE worker(id TEXT PRIMARY KEY, number INTEGER NOT NULL UNIQUE, name TEXT NOT NULL, created INTEGER NOT NULL) STRICT, WITHOUT ROWID;

CREATE TABLE task(
  seq INTEGER PRIMARY KEY AUTOINCREMENT,
  id TEXT NOT NULL UNIQUE,
  tenant TEXT NOT NULL,
  request_id TEXT NOT NULL,
  digest TEXT NOT NULL,
  type TEXT NOT NULL,
  class INTEGER NOT NULL,
  vtag INTEGER NOT NULL DEFAULT 0,
  state TEXT NOT NULL,
  epoch INTEGER NOT NULL DEFAULT 0,
  settled_epoch INTEGER NOT NULL DEFAULT 0,
  token TEXT,
  worker TEXT,
  server TEXT,
  lease_until INTEGER,
  deadline INTEGER,
  expires INTEGER NOT NULL,
  not_before INTEGER NOT NULL DEFAULT 0,
  attempts INTEGER NOT NULL DEFAULT 0,
  stalls INTEGER NOT NULL DEFAULT 0,
  version INTEGER NOT NULL,
  payload TEXT NOT NULL,
  engine TEXT,
  output TEXT,
  failure TEXT,
  retry_of TEXT,
  created INTEGER NOT NULL,
  started INTEGER,
  finished INTEGER,
  UNIQUE(tenant, request_id)
) STRICT;
CREATE INDEX task_ready ON task(class, vtag, seq, not_before, type) WHERE state = 'queued';
CREATE INDEX task_due ON task(deadline) WHERE deadline IS NOT NULL;
CREATE INDEX task_of_tenant ON task(tenant, seq);
CREATE INDEX task_finished ON task(finished) WHERE finished IS NOT NULL;

CREATE TABLE event(
  tenant TEXT NOT NULL,
  number INTEGER NOT NULL,
  task_seq INTEGER NOT NULL,
  version INTEGER NOT NULL,
  at INTEGER NOT NULL,
  PRIMARY KEY(tenant, number)
) STRICT, WITHOUT ROWID;

CREATE TABLE run_time(engine TEXT PRIMARY KEY, average_ms REAL NOT NULL, runs INTEGER NOT NULL) STRICT, WITHOUT ROWID;

CREATE TABLE pool_file(
  tenant TEXT NOT NULL,
  md5 TEXT NOT NULL,
  sha256 TEXT NOT NULL,
  ext TEXT NOT NULL,
  size INTEGER NOT NULL,
  mtime_ms REAL NOT NULL,
  created INTEGER NOT NULL,
  PRIMARY KEY(tenant, md5)
) STRICT, WITHOUT ROWID;

CREATE TABLE upload(
  id TEXT PRIMARY KEY,
  tenant TEXT NOT NULL,
  size INTEGER NOT NULL,
  md5 TEXT NOT NULL,
  sha256 TEXT NOT NULL,
  ext TEXT NOT NULL,
  name TEXT,
  state TEXT NOT NULL,
  created INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX upload_age ON upload(created);
