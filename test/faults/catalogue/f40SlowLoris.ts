import { once } from 'node:events'
import { connect } from 'node:net'
import { WebSocket } from 'ws'
import { HTTP_ROUTES } from '../../../src/protocol/http/index.ts'
import type { Violation } from '../auditor/evidence.ts'
import { found } from '../auditor/violations.ts'
import { ScriptedWorker } from '../rig/scriptedWorker.ts'
import type { World } from '../rig/world.ts'
import { pause, startBusyDay } from './busyDay.ts'
import { serversNow } from './connectedServers.ts'
import type { FaultCase } from './fault.ts'
import { NotReached } from './fault.ts'

const FACTOR = 6
const CROWD = 500
/** Each of them is a worker with a row of its own. */
const SILENT_WORKERS = 100
const MOST_WAIT_MS = 300
/** How late a look at the deadlines may be, real milliseconds. */
const SLACK_MS = 2_000

/** Of its deadline, that each of them must have lived. */
const LEAST_SHARE = 0.4

interface Siege {
  /** By when all must be closed, real milliseconds. */
  readonly limitMs: number
  /** Resolves with how long each connection lived, real milliseconds. */
  readonly lay: (world: World) => Promise<readonly Promise<number>[]>
}

const SIEGES: Readonly<Record<string, Siege>> = {
  // Node's own deadline: real time.
  headers: { limitMs: 10_000, lay: async (world) => rawCrowd(world, 'GET /api/heygem/health HTTP/1.1\r\nX-A: ') },
  body: { limitMs: 30_000 / FACTOR, lay: async (world) => rawCrowd(world, unfinishedBody(world)) },
  'idle upgrade': { limitMs: 5_000 / FACTOR, lay: async (world) => upgradeCrowd(world) },
  'silent worker': { limitMs: 60_000 / FACTOR, lay: silentWorkers },
}

export const slowLoris: FaultCase = {
  id: 'F40',
  title: '500 connections that only hold their place',
  trials: { commit: 1, night: 2, release: 5 },
  variants: Object.keys(SIEGES),
  sample: 0,
  async run(trial) {
    const siege = SIEGES[trial.variant]
    if (siege === undefined) throw new Error(`no siege ${trial.variant}`)
    const world = await trial.openWorld({
      factor: FACTOR,
      overrides: {
        // As the product has them.
        timings: { socketAuthMs: 5_000, jsonBodyMs: 30_000 },
        limits: { maxWebSockets: CROWD + 100, maxWebSocketsPerAddress: CROWD + 100 },
      },
    })
    await world.gateway.start()
    const lives = await siege.lay(world)
    const isOver = new AbortController()
    const service = waits(world, isOver.signal)
    const lived = await Promise.all(lives.map((life) => Promise.race([life, expired(siege.limitMs + SLACK_MS)])))
    isOver.abort()
    wasLaid(lived, siege.limitMs)
    const waitsMs = await service
    await world.startWorker()
    await startBusyDay(world, { tasks: 2 }).answered
    return [...(await world.verify()), ...judge(lived, waitsMs, siege.limitMs)]
  },
}

/** Connections that were refused at their birth hold no place: then there was no siege. */
function wasLaid(lived: readonly number[], limitMs: number): void {
  const brief = lived.filter((life) => life < limitMs * LEAST_SHARE)
  if (brief.length > 0)
    throw new NotReached(`${String(brief.length)} of ${String(lived.length)} did not hold their place`)
}

function judge(lived: readonly number[], waitsMs: readonly number[], limitMs: number): Violation[] {
  const late = lived.filter((life) => life > limitMs + SLACK_MS)
  const sorted = waitsMs.toSorted((one, other) => one - other)
  const slow = sorted[Math.floor(sorted.length * 0.95)] ?? Infinity
  return [
    ...(late.length === 0 ? [] : [found('I14', `${String(late.length)} of ${String(lived.length)} were left open`)]),
    ...(slow < MOST_WAIT_MS
      ? []
      : [found('I14', `others waited ${slow.toFixed(0)} ms (p95 of ${String(sorted.length)} requests)`)]),
  ]
}

async function expired(limitMs: number): Promise<number> {
  await pause(limitMs + 200)
  return Infinity
}

function rawCrowd(world: World, text: string): Promise<number>[] {
  return Array.from({ length: CROWD }, async () => {
    const bornAt = performance.now()
    const socket = connect({ port: world.gateway.port, host: '127.0.0.1' })
    socket.on('error', () => undefined)
    world.onClose(() => {
      socket.destroy()
    })
    socket.on('connect', () => socket.write(text))
    // Read, or the end would never be seen.
    socket.resume()
    await once(socket, 'close')
    return performance.now() - bornAt
  })
}

function unfinishedBody({ gateway, credentials }: World): string {
  const head = [
    `POST ${HTTP_ROUTES.submit} HTTP/1.1`,
    `Host: 127.0.0.1:${String(gateway.port)}`,
    `Authorization: Bearer ${credentials.licenseKey}`,
    ...['Content-Type: application/json', 'Content-Length: 1000', '', '{'],
  ]
  return head.join('\r\n')
}

function upgradeCrowd(world: World): Promise<number>[] {
  return Array.from({ length: CROWD }, async () => {
    const bornAt = performance.now()
    const socket = new WebSocket(world.gateway.dspUrl)
    socket.on('error', () => undefined)
    world.onClose(() => {
      socket.terminate()
    })
    await once(socket, 'close')
    return performance.now() - bornAt
  })
}

/** Registered, and then deaf: they answer no ping. */
async function silentWorkers(world: World): Promise<readonly Promise<number>[]> {
  const workers = await Promise.all(Array.from({ length: SILENT_WORKERS }, () => ScriptedWorker.connect(world)))
  const startedAt = performance.now()
  for (const worker of workers) worker.pause()
  const lives = new Map(workers.map((worker) => [worker.id, Promise.withResolvers<number>()]))
  void watchGone(world, (workerId) => lives.get(workerId)?.resolve(performance.now() - startedAt))
  return [...lives.values()].map(({ promise }) => promise)
}

/** Whoever does not read sees no close either: an operator does. */
async function watchGone(world: World, onGone: (workerId: string) => void): Promise<void> {
  for (let isOpen = true; isOpen;) {
    await pause(100)
    const servers = (await serversNow(world)) ?? []
    for (const server of servers) if (server.connected_since === null) onGone(server.worker_id)
    isOpen = world.gateway.isAlive && servers.some((server) => server.connected_since !== null)
  }
}

/** What a request takes meanwhile, milliseconds. */
async function waits(world: World, signal: AbortSignal): Promise<number[]> {
  const waitsMs: number[] = []
  while (!signal.aborted) {
    const sentAt = performance.now()
    const answer = await world.client.ask(`${HTTP_ROUTES.tasks}?limit=1`)
    waitsMs.push(answer?.status === 200 ? performance.now() - sentAt : Infinity)
    await pause(50)
  }
  return waitsMs
}
