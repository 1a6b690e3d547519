import { createHash } from 'node:crypto'
import { existsSync, readdirSync, statSync } from 'node:fs'
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Evidence, Expectations, FileOnDisk, FinalView } from '../auditor/evidence.ts'
import { readLedger } from '../auditor/ledger.ts'
import { HTTP_ROUTES } from '../../../src/protocol/http/index.ts'
import { readStore } from './readStore.ts'
import type { TrialClient } from './client.ts'
import type { GatewayHandle } from './gatewayHandle.ts'
import type { Credentials } from './messages.ts'
import { askAsStranger } from './stranger.ts'
import { commandLinesOf, filesUnder } from './traces.ts'
import type { WorkerHandle } from './workerHandle.ts'

/** What is looked at after a trial. */
export interface Scene {
  readonly root: string
  readonly logDir: string
  readonly credentials: Credentials
  readonly client: TrialClient
  readonly gateway: GatewayHandle
  readonly workers: readonly WorkerHandle[]
  readonly ends: Evidence['ends']
  ledgerPath(name: string): string
}

/** Asks the API, stops everything in order, and reads what lies on the disk. */
export async function collectEvidence(world: Scene, expectations: Expectations): Promise<Evidence> {
  if (!world.gateway.isAlive) await world.gateway.start()
  const client = (): Evidence['client'] => readLedger('client', world.ledgerPath('client'))
  const taskIds = new Set<string>()
  for (const fact of client()) {
    if (fact.kind === 'submit.reply' && fact.taskId !== null) taskIds.add(fact.taskId)
    if (fact.kind === 'seen') taskIds.add(fact.taskId)
  }
  const views = await Promise.all([...taskIds].map((taskId) => finalView(world, taskId)))
  const pool = (): Evidence['pool'] => readLedger('pool', world.ledgerPath('pool'))
  const stranger = await askAsStranger(world, [...taskIds], pool()[0]?.md5)
  const measured = await world.gateway.process.measure()
  const openFiles = readdirSync(`/proc/${String(world.gateway.process.pid)}/fd`).length
  const alive = [world.gateway, ...world.workers].filter((part) => part.isAlive)
  const commandLines = commandLinesOf(alive.map((part) => part.process.pid))
  const walBytes = sizeOf(join(world.gateway.dataDir, 'gateway.db-wal'))
  await Promise.all(world.workers.map((worker) => worker.stop()))
  await world.gateway.stop()
  const store = readStore(join(world.gateway.dataDir, 'gateway.db'))
  return {
    client: client(),
    worker: readdirSync(join(world.root, 'ledgers'))
      .filter((name) => name.startsWith('worker'))
      .flatMap((name) => readLedger('worker', join(world.root, 'ledgers', name)))
      .sort((one, other) => one.at - other.at),
    pool: pool(),
    ...{ tasks: store.tasks, index: store.index, databaseCheck: store.check },
    files: await visibleFiles(join(world.gateway.dataDir, 'pool')),
    orphans: await orphansOf(world, store.openUploads),
    ...{ views, strangers: stranger.answers, strangerSees: stranger.sees },
    ...{ ends: [...world.ends], expectations },
    secrets: [
      { name: 'licence key', value: world.credentials.licenseKey },
      { name: 'worker secret', value: world.credentials.workerSecret },
      { name: 'admin token', value: world.credentials.adminToken },
      { name: 'other licence key', value: stranger.licenseKey },
    ],
    texts: [
      ...filesUnder(world.root, [
        world.logDir,
        world.gateway.dataDir,
        ...world.workers.map((worker) => worker.dataDir),
      ]),
      ...commandLines,
    ],
    bounds: {
      ...{ walBytes, openFiles, rssBytes: measured?.rssBytes ?? null },
      // A trial shares the machine with others: only the trials that are about it judge the delay.
      loopDelayMs: null,
    },
  }
}

async function finalView(world: Scene, taskId: string): Promise<FinalView> {
  const answer = await world.client.ask(`${HTTP_ROUTES.status}?task_id=${taskId}`)
  const base = { tenant: world.client.tenant, taskId, status: answer?.status ?? 0 }
  if (answer?.status !== 200) return { ...base, state: null, version: null, sha256: null, hasResultUrl: false }
  const view = await world.client.status(taskId)
  return {
    ...base,
    state: view?.state ?? null,
    version: view?.version ?? null,
    sha256: view?.output?.sha256 ?? null,
    hasResultUrl: typeof view?.result_url === 'string',
  }
}

async function visibleFiles(root: string): Promise<FileOnDisk[]> {
  const files: FileOnDisk[] = []
  if (!existsSync(root)) return files
  for (const tenant of await readdir(root)) {
    if (tenant.startsWith('.')) continue
    for (const name of await readdir(join(root, tenant))) {
      const bytes = await readFile(join(root, tenant, name))
      const hex = (algorithm: string): string => createHash(algorithm).update(bytes).digest('hex')
      files.push({ tenant, name, md5: hex('md5'), sha256: hex('sha256'), size: bytes.length })
    }
  }
  return files
}

async function orphansOf(world: Scene, openUploads: readonly string[]): Promise<string[]> {
  const kept = new Set(openUploads.map((id) => `u-${id}`))
  const list = async (dir: string): Promise<string[]> => (existsSync(dir) ? readdir(dir) : [])
  const temporaries = (await list(join(world.gateway.dataDir, 'pool', '.tmp'))).filter((name) => !kept.has(name))
  const perWorker = await Promise.all(
    world.workers.map(async (worker) =>
      (await Promise.all(['work', 'spool'].map((dir) => list(join(worker.dataDir, dir)))))
        .flat()
        .map((name) => `${worker.name}: ${name}`),
    ),
  )
  return [...temporaries, ...perWorker.flat()]
}

function sizeOf(path: string): number {
  return statSync(path, { throwIfNoEntry: false })?.size ?? 0
}
