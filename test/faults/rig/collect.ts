import { createHash } from 'node:crypto'
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs'
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Evidence, Expectations, FileOnDisk, FinalView, StrangerAnswer } from '../auditor/evidence.ts'
import { readLedger } from '../auditor/ledger.ts'
import { HTTP_ROUTES } from '../../../src/protocol/http/index.ts'
import { readStore } from './readStore.ts'
import type { TrialClient } from './client.ts'
import type { GatewayHandle } from './gatewayHandle.ts'
import type { Credentials } from './messages.ts'
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
  const strangers = await askAsStranger(world, [...taskIds])
  const measured = await world.gateway.process.measure()
  const openFiles = readdirSync(`/proc/${String(world.gateway.process.pid)}/fd`).length
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
    pool: readLedger('pool', world.ledgerPath('pool')),
    ...{ tasks: store.tasks, index: store.index, databaseCheck: store.check },
    files: await visibleFiles(join(world.gateway.dataDir, 'pool')),
    orphans: await orphansOf(world, store.openUploads),
    ...{ views, strangers, ends: [...world.ends], expectations },
    secrets: [
      { name: 'licence key', value: world.credentials.licenseKey },
      { name: 'worker secret', value: world.credentials.workerSecret },
      { name: 'admin token', value: world.credentials.adminToken },
    ],
    texts: textsOf(world),
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

/** The administrator is no tenant: to that credential a task of one must look like none at all. */
async function askAsStranger(world: Scene, taskIds: readonly string[]): Promise<StrangerAnswer[]> {
  const [taskId] = taskIds
  if (taskId === undefined) return []
  const ask = async (id: string): Promise<string> => {
    const headers = { authorization: `Bearer ${world.credentials.adminToken}` }
    const answer = await world.client.ask(`${HTTP_ROUTES.status}?task_id=${id}`, { headers })
    return `${String(answer?.status)} ${answer?.text ?? ''}`
  }
  const nothing = `t_${'0'.repeat(32)}`
  return [{ taskId, aboutTask: await ask(taskId), aboutNothing: await ask(nothing) }]
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

/** Logs, whatever the processes wrote, and the databases. */
function textsOf(world: Scene): Evidence['texts'] {
  const logs = readdirSync(world.logDir).map((name) => join(world.logDir, name))
  const stores = readdirSync(world.gateway.dataDir)
    .filter((name) => name.startsWith('gateway.db'))
    .map((name) => join(world.gateway.dataDir, name))
  return [...logs, ...stores].map((path) => ({ name: path.slice(world.root.length + 1), content: readFileSync(path) }))
}

function sizeOf(path: string): number {
  return statSync(path, { throwIfNoEntry: false })?.size ?? 0
}
