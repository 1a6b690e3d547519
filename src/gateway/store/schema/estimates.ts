/**
 * `bucket` is the voice's length class, or -1 for every run together; `voice_ms` the middle of the voices in it.
 * `spread` is of the logarithm of the time.
 */
export const ESTIMATES = `
CREATE TABLE run_stat(
  type TEXT NOT NULL,
  engine TEXT NOT NULL,
  bucket INTEGER NOT NULL,
  runs INTEGER NOT NULL,
  median_ms REAL NOT NULL,
  voice_ms REAL,
  spread REAL NOT NULL,
  PRIMARY KEY(type, engine, bucket)
) STRICT, WITHOUT ROWID;
INSERT INTO run_stat(type, engine, bucket, runs, median_ms, spread)
  SELECT 'heygem_submit', engine, -1, runs, average_ms, 0.3 FROM run_time WHERE average_ms > 0;
DROP TABLE run_time;
`
