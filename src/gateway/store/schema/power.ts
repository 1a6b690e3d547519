/** `result` is one call of the hook, as it was answered. Spread: of the logarithm of the time. */
export const POWER = `
CREATE TABLE server_boot(
  server TEXT PRIMARY KEY,
  starts INTEGER NOT NULL,
  median_ms REAL NOT NULL,
  spread REAL NOT NULL
) STRICT, WITHOUT ROWID;
CREATE TABLE power_call(seq INTEGER PRIMARY KEY AUTOINCREMENT, result TEXT NOT NULL) STRICT;
`
