import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { FAULT_POINTS } from '../../../src/shared/index.ts'
import type { FaultPoint } from '../../../src/shared/index.ts'
import type { Violation } from '../auditor/evidence.ts'
import { readLedger } from '../auditor/ledger.ts'
import { found } from '../auditor/violations.ts'
import { freeBox, outputVideo, voiceFile } from '../rig/fixtures.ts'
import type { StudioJob } from '../rig/messages.ts'
import { readStore } from '../rig/readStore.ts'
import { writeScript } from '../rig/taskScript.ts'
import { StudioHandle } from '../rig/studioHandle.ts'
import type { World } from '../rig/world.ts'
import { pause } from './busyDay.ts'
import type { FaultCase, Trial } from './fault.ts'
import { NotReached } from './fault.ts'

const DONE_LIMIT_MS = 40_000
const RANDOM_TIME = 'random time'

export const appKilled: FaultCase = {
  id: 'F06',
  title: 'app killed while it submits, uploads, downloads or saves',
  trials: { commit: 4, night: 50, release: 167 },
  variants: [RANDOM_TIME, ...FAULT_POINTS.filter((point) => point.startsWith('studio.'))],
  sample: 1,
  async run(trial) {
    const world = await trial.openWorld()
    await world.gateway.start()
    await world.startWorker()
    const studio = new StudioHandle(world, makeJobs(world, trial.random.between(1, 2)))
    await killOnce(studio, trial)
    await studio.start()
    const ends = await studio.untilDone(DONE_LIMIT_MS)
    await studio.stop()
    const violations = await world.verify()
    return [...violations, ...madeOnce(world, studio, ends)]
  },
}

async function killOnce(studio: StudioHandle, trial: Trial): Promise<void> {
  const point = FAULT_POINTS.find((one): one is FaultPoint => one === trial.variant)
  if (point === undefined) {
    await studio.start()
    await pause(trial.random.between(0, 1_500))
    await studio.kill()
    return
  }
  const died = studio.start([{ point, action: 'kill' }]).then(() => studio.process.ended)
  await Promise.race([died.catch(() => undefined), pause(DONE_LIMIT_MS / 4)])
  if (studio.isAlive) throw new NotReached(point)
}

function makeJobs(world: World, count: number): StudioJob[] {
  const dir = join(world.root, 'media')
  mkdirSync(dir)
  mkdirSync(join(world.root, 'videos'))
  return Array.from({ length: count }, (_, index) => {
    const name = `job-${String(index)}`
    const avatarPath = join(dir, `${name}.mp4`)
    const voicePath = join(dir, `${name}.wav`)
    const padBytes = world.random.between(0, 2_000_000)
    writeFileSync(avatarPath, Buffer.concat([readFileSync(outputVideo()), freeBox(world.random.hex(8), padBytes)]))
    writeFileSync(voicePath, voiceFile(world.random.bytes(32)))
    // Large enough to be killed in the middle of its download.
    const script = writeScript({ label: name, padKib: world.random.between(64, 1_024) })
    return { name, script, avatarPath, voicePath, outputPath: join(world.root, 'videos', `${name}-out.mp4`) }
  })
}

/** One click, one task, one whole video in its place, and nothing else in the folder. */
function madeOnce(world: World, studio: StudioHandle, ends: Readonly<Record<string, string>>): Violation[] {
  const violations: Violation[] = []
  const made = new Set(
    world.workers
      .flatMap((worker) => readLedger('worker', world.ledgerPath(`worker-${worker.name}`)))
      .flatMap((fact) => (fact.kind === 'finished' ? [fact.sha256] : [])),
  )
  for (const [name, end] of Object.entries(ends)) {
    if (end !== 'done') violations.push(found('I1', `${name} ended as ${end}`))
    const path = join(studio.outputDir, `${name}-out.mp4`)
    if (!existsSync(path)) violations.push(found('I6', `${name} has no video`))
    else if (!made.has(createHash('sha256').update(readFileSync(path)).digest('hex'))) {
      violations.push(found('I6', `the video of ${name} is not what a run made`))
    }
  }
  const expected = new Set(Object.keys(ends).map((name) => `${name}-out.mp4`))
  for (const name of readdirSync(studio.outputDir)) {
    if (!expected.has(basename(name))) violations.push(found('I7', `${name} was left in the output folder`))
  }
  const { tasks } = readStore(join(world.gateway.dataDir, 'gateway.db'))
  if (tasks.length !== expected.size) {
    violations.push(found('I3', `${String(expected.size)} clicks became ${String(tasks.length)} tasks`))
  }
  return violations
}
