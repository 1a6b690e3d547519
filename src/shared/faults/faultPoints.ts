/**
 * Named places at which a test may kill, fail or delay this process. Product bundles are built without the calls;
 * where the sources run as they are, nothing is installed and a call costs one comparison.
 */
export const FAULT_POINTS = [
  // gateway: submit
  'submit.before_begin',
  'submit.after_insert',
  'submit.after_commit',
  'submit.before_reply',
  'submit.after_reply',
  // gateway: upload to the pool
  'upload.tmp_open',
  'upload.chunk_written',
  'upload.chunk_hash_bad',
  'upload.before_fsync',
  'upload.after_fsync',
  'upload.before_rename',
  'upload.after_rename',
  'upload.after_dirsync',
  'upload.before_index_commit',
  'upload.after_index_commit',
  // gateway: dispatch
  'dispatch.before_lease',
  'dispatch.after_lease_commit',
  'dispatch.before_send',
  'dispatch.after_send',
  'dispatch.accept_timeout',
  'dispatch.after_accept',
  // gateway: heartbeat
  'heartbeat.before_extend',
  'heartbeat.after_extend',
  // gateway: result
  'result.received',
  'result.file_verified',
  'result.before_commit',
  'result.after_commit',
  'result.before_ack',
  'result.after_ack',
  'result.before_publish',
  // gateway: cancel and retry
  'cancel.after_flag',
  'cancel.before_send',
  'cancel.ack_received',
  'retry.before_requeue',
  'retry.after_requeue',
  // gateway: reaper and pool sweeps
  'reaper.before_batch',
  'reaper.mid_batch',
  'reaper.after_batch',
  'sweep.before_unlink',
  'sweep.after_unlink',
  // any database: migration
  'migration.mid_step',
  'migration.before_version_bump',
  // worker
  'worker.task_received',
  'worker.before_accept',
  'worker.mid_run',
  'worker.output_written',
  'worker.spool_fsynced',
  'worker.upload_half',
  'worker.before_result',
  'worker.after_result_before_ack',
  // studio
  'studio.outbox_written',
  'studio.before_submit',
  'studio.reply_lost',
  'studio.download_half',
  'studio.before_rename',
] as const

export type FaultPoint = (typeof FAULT_POINTS)[number]

let onPoint: ((point: FaultPoint) => void) | undefined

/** Passes a named place. Synchronous: whatever is installed kills, throws or blocks right here. */
export function faultPoint(point: FaultPoint): void {
  if (onPoint !== undefined) onPoint(point)
}

/** Test processes only; `undefined` takes it out again. */
export function installFaultPoints(handler: ((point: FaultPoint) => void) | undefined): void {
  onPoint = handler
}
