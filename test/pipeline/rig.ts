import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdir, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { createInterface } from 'node:readline/promises'
import type { Readable } from 'node:stream'
import { z } from 'zod'
import { createGateway } from '../../src/gateway/index.ts'
import type { Gateway, GatewayAddress } from '../../src/gateway/index.ts'
import type { ComposeOptions, TaskRecord } from '../../src/protocol/studio/index.ts'
import { randomHex } from '../../src/shared/index.ts'
import { createLogger } from '../../src/shared/node/index.ts'
import type { Logger } from '../../src/shared/node/index.ts'
import { createStudio } from '../../src/studio/index.ts'
import type { Studio } from '../../src/studio/index.ts'
import { createWorker } from '../../src/worker/index.ts'
import type { Worker } from '../../src/worker/index.ts'
import { createQuietPlatform } from '../fakes/quietPlatform.ts'

/** Where the real parts run for one test, each on a folder of its own. */
export interface Rig {
  readonly root: string
  readonly outputDir: string
  readonly credentials: RigCredentials
  readonly notices: { readonly title: string; readonly body: string; readonly recordId: string }[]
  startGateway(port?: number): Promise<RunningGateway>
  /** The same gateway as a process of its own; `kill` is SIGKILL and resolves when it is gone. */
  spawnGateway(port?: number): Promise<SpawnedGateway>
  startWorker(gateway: GatewayAddress): Promise<Worker>
  /** The same worker, on the same folder, as a process of its own to be killed. */
  spawnWorker(gateway: GatewayAddress): Promise<Killable>
  /** A studio on the rig's data folder; start it yourself, one at a time. */
  openStudio(): Promise<Studio>
  /** Stops whatever still runs, newest first, and removes the folder. */
  close(): Promise<void>
}

export interface RigCredentials {
  readonly licenseKey: string
  readonly workerSecret: string
  readonly adminToken: string
}

export interface RunningGateway extends GatewayAddress {
  readonly token: string
  stop(): Promise<void>
}

/** A process; `kill` is SIGKILL and resolves when it is gone. */
export interface Killable {
  kill(): Promise<void>
}

export interface SpawnedGateway extends GatewayAddress, Killable {
  readonly token: string
}

const addressSchema = z.object({ url: z.string(), dspUrl: z.string(), port: z.number() })

export const OPTIONS: ComposeOptions = { loop: 'restart', superResolution: false, aiBadge: false, priority: 'normal' }

const RESOURCES = resolve('resources')
export const AVATAR = join(RESOURCES, 'samples', 'presenter.mp4')
export const VOICE = join(RESOURCES, 'samples', 'welcome.wav')

export async function createRig(): Promise<Rig> {
  const root = await mkdtemp(join(tmpdir(), 'dhs-pipeline-'))
  const log = createLogger({ name: 'pipeline', destination: join(root, 'log.jsonl') })
  const closers: (() => Promise<void>)[] = []
  const credentials = { licenseKey: randomHex(24), workerSecret: randomHex(24), adminToken: randomHex(24) }
  const notices: Rig['notices'] = []
  const own = <T extends { stop(): Promise<void> }>(part: T): T => {
    closers.unshift(() => part.stop())
    return part
  }

  return {
    root,
    outputDir: join(root, 'videos'),
    credentials,
    notices,
    async startGateway(port = 0) {
      const gateway = own(await openGateway({ root, log, credentials, port }))
      return { ...(await gateway.start()), token: credentials.licenseKey, stop: () => gateway.stop() }
    },
    async spawnGateway(port = 0) {
      const gateway = await spawnGateway({ root, credentials, port })
      closers.unshift(() => gateway.kill())
      return gateway
    },
    async startWorker(gateway) {
      const dataDir = join(root, 'worker')
      await mkdir(dataDir, { recursive: true })
      const { workerSecret } = credentials
      const reconnect = {
        policy: { baseMs: 200, factor: 1.5, capMs: 1_000 },
        fastMs: 200,
        refusedMs: 2_000,
        restartMs: 200,
        replacedMs: 2_000,
      }
      const options = { dataDir, gatewayUrl: gateway.dspUrl, workerSecret, slots: 1, engine: 'preview', log }
      const worker = own(createWorker({ ...options, ffmpegPath: null, reconnect }))
      await worker.start()
      return worker
    },
    async spawnWorker(gateway) {
      const dataDir = join(root, 'worker')
      await mkdir(dataDir, { recursive: true })
      const { workerSecret } = credentials
      const child = startChild(new URL('./workerChild.ts', import.meta.url), {
        dataDir,
        gatewayUrl: gateway.dspUrl,
        workerSecret,
      })
      closers.unshift(() => child.kill())
      return child
    },
    openStudio: async () =>
      own(
        await createStudio({
          dataDir: join(root, 'studio'),
          outputDir: join(root, 'videos'),
          resourcesDir: RESOURCES,
          version: '0.0.0',
          locale: 'en',
          platform: createQuietPlatform({ onNotice: (notice) => notices.push(notice) }),
          log,
        }),
      ),
    async close() {
      for (const close of closers) await close()
      log.close()
      await rm(root, { recursive: true, force: true })
    },
  }
}

async function openGateway(options: {
  readonly root: string
  readonly log: Logger
  readonly credentials: RigCredentials
  readonly port: number
}): Promise<Gateway> {
  const dataDir = join(options.root, 'gateway')
  await mkdir(dataDir, { recursive: true })
  const { credentials, log, port } = options
  return createGateway({ dataDir, host: '127.0.0.1', port, credentials, version: '0.0.0', log })
}

async function spawnGateway(options: {
  readonly root: string
  readonly credentials: RigCredentials
  readonly port: number
}): Promise<SpawnedGateway> {
  const dataDir = join(options.root, 'gateway')
  await mkdir(dataDir, { recursive: true })
  const { credentials, port } = options
  const child = startChild(new URL('./gatewayChild.ts', import.meta.url), { dataDir, port, credentials })
  const lines = createInterface({ input: child.stdout })
  const [line] = z.tuple([z.string()]).parse(await once(lines, 'line'))
  lines.close()
  return { ...addressSchema.parse(JSON.parse(line)), token: credentials.licenseKey, kill: () => child.kill() }
}

/** A script beside this one in a process of its own, told its options on standard input. */
function startChild(script: URL, options: object): Killable & { readonly stdout: Readable } {
  const child = spawn(process.execPath, [fileURLToPath(script)], {
    stdio: ['pipe', 'pipe', 'inherit'],
  })
  child.stdin.end(JSON.stringify(options))
  return {
    stdout: child.stdout,
    async kill() {
      if (child.exitCode !== null || child.signalCode !== null) return
      const gone = once(child, 'exit')
      child.kill('SIGKILL')
      await gone
    },
  }
}

/** Follows a record until `isReached`; gives that state. Fails when the record ends without reaching it. */
export async function until(
  studio: Studio,
  recordId: string,
  isReached: (record: TaskRecord) => boolean,
): Promise<TaskRecord> {
  let last: TaskRecord | undefined
  for await (const record of studio.api.follow(recordId, AbortSignal.timeout(50_000))) {
    last = record
    if (isReached(record)) return record
  }
  throw new Error(`not reached; last: ${JSON.stringify(last)}`)
}

/** Until the end, whatever it is. */
export function untilEnd(studio: Studio, recordId: string): Promise<TaskRecord> {
  return until(studio, recordId, (record) => record.endedAtMs !== null)
}
