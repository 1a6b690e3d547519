import { join, resolve } from 'node:path'
import type { Worker, WorkerState } from '../../worker/index.ts'
import { createLogger, defaultDataDir, ensureDir, locateFfmpeg } from '../../shared/node/index.ts'
import { text, UsageError } from '../command.ts'
import type { Command, OptionValues } from '../command.ts'
import { dataFolderWarning } from '../dataFolder.ts'
import { errorEvent, languageOf, printJson } from '../io.ts'
import type { Io } from '../io.ts'
import { runUntilStopped, STOP_DEADLINE_MS } from '../lifetime.ts'
import type { LifetimeOptions } from '../lifetime.ts'
import { LOG_LEVEL_OPTION, parseLogLevel, parseSeconds, parseSlots, readSecretFile } from '../values.ts'

export const workerCommand: Command = {
  name: 'worker',
  summary: 'Runs a worker: takes tasks from a gateway and runs an engine.',
  options: {
    gateway: { type: 'string', value: 'URL', help: 'the gateway, such as ws://127.0.0.1:9501/dsp', required: true },
    'secret-file': { type: 'string', value: 'FILE', help: 'file with the worker secret (or DHS_WORKER_SECRET)' },
    engine: { type: 'string', value: 'NAME', help: 'engine to run (preview)' },
    slots: { type: 'string', value: 'N', help: 'tasks at the same time (1)' },
    data: { type: 'string', value: 'DIR', help: 'data folder, one for each worker (the app’s own, /worker)' },
    ffmpeg: { type: 'string', value: 'PATH', help: 'the FFmpeg to use (found by itself)' },
    'drain-grace': { type: 'string', value: 'S', help: 'seconds that running tasks get to end at SIGTERM (0)' },
    'log-level': LOG_LEVEL_OPTION,
  },
  notes: [
    'It reconnects by itself. What it has finished is kept until the gateway has it, also across restarts.',
    'SIGTERM takes nothing new and hands back what runs, after --drain-grace; a second one does not wait for that.',
    'A gateway with a certificate of your own authority: NODE_EXTRA_CA_CERTS=ca.pem in the environment.',
  ],
  examples: ['dhs worker --gateway ws://127.0.0.1:9501/dsp --secret-file worker.secret'],
  async run(options, io) {
    const json = options['json'] === true
    const slots = parseSlots(text(options, 'slots') ?? '1')
    const graceMs = parseSeconds('drain-grace', text(options, 'drain-grace') ?? '0')
    const level = parseLogLevel(text(options, 'log-level'))
    const workerSecret = await readWorkerSecret(options, io)
    const dataDir = resolve(text(options, 'data') ?? join(defaultDataDir(), 'worker'))
    const ffmpegPath = await readFfmpeg(options)
    await ensureDir(dataDir, 0o700)
    const log = createLogger({ name: 'worker', destination: 'stderr', pretty: io.isTty && !json, level })
    const warning = await dataFolderWarning(dataDir)
    if (warning !== undefined) log.warn(warning)
    // Each command loads its own part alone: `dhs tasks list` needs none of them.
    const { createWorker } = await import('../../worker/index.ts')
    const worker = createWorker({
      dataDir,
      gatewayUrl: text(options, 'gateway') ?? '',
      workerSecret,
      engine: text(options, 'engine') ?? 'preview',
      slots,
      ffmpegPath,
      log,
    })
    worker.onState((state) => {
      reportState(io, json, state, dataDir)
    })
    await worker.start()
    return runUntilStopped(() => worker.stop({ graceMs }), lifetimeOf(worker, graceMs))
  },
}

/** Another one than was asked for would run unnoticed if it were looked for elsewhere. */
async function readFfmpeg(options: OptionValues): Promise<string | null> {
  const path = text(options, 'ffmpeg')
  if (path === undefined) return null
  const location = await locateFfmpeg({ setting: path, shipped: '', searchPath: '' })
  if (location.kind === 'missing') throw new UsageError(`--ffmpeg: "${path}" is no FFmpeg that starts`)
  return path
}

/** While tasks get their time to end, a second signal ends the grace; without any, it ends the program. */
function lifetimeOf(worker: Worker, graceMs: number): LifetimeOptions {
  if (graceMs === 0) return {}
  return { deadlineMs: graceMs + STOP_DEADLINE_MS, hurry: () => void worker.stop({ graceMs: 0 }) }
}

async function readWorkerSecret(options: OptionValues, io: Io): Promise<string> {
  const file = text(options, 'secret-file')
  const secret = file === undefined ? io.env['DHS_WORKER_SECRET'] : await readSecretFile(file)
  if (secret === undefined || secret === '') {
    throw new UsageError('the worker secret is missing: give --secret-file, or set DHS_WORKER_SECRET')
  }
  return secret
}

function reportState(io: Io, json: boolean, state: WorkerState, dataDir: string): void {
  const isChinese = languageOf(io) === 'zh-CN'
  if (state.kind === 'registered') {
    const ready = { event: 'ready', role: 'worker', server_id: state.serverId, data: dataDir, pid: process.pid }
    if (json) printJson(io, ready)
    else io.out(isChinese ? `执行端已就绪：${state.serverId}\n` : `Worker ready as ${state.serverId}\n`)
  }
  if (state.kind === 'offline') {
    if (json) printJson(io, { event: 'offline', role: 'worker' })
    else io.out(isChinese ? '网关已断开，将自动重新连接\n' : 'Gateway away; connecting again by itself\n')
  }
  if (state.kind === 'draining') {
    if (json) printJson(io, { event: 'draining', role: 'worker' })
    else io.out(isChinese ? '不再接收新任务\n' : 'Taking nothing new\n')
  }
  if (state.kind === 'refused') {
    const event = errorEvent(state.error, languageOf(io))
    if (json) printJson(io, { ...event })
    else io.err(`dhs: ${event.message}\n     ${event.hint}\n`)
  }
}
