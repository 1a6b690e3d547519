/** Paths of the gateway's HTTP door, named once for both ends. */
export const HTTP_ROUTES = {
  submit: '/api/heygem/task/submit',
  submitOld: '/api/heygem/submit',
  status: '/api/heygem/task/status',
  cancel: '/api/heygem/task/cancel',
  retry: '/api/heygem/task/retry',
  tasks: '/api/heygem/tasks',
  checkFiles: '/api/heygem/check_files',
  uploadFile: '/api/heygem/upload_file',
  poolUploads: '/api/heygem/pool/uploads',
  /** + `/{md5}{ext}` */
  pool: '/api/heygem/pool',
  download: '/api/heygem/download',
  progress: '/api/heygem/progress',
  queue: '/api/heygem/queue',
  health: '/api/heygem/health',
  /** For Prometheus. */
  metrics: '/metrics',
  assetUpload: '/api/asset/upload',
  assetList: '/api/asset/list',
  assetDelete: '/api/asset/delete',
  /** tus uploads and downloads of a worker, authorised by the capability of its job frame. */
  workerPool: '/api/worker/pool',
  workerUploads: '/api/worker/uploads',
} as const

/** Path of the WebSocket that workers and field clients use. */
export const DSP_PATH = '/dsp'

/** Prefix of the per-task progress WebSocket of field clients: + `/{task_id}`. */
export const PROGRESS_WS_PREFIX = '/ws/progress'

/** Header of a worker's capability for the pool. */
export const CAPABILITY_HEADER = 'x-dhs-capability'

/** Answered `true` when a submit was recognised as a repeat. */
export const REPLAY_HEADER = 'idempotent-replay'
