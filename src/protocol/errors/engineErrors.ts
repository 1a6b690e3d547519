import { defineErrors } from './entry.ts'

/** What can be wrong with an engine or the tools it runs. */
export const engineErrors = defineErrors({
  FFMPEG_MISSING: {
    status: 503,
    retryable: false,
    en: ['FFmpeg is not installed.', 'Install it: {command}'],
    zh: ['未安装 FFmpeg。', '安装命令：{command}'],
  },
  FFMPEG_NO_H264: {
    status: 503,
    retryable: true,
    en: ['This FFmpeg cannot encode H.264.', 'Install one with libx264; waiting tasks go on by themselves.'],
    zh: ['此 FFmpeg 无法编码 H.264。', '请安装带 libx264 的 FFmpeg；等待中的任务会自动继续。'],
  },
  FFMPEG_FAILED: {
    status: 500,
    retryable: true,
    en: ['FFmpeg could not process the media.', 'Check that both files play; details: {detail}'],
    zh: ['FFmpeg 处理失败。', '请确认两个文件都能播放；详情：{detail}'],
  },
  GPU_OFFLINE: {
    status: 503,
    retryable: true,
    en: ['No GPU server is online.', 'Tasks can be submitted: they wait and run when one comes online.'],
    zh: ['当前没有 GPU 服务器在线。', '可以提交任务：任务会排队，GPU 上线后自动执行。'],
  },
  ENGINE_UNKNOWN: {
    status: 422,
    retryable: false,
    en: ['There is no engine named “{engine}”.', 'Known: {known}.'],
    zh: ['没有名为“{engine}”的引擎。', '可用引擎：{known}。'],
  },
  ENGINE_NOT_READY: {
    status: 503,
    retryable: true,
    en: ['The engine is not ready: {reason}', 'Put that right; waiting tasks go on by themselves.'],
    zh: ['引擎尚未就绪：{reason}', '处理后，等待中的任务会自动继续。'],
  },
  ENGINE_FAILED: {
    status: 500,
    retryable: true,
    en: ['The engine stopped with an error: {detail}', 'Run the task again; if it stays, check the engine’s own log.'],
    zh: ['引擎出错：{detail}', '请重新运行任务；若仍然出现，请查看引擎日志。'],
  },
  GPU_OOM: {
    status: 503,
    retryable: true,
    en: ['The GPU ran out of memory.', 'It is tried once more by itself; if it stays, use a shorter or smaller video.'],
    zh: ['GPU 显存不足。', '会自动再试一次；若仍然出现，请使用更短或更小的视频。'],
  },
  INPUT_FETCH_FAILED: {
    status: 502,
    retryable: true,
    en: [
      'The worker could not fetch an input from the pool.',
      'It is tried again by itself; check the network between them.',
    ],
    zh: ['执行端无法从文件池获取素材。', '会自动重试；请检查两者之间的网络。'],
  },
  OPTION_UNSUPPORTED: {
    status: 422,
    retryable: false,
    en: ['The engine cannot do “{option}”.', 'Switch the option off, or use another engine.'],
    zh: ['引擎不支持“{option}”。', '请关闭该选项，或更换引擎。'],
  },
  GPU_SERVER_UNREACHABLE: {
    status: 503,
    retryable: true,
    en: [
      'The GPU server does not answer on its HTTP address.',
      'The task is tried again by itself; check HEYGEM_SERVER_URL or the settings file of the field workers.',
    ],
    zh: ['GPU 服务器的 HTTP 地址没有响应。', '任务会自动重试；请检查 HEYGEM_SERVER_URL 或现场服务器的配置文件。'],
  },
  GPU_SERVER_REFUSED: {
    status: 502,
    retryable: true,
    en: [
      'The GPU server refused a request: {detail}',
      'The task is tried again by itself; if it stays, look at its log.',
    ],
    zh: ['GPU 服务器拒绝了请求：{detail}', '任务会自动重试；若仍然出现，请查看该服务器的日志。'],
  },
  FIELD_SETTINGS_INVALID: {
    status: 400,
    retryable: false,
    en: ['The settings of the field workers cannot be used: {detail}.', 'See “Field workers” in docs/operations.md.'],
    zh: ['现场 GPU 服务器的配置无法使用：{detail}。', '请参阅 docs/operations.md 的“Field workers”一节。'],
  },
  RUN_NOT_TAKEN: {
    status: 503,
    retryable: true,
    en: [
      'The GPU server did not answer to the job.',
      'The task is tried again by itself; if it stays, restart that server.',
    ],
    zh: ['GPU 服务器没有确认该任务。', '任务会自动重试；若仍然出现，请重启该服务器。'],
  },
  RUN_FORGOTTEN: {
    status: 503,
    retryable: true,
    en: ['The GPU server restarted and forgot this run.', 'The task is run again by itself.'],
    zh: ['GPU 服务器重启后丢失了本次运行。', '任务会自动重新运行。'],
  },
})
