/**
 * `used`: when a file was last asked for or uploaded, `origin`: an output of a worker or an input of a person.
 * `pool_gone` remembers why a file that was here is not, so that its task can say so. `removal` is what is left to do
 * of a deletion: one row per server that may hold the bytes.
 */
export const ASSETS = `
ALTER TABLE pool_file ADD COLUMN origin TEXT NOT NULL DEFAULT 'input';
ALTER TABLE pool_file ADD COLUMN used INTEGER NOT NULL DEFAULT 0;
ALTER TABLE pool_file ADD COLUMN checked INTEGER NOT NULL DEFAULT 0;
UPDATE pool_file SET used = created, checked = created;
UPDATE pool_file SET origin = 'result'
 WHERE (tenant, md5) IN (SELECT tenant, json_extract(output, '$.md5') FROM task WHERE output IS NOT NULL);
CREATE INDEX pool_file_used ON pool_file(used, tenant, md5);
CREATE INDEX pool_file_used_of_tenant ON pool_file(tenant, used, md5);
CREATE INDEX pool_file_checked ON pool_file(checked);
CREATE INDEX pool_file_content ON pool_file(sha256, tenant);

CREATE TABLE pool_gone(
  tenant TEXT NOT NULL,
  md5 TEXT NOT NULL,
  why TEXT NOT NULL,
  at INTEGER NOT NULL,
  PRIMARY KEY(tenant, md5)
) STRICT, WITHOUT ROWID;
CREATE INDEX pool_gone_at ON pool_gone(at);

ALTER TABLE upload ADD COLUMN origin TEXT NOT NULL DEFAULT 'input';
CREATE INDEX upload_open ON upload(tenant, created) WHERE state = 'open';

CREATE TABLE asset(
  seq INTEGER PRIMARY KEY AUTOINCREMENT,
  id TEXT NOT NULL UNIQUE,
  tenant TEXT NOT NULL,
  kind TEXT NOT NULL,
  name TEXT NOT NULL,
  md5 TEXT NOT NULL,
  sha256 TEXT NOT NULL,
  ext TEXT NOT NULL,
  size INTEGER NOT NULL,
  created INTEGER NOT NULL,
  used INTEGER,
  touched INTEGER NOT NULL,
  deleted INTEGER,
  cleared INTEGER
) STRICT;
CREATE UNIQUE INDEX asset_content ON asset(tenant, kind, sha256) WHERE deleted IS NULL;
CREATE INDEX asset_of_tenant ON asset(tenant, seq) WHERE deleted IS NULL;
CREATE INDEX asset_bytes ON asset(sha256, tenant) WHERE deleted IS NULL;
CREATE INDEX asset_age ON asset(touched, seq) WHERE deleted IS NULL;
CREATE INDEX asset_uncleared ON asset(sha256) WHERE deleted IS NOT NULL AND cleared IS NULL;
CREATE INDEX asset_deleted ON asset(deleted) WHERE deleted IS NOT NULL;

CREATE TABLE holding(
  sha256 TEXT NOT NULL,
  worker TEXT NOT NULL,
  at INTEGER NOT NULL,
  PRIMARY KEY(sha256, worker)
) STRICT, WITHOUT ROWID;
CREATE INDEX holding_of_worker ON holding(worker);

CREATE TABLE removal(
  asset TEXT NOT NULL,
  worker TEXT NOT NULL,
  round INTEGER NOT NULL,
  task TEXT,
  state TEXT NOT NULL,
  changed INTEGER NOT NULL,
  PRIMARY KEY(asset, worker)
) STRICT, WITHOUT ROWID;
CREATE INDEX removal_task ON removal(task) WHERE task IS NOT NULL;
CREATE INDEX removal_open ON removal(state, changed) WHERE state <> 'done';
`

/** Old files are asked for by what they are kept for; a removal is found by the bytes it takes away. */
export const CONTENTS = `
DROP INDEX pool_file_used;
CREATE INDEX pool_file_used ON pool_file(origin, used, tenant, md5);
ALTER TABLE removal ADD COLUMN sha256 TEXT NOT NULL DEFAULT '';
UPDATE removal SET sha256 = coalesce((SELECT sha256 FROM asset WHERE asset.id = removal.asset), '');
CREATE INDEX removal_content ON removal(sha256) WHERE state <> 'done';
`
