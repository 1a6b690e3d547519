/**
 * `is_here`: connected when it was last looked at, so that after a restart its return is waited for. `result` is one
 * call of the hook, as it was answered. Spread: of the logarithm of the time.
 */
export const POWER = `
CREATE TABLE server_power(
  server TEXT PRIMARY KEY,
  starts INTEGER NOT NULL DEFAULT 0,
  median_ms REAL,
  spread REAL,
  slots INTEGER NOT NULL DEFAULT 0,
  is_here INTEGER NOT NULL DEFAULT 0
) STRICT, WITHOUT ROWID;
CREATE TABLE power_call(seq INTEGER PRIMARY KEY AUTOINCREMENT, result TEXT NOT NULL) STRICT;
`

/**
 * `failures`: calls and starts in a row that led nowhere, of server '' where the hook chose; `not_before`: Unix
 * milliseconds before which the hook is left alone.
 */
export const POWER_PAUSES = `
CREATE TABLE power_pause(
  server TEXT PRIMARY KEY,
  failures INTEGER NOT NULL,
  not_before REAL NOT NULL
) STRICT, WITHOUT ROWID;
`
