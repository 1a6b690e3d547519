/** Runs on field workers: `request` is ours and of one try alone, `remote` the worker's own name for it. */
export const FIELD_RUNS = `
CREATE TABLE field_run(
  task TEXT PRIMARY KEY,
  epoch INTEGER NOT NULL,
  token TEXT NOT NULL,
  worker TEXT NOT NULL,
  request TEXT NOT NULL,
  remote TEXT
) STRICT, WITHOUT ROWID;
`
