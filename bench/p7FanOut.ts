// P7: a step of progress, from its worker to 1, 100 and 1,000 Socket.IO clients, against plain socket.io.
import { mkdir } from 'node:fs/promises'
import { setTimeout as rest } from 'node:timers/promises'
import { SMALL_YOUNG_SPACE, startChild } from './doors/child.ts'
import { connectEventClient } from './doors/eventClient.ts'
import type { EventClient } from './doors/eventClient.ts'
import { openOurFanOut, openPlainFanOut } from './doors/fanOut.ts'
import type { FanOut, PlainTold } from './doors/fanOut.ts'
import type { GatewayTold } from './doors/gatewayTold.ts'
import { residentMb } from './measure/memory.ts'
import { runRounds } from './measure/rounds.ts'
import type { Variant } from './measure/rounds.ts'
import { GIB, makeScratch } from './measure/scratch.ts'
import type { Scratch } from './measure/scratch.ts'
import { percentile } from './measure/statistics.ts'
import { compare } from './report/row.ts'
import type { Figure } from './report/row.ts'
import { runRowScript } from './report/rowScript.ts'

const ROUNDS = 5
const PEER = 'plain socket.io, volatile broadcast'
const CLIENTS = [1, 100, 1_000] as const
const SIDES = ['ours', 'peer'] as const
/** Between two steps, so that one does not wait for the other; and longer than 250 ms for the twelve of one task. */
const STEP_REST_MS = 25
/** Until a server that was just connected to has come to rest. */
const SETTLE_MS = 1_000

await runRowScript({
  row: 'P7',
  title: 'a step of progress to all clients',
  async measure({ isQuick, log }) {
    const scratch = await makeScratch(GIB)
    try {
      const steps = isQuick ? 20 : 200
      const times = await measureTimes(scratch, steps)
      log('times measured')
      return [...timeFigures(times), await measureMemory(scratch, isQuick ? 200 : 1_000)]
    } finally {
      await scratch.remove()
    }
  },
})

type Side = (typeof SIDES)[number]

interface OpenSide {
  readonly fanOut: FanOut
  stop(): Promise<void>
}

async function openSide(
  side: Side,
  scratch: Scratch,
  name: string,
  nodeArgs: readonly string[] = [],
): Promise<OpenSide> {
  if (side === 'peer') {
    const child = await startChild<PlainTold>('plainIoChild.ts', [], nodeArgs)
    return withStop(await openPlainFanOut(child), child)
  }
  const dataDir = scratch.path(name)
  await mkdir(dataDir)
  const child = await startChild<GatewayTold>('gatewayChild.ts', [dataDir], nodeArgs)
  return withStop(await openOurFanOut(child), child)
}

function withStop(fanOut: FanOut, child: { stop(): Promise<void> }): OpenSide {
  return {
    fanOut,
    async stop() {
      await fanOut.close()
      await child.stop()
    },
  }
}

async function connectClients(fanOut: FanOut, count: number): Promise<readonly EventClient[]> {
  const clients: EventClient[] = []
  const options = { port: fanOut.port, token: fanOut.token, event: 'task.progress' }
  // Fifty at a time: a burst of a thousand measures the kernel's backlog.
  while (clients.length < count) {
    const batch = Math.min(50, count - clients.length)
    clients.push(...(await Promise.all(Array.from({ length: batch }, () => connectEventClient(options)))))
  }
  return clients
}

type Times = Readonly<Partial<Record<string, readonly number[]>>>

/** 99th percentile over all deliveries of a round, by side and number of clients, milliseconds. */
async function measureTimes(scratch: Scratch, steps: number): Promise<Times> {
  const sides = { ours: await openSide('ours', scratch, 'times'), peer: await openSide('peer', scratch, '') }
  try {
    const variants: Record<string, Variant> = {}
    for (const side of SIDES) {
      for (const count of CLIENTS) variants[`${side} ${count}`] = () => timeSteps(sides[side].fanOut, count, steps)
    }
    return await runRounds<string>(variants, { rounds: ROUNDS })
  } finally {
    for (const side of SIDES) await sides[side].stop()
  }
}

async function timeSteps(fanOut: FanOut, count: number, steps: number): Promise<number> {
  const clients = await connectClients(fanOut, count)
  const timesMs: number[] = []
  for (let step = 0; step < steps; step += 1) {
    await rest(STEP_REST_MS)
    const startedAt = performance.now()
    await new Promise<void>((resolve) => {
      let left = count
      for (const client of clients) {
        client.onEvent(() => {
          timesMs.push(performance.now() - startedAt)
          left -= 1
          if (left === 0) resolve()
        })
      }
      fanOut.step()
    })
  }
  for (const client of clients) client.close()
  return percentile(timesMs, 0.99)
}

function timeFigures(times: Times): readonly Figure[] {
  return CLIENTS.map((count) =>
    compare({
      ...{
        what: `p99 of the way to ${count.toLocaleString('en')} clients`,
        unit: 'ms',
        ours: times[`ours ${count}`] ?? [],
      },
      peer: { name: PEER, samples: times[`peer ${count}`] ?? [] },
      bar: { text: '≤ 0.8×', isMet: (ours, peer) => ours <= 0.8 * peer },
    }),
  )
}

/** Resident memory that a connected client costs its server, in a server of its own each round. */
async function measureMemory(scratch: Scratch, count: number): Promise<Figure> {
  let opened = 0
  const kibPerClient = async (side: Side): Promise<number> => {
    opened += 1
    const opening = await openSide(side, scratch, `memory-${opened}`, SMALL_YOUNG_SPACE)
    const { fanOut } = opening
    // The first hundred bring code and pools into memory that the others use too.
    const first = await connectClients(fanOut, 100)
    await rest(SETTLE_MS)
    const before = await residentMb(fanOut.pid)
    const clients = [...first, ...(await connectClients(fanOut, count - first.length))]
    await rest(SETTLE_MS)
    const after = await residentMb(fanOut.pid)
    for (const client of clients) client.close()
    await opening.stop()
    return ((after - before) * 1e6) / 1_024 / (count - first.length)
  }
  const samples = await runRounds(
    { ours: () => kibPerClient('ours'), peer: () => kibPerClient('peer') },
    { rounds: ROUNDS },
  )
  return compare({
    ...{ what: 'memory of one client', unit: 'KiB', ours: samples.ours, peer: { name: PEER, samples: samples.peer } },
    bar: { text: '≤ 1×', isMet: (ours, peer) => ours <= peer },
  })
}
