/**
 * `line` says where a queued task stands in line now, null while it stands nowhere (back-off, or not queued): see
 * `queue/line/lines.ts`. `task_line` is the only way to the next task, and covers all that is counted at a start.
 * `task_apart` holds the few live tasks that stand in no line, `task_held` the live leases by worker. `ended`, `run_from` and `late_until` are steady times.
 */
export const QUEUE_RULES = `
ALTER TABLE task ADD COLUMN target_worker TEXT;
ALTER TABLE task ADD COLUMN voice_ms INTEGER;
ALTER TABLE task ADD COLUMN line TEXT;
ALTER TABLE task ADD COLUMN rank INTEGER NOT NULL DEFAULT 1;
ALTER TABLE task ADD COLUMN front INTEGER NOT NULL DEFAULT 0;
ALTER TABLE task ADD COLUMN ages_at INTEGER;
ALTER TABLE task ADD COLUMN ttl INTEGER;
ALTER TABLE task ADD COLUMN expires_soon INTEGER NOT NULL DEFAULT 0;
ALTER TABLE task ADD COLUMN run_from INTEGER;
ALTER TABLE task ADD COLUMN ended INTEGER;
ALTER TABLE task ADD COLUMN crashed_on TEXT NOT NULL DEFAULT '';
ALTER TABLE task ADD COLUMN retried_once TEXT NOT NULL DEFAULT '';
ALTER TABLE task ADD COLUMN limited INTEGER NOT NULL DEFAULT 0;
ALTER TABLE task ADD COLUMN late_output TEXT;
ALTER TABLE task ADD COLUMN late_until INTEGER;
UPDATE task SET rank = class, ended = finished, ttl = expires - created,
  ages_at = CASE WHEN class > 0 AND finished IS NULL THEN created + 1800000 END,
  line = CASE WHEN state = 'queued' AND not_before = 0 AND stalls = 0 THEN 'open' END;
DROP INDEX task_ready;
DROP INDEX task_finished;
ALTER TABLE task DROP COLUMN vtag;
CREATE INDEX task_line ON task(line, rank, type, tenant, front, seq) WHERE line IS NOT NULL;
CREATE INDEX task_apart ON task(state, not_before, tenant, target_worker, stalls)
  WHERE deadline IS NOT NULL AND line IS NULL;
CREATE INDEX task_held ON task(worker) WHERE state IN ('leased', 'running', 'cancelling');
CREATE INDEX task_front ON task(rank, front) WHERE front < 0;
CREATE INDEX task_dead ON task(seq) WHERE state = 'dead';
CREATE INDEX task_ended ON task(ended, state) WHERE ended IS NOT NULL;
CREATE INDEX task_of_tenant_live ON task(tenant, seq) WHERE ended IS NULL;
CREATE INDEX task_of_tenant_ended ON task(tenant, state, seq) WHERE ended IS NOT NULL;

CREATE TABLE fair_tag(
  rank INTEGER NOT NULL,
  line TEXT NOT NULL,
  tenant TEXT NOT NULL,
  tag INTEGER NOT NULL,
  PRIMARY KEY(rank, line, tenant)
) STRICT, WITHOUT ROWID;
`

/**
 * `type` is from here on the task's kind (`taskKinds.ts`), so that a worker finds what it can do. Lists of dead tasks go
 * by `task_ended`; late results are found after a start.
 */
export const TASK_KINDS = `
UPDATE task SET
  type = type || CASE WHEN json_extract(payload, '$.options.loop') = 'pingpong' THEN '+loop' ELSE '' END
    || CASE WHEN json_extract(payload, '$.options.super_resolution') THEN '+super_resolution' ELSE '' END
    || CASE WHEN json_extract(payload, '$.options.ai_badge') THEN '+ai_badge' ELSE '' END;
DROP INDEX task_dead;
CREATE INDEX task_late ON task(seq) WHERE late_output IS NOT NULL;
`
