import { defineErrors } from './entry.ts'

/** Refusals and outcomes of tasks. */
export const taskErrors = defineErrors({
  ID_FORMAT: {
    status: 400,
    retryable: false,
    en: ['That is not a valid id.', 'Use the id that the submit answer gave, or that a list shows.'],
    zh: ['编号格式不正确。', '请使用提交时返回或列表中显示的编号。'],
  },
  REQUEST_ID_FORMAT: {
    status: 400,
    retryable: false,
    en: ['The request_id has a form that is not accepted.', 'Use 8–64 letters, digits, "-" or "_", not digits only.'],
    zh: ['request_id 格式不正确。', '请使用 8–64 个字母、数字、“-”或“_”，且不能全为数字。'],
  },
  REQUEST_ID_CONFLICT: {
    status: 409,
    retryable: false,
    en: ['This request_id was used before with other content.', 'Use a new request_id for a new task.'],
    zh: ['该 request_id 已用于内容不同的任务。', '新任务请使用新的 request_id。'],
  },
  TASK_NOT_FOUND: {
    status: 404,
    retryable: false,
    en: [
      'The gateway knows no such task.',
      'It may have been cleaned up, or belong to another licence key. Run it again if you still want the video.',
    ],
    zh: ['网关上没有这个任务。', '任务可能已被清理，或属于另一个许可证。如仍需要视频，请重新运行。'],
  },
  TASK_TYPE_UNKNOWN: {
    status: 422,
    retryable: false,
    en: ['This kind of task is not known here.', 'Known: {known}.'],
    zh: ['不支持此类任务。', '支持的类型：{known}。'],
  },
  TASK_REFUSED: {
    status: 422,
    retryable: false,
    en: ['Every GPU server refused this task.', 'The reason is shown beside it. Ask whoever runs the servers.'],
    zh: ['所有 GPU 服务器都拒绝了该任务。', '原因见任务详情，请联系服务器管理员。'],
  },
  ALREADY_FINISHED: {
    status: 409,
    retryable: false,
    en: ['The task has already finished.', 'Nothing is left to cancel.'],
    zh: ['任务已经结束。', '无需取消。'],
  },
  NOT_FINISHED: {
    status: 409,
    retryable: false,
    en: ['The task has not finished yet.', 'Cancel it first, or wait for its end.'],
    zh: ['任务尚未结束。', '请先取消，或等待其结束。'],
  },
  RESULT_NOT_READY: {
    status: 409,
    retryable: true,
    en: ['The video is not ready yet.', 'Wait until the task is done.'],
    zh: ['视频尚未生成。', '请等待任务完成。'],
  },
  RESULT_EXPIRED: {
    status: 410,
    retryable: false,
    en: [
      'The server has cleaned up this video: it is kept for {days} days, or until space is short.',
      'Run the task again.',
    ],
    zh: ['服务器已清理该视频：视频保留 {days} 天，空间不足时会提前清理。', '请重新运行任务。'],
  },
  RESULT_GONE: {
    status: 410,
    retryable: false,
    en: ['The video is no longer kept on the server.', 'Run the task again.'],
    zh: ['服务器上已不再保存该视频。', '请重新运行任务。'],
  },
  QUEUE_FULL_TENANT: {
    status: 429,
    retryable: true,
    en: ['Your queue is full ({limit} tasks).', 'New tasks go on by themselves when earlier ones finish.'],
    zh: ['您的队列已满（{limit} 个任务）。', '前面的任务完成后会自动继续提交。'],
  },
  QUEUE_FULL: {
    status: 429,
    retryable: true,
    en: ['The gateway has too many waiting tasks.', 'New tasks go on by themselves when there is room.'],
    zh: ['网关等待中的任务过多。', '有空位后会自动继续提交。'],
  },
  TASK_CANCELLED: {
    status: 409,
    retryable: false,
    en: ['The task was cancelled.', 'Compose again with the same inputs if you still want the video.'],
    zh: ['任务已取消。', '如仍需要视频，可用相同素材再次合成。'],
  },
  TASK_EXPIRED: {
    status: 409,
    retryable: false,
    en: ['The task waited too long for a GPU and expired.', 'Run it again when a GPU server is online.'],
    zh: ['任务等待 GPU 过久，已过期。', '请在 GPU 服务器上线后重新运行。'],
  },
  WORKER_LOST: {
    status: 500,
    retryable: true,
    en: [
      'The GPU server disappeared {times} times while working on this task.',
      'Check that machine, then run the task again.',
    ],
    zh: ['执行此任务时 GPU 服务器失联 {times} 次。', '请检查该机器后重新运行任务。'],
  },
  NOT_QUEUED: {
    status: 409,
    retryable: false,
    en: ['The task does not wait any more ({state}).', 'Only a waiting task can be moved in the queue.'],
    zh: ['任务已不在等待（{state}）。', '只有等待中的任务可以调整顺序。'],
  },
  REMOVAL_NOT_CANCELLED: {
    status: 409,
    retryable: false,
    en: [
      'The removal of a deleted asset cannot be cancelled.',
      'It ends by itself: when its GPU server has removed the files, when they are needed again, or when an operator forgets that server.',
    ],
    zh: [
      '已删除素材的清理任务不能取消。',
      '它会自行结束：GPU 服务器清理完成、文件再次被使用，或管理员移除该服务器时。',
    ],
  },
  REMOVAL_NOT_REPEATED: {
    status: 409,
    retryable: false,
    en: [
      'The removal of a deleted asset cannot be run again.',
      'The gateway repeats it by itself as long as it is needed.',
    ],
    zh: ['已删除素材的清理任务不能重新运行。', '如仍有需要，网关会自动重复清理。'],
  },
  TIMEOUT: {
    status: 504,
    retryable: true,
    en: ['The engine made no progress for too long.', 'Check the GPU server; the task can be run again.'],
    zh: ['引擎长时间没有进展。', '请检查 GPU 服务器；任务可以重新运行。'],
  },
})
