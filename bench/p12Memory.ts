// P12: memory of studio and gateway while a 4 GiB file is hashed, uploaded and downloaded.
import { fork } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { createFileHasher, ensureDir } from '../src/shared/node/index.ts'
import { withLoopLag } from './measure/loopLag.ts'
import type { LoopLag } from './measure/loopLag.ts'
import { sampleMemory } from './measure/memory.ts'
import type { MemorySampler } from './measure/memory.ts'
import { GIB, makeScratch, MIB, writeRandomFile } from './measure/scratch.ts'
import type { Scratch } from './measure/scratch.ts'
import { startGatewayProcess } from './pool/gatewayProcess.ts'
import type { GatewayProcess } from './pool/gatewayProcess.ts'
import type { FromTransfer, ToTransfer } from './pool/transferMessages.ts'
import { assertStoredIntact } from './pool/storedFile.ts'
import { compare } from './report/row.ts'
import type { Figure } from './report/row.ts'
import { runRowScript } from './report/rowScript.ts'

const TRANSFER_SCRIPT = fileURLToPath(new URL('pool/transferProcess.ts', import.meta.url))
const COMPILED = fileURLToPath(new URL('../node_modules/.cache/compiled', import.meta.url))
const MAX_RISE_MB = 64
const BAR = { text: `≤ ${MAX_RISE_MB} MB`, isMet: (riseMb: number) => riseMb <= MAX_RISE_MB }
const PHASES = ['hash', 'upload', 'download'] as const

await runRowScript({
  row: 'P12',
  title: 'memory while a 4 GiB file is hashed, uploaded and downloaded',
  async measure({ isQuick, log }) {
    // The gateway refuses more than 4 GiB; with room for the source, the pool's copy and the one that comes back.
    const sizeBytes = isQuick ? 512 * MIB : 4 * GIB
    const scratch = await makeScratch(3 * sizeBytes)
    log(`writing ${sizeBytes / MIB} MiB`)
    await writeRandomFile(scratch.path('avatar.mp4'), sizeBytes)
    await ensureDir(scratch.path('gateway'), 0o700)
    const gateway = await startGatewayProcess(scratch.path('gateway'))
    const studio = startTransferProcess(gateway)
    try {
      await answerOf(studio)
      return await measurePhases({ gateway, studio, scratch, sizeBytes, log })
    } finally {
      tell(studio, { kind: 'stop' })
      await gateway.stop()
      await scratch.remove()
    }
  },
})

interface Transfer {
  readonly gateway: GatewayProcess
  readonly studio: ChildProcess
  readonly scratch: Scratch
  readonly sizeBytes: number
  readonly log: (text: string) => void
}

async function measurePhases(transfer: Transfer): Promise<readonly Figure[]> {
  const { gateway, studio, scratch, log } = transfer
  const memory = { studio: await sampleMemory(studio.pid ?? 0), gateway: await sampleMemory(gateway.pid) }
  const figures: Figure[] = []
  try {
    for (const kind of PHASES) {
      log(kind)
      const path = scratch.path(kind === 'download' ? 'back.mp4' : 'avatar.mp4')
      const { result: done, lag: idleLag } = await withLoopLag(() => {
        tell(studio, { kind, path })
        return answerOf(studio)
      })
      if (done.kind !== 'done') throw new Error(done.kind === 'failed' ? done.message : 'an answer to nothing')
      figures.push(...(await phaseFigures(kind, { ...transfer, done, idleLag, memory })))
      await assertArrived(kind, scratch)
    }
  } finally {
    memory.studio.stop()
    memory.gateway.stop()
  }
  return figures
}

interface Phase {
  readonly sizeBytes: number
  readonly done: Extract<FromTransfer, { kind: 'done' }>
  /** How late the timers of a process come that only waits: what the machine itself does. */
  readonly idleLag: LoopLag
  readonly memory: { readonly studio: MemorySampler; readonly gateway: MemorySampler }
}

async function phaseFigures(
  kind: (typeof PHASES)[number],
  { sizeBytes, done, idleLag, memory }: Phase,
): Promise<readonly Figure[]> {
  const idle = (ms: number) => ({ name: 'an idle process beside it', samples: [ms] })
  const studioMb = await memory.studio.takeRiseMb()
  const gatewayMb = await memory.gateway.takeRiseMb()
  return [
    compare({ what: `${kind}: rise of the studio's side`, unit: 'MB', ours: [studioMb], bar: BAR }),
    ...(kind === 'hash'
      ? []
      : [compare({ what: `${kind}: rise of the gateway`, unit: 'MB', ours: [gatewayMb], bar: BAR })]),
    compare({ what: `${kind}: speed`, unit: 'MB/s', ours: [sizeBytes / 1e6 / (done.tookMs / 1000)] }),
    compare({
      what: `${kind}: lag of the studio's loop, p99`,
      unit: 'ms',
      ours: [done.lag.p99Ms],
      peer: idle(idleLag.p99Ms),
    }),
    compare({
      what: `${kind}: lag of the studio's loop, longest`,
      unit: 'ms',
      ours: [done.lag.maxMs],
      peer: idle(idleLag.maxMs),
    }),
  ]
}

/** A fast wrong transfer is worth nothing: what lies on the disk at the other end must be what was sent. */
async function assertArrived(kind: (typeof PHASES)[number], scratch: Scratch): Promise<void> {
  if (kind === 'hash') return
  const hasher = createFileHasher()
  try {
    const sent = await hasher.hash(scratch.path('avatar.mp4'))
    if (kind === 'upload') await assertStoredIntact(scratch.path('gateway'), sent, hasher)
    else if ((await hasher.hash(scratch.path('back.mp4'))).sha256 !== sent.sha256) {
      throw new Error('the file that came back is not the one that was sent')
    }
  } finally {
    await hasher.stop()
  }
}

function startTransferProcess({ url, licenseKey }: GatewayProcess): ChildProcess {
  return fork(TRANSFER_SCRIPT, {
    // As `bin/dhs.js` starts everything: without it each thread carries the compiler for the sources.
    env: { NODE_COMPILE_CACHE: COMPILED, ...process.env, BENCH_GATEWAY_URL: url, BENCH_LICENSE_KEY: licenseKey },
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
  })
}

function tell(studio: ChildProcess, message: ToTransfer): void {
  if (studio.connected) studio.send(message)
}

async function answerOf(studio: ChildProcess): Promise<FromTransfer> {
  const ended = once(studio, 'exit').then(() => ({ kind: 'failed', message: 'the process ended' }) as const)
  const answered = once(studio, 'message').then(([message]) => message as FromTransfer)
  return Promise.race([answered, ended])
}
