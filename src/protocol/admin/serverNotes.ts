/**
 * What can be told of a server: why it takes nothing, and what happened to it. `{detail}` is a number, a name or an
 * engine's own words, and may be missing.
 */
export const SERVER_NOTES = {
  connected: { en: 'Connected', zh: '已连接' },
  disconnected: { en: 'The connection is gone', zh: '连接已断开' },
  replaced: { en: 'A newer connection of the same worker took over', zh: '同一执行端的新连接已接管' },
  silent: { en: 'No heartbeat came in time', zh: '未按时收到心跳' },
  gone: { en: 'Silent for too long: it counts as gone', zh: '长时间无响应，视为离线' },
  unproven: { en: 'Back, but not trusted before its next good heartbeat', zh: '已恢复联系，等待下一次正常心跳' },
  recovered: { en: 'Heartbeats are regular again', zh: '心跳已恢复正常' },
  cancel_ignored: { en: 'It did not end a cancelled task in time', zh: '未及时停止已取消的任务' },
  flapping: { en: 'It connects too often and is let in more and more slowly', zh: '重连过于频繁，已逐步延迟接入' },
  engine_not_ready: { en: 'Its engine is not ready: {detail}', zh: '引擎未就绪：{detail}' },
  engine_ready: { en: 'Its engine is ready', zh: '引擎已就绪' },
  drained: { en: 'Drained by an operator', zh: '已由管理员停止接收任务' },
  resumed: { en: 'Resumed by an operator', zh: '已由管理员恢复接收任务' },
  draining: { en: 'It is shutting down and takes nothing new', zh: '正在停机，不再接收新任务' },
  stays: { en: 'It does not shut down after all', zh: '已不再停机' },
  limit_lowered: { en: 'Overloaded: fewer tasks at once ({detail})', zh: '负载过高，已降低并发数（{detail}）' },
  limit_raised: { en: 'More tasks at once ({detail})', zh: '已提高并发数（{detail}）' },
} as const

export type ServerNoteCode = keyof typeof SERVER_NOTES
