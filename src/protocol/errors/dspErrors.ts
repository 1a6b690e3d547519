import { defineErrors } from './entry.ts'

/** Refusals on the `/dsp` WebSocket. Read by operators and by people who write workers. */
export const dspErrors = defineErrors({
  MESSAGE_SCHEMA: {
    status: 400,
    retryable: false,
    en: ['The frame is missing a field or has a wrong one.', 'Compare it with docs/protocol.md.'],
    zh: ['消息缺少字段或字段不正确。', '请对照 docs/protocol.md。'],
  },
  TYPE_UNKNOWN: {
    status: 400,
    retryable: false,
    en: ['This type of frame is not known.', 'Update the older side.'],
    zh: ['未知的消息类型。', '请升级较旧的一端。'],
  },
  NOT_REGISTERED: {
    status: 401,
    retryable: false,
    en: ['The connection has not registered yet.', 'Send a register frame first.'],
    zh: ['连接尚未注册。', '请先发送 register 消息。'],
  },
  REPLAY: {
    status: 401,
    retryable: false,
    en: ['This proof of identity was used before.', 'Answer the nonce of this connection.'],
    zh: ['该身份证明已被使用过。', '请使用本次连接的 nonce 计算。'],
  },
  LEASE_NOT_YOURS: {
    status: 403,
    retryable: false,
    en: ['This task is not leased to this worker.', 'Drop the work; the gateway has given it to another.'],
    zh: ['该任务未分配给此执行端。', '请放弃该任务，网关已另行分配。'],
  },
  STALE_LEASE: {
    status: 409,
    retryable: false,
    en: ['A newer run of this task exists.', 'Drop the work and its output.'],
    zh: ['该任务已有更新的一次执行。', '请放弃本次执行及其输出。'],
  },
  RESULT_FILE_MISSING: {
    status: 422,
    retryable: true,
    en: ['The result file is not in the pool.', 'Upload it, then send the result again.'],
    zh: ['结果文件不在文件池中。', '请先上传，再发送结果。'],
  },
  WORKER_REPLACED: {
    status: 409,
    retryable: false,
    en: ['Another worker with the same id has connected.', 'Give each worker a data folder of its own.'],
    zh: ['另一个相同编号的执行端已连接。', '请为每个执行端使用独立的数据目录。'],
  },
  WORKER_FLAPPING: {
    status: 429,
    retryable: true,
    en: ['This worker connects too often.', 'Wait as long as told; look for what breaks its connections.'],
    zh: ['该执行端重连过于频繁。', '请按提示的时间等待，并排查连接中断的原因。'],
  },
  REQUEST_ID_LIVE: {
    status: 409,
    retryable: false,
    en: ['This request was sent before and its task is still under way.', 'Wait for its result; it is told to you.'],
    zh: ['该请求已提交过，任务仍在进行中。', '请等待结果，完成后会通知您。'],
  },
  FRAME_TOO_LARGE: {
    status: 413,
    retryable: false,
    en: ['The frame is too large.', 'Frames may have 256 KiB.'],
    zh: ['消息过大。', '单条消息上限 256 KiB。'],
  },
})
