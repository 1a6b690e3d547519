import { spawnSync } from 'node:child_process'
import { chmodSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import type { Violation } from '../auditor/evidence.ts'
import { found } from '../auditor/violations.ts'
import { HTTP_ROUTES } from '../../../src/protocol/http/index.ts'
import { codeIn } from '../rig/client.ts'
import type { World } from '../rig/world.ts'
import { pause, startBusyDay } from './busyDay.ts'
import type { FaultCase } from './fault.ts'
import { uploadOnce } from './plainUpload.ts'

/** Without this an administrator's process may write wherever it likes, whatever the mode of a folder says. */
const BOUND_BY_MODES = ['setpriv', '--bounding-set', '-dac_override', '--inh-caps', '-dac_override']

export const dataDirGone: FaultCase = {
  id: 'F15',
  title: 'data folder read-only, or its pool deleted while running',
  trials: { commit: 3, night: 10, release: 20 },
  variants: ['read-only', 'pool deleted'],
  missing: () => (spawnSync('setpriv', ['--version']).status === 0 ? undefined : 'setpriv is not installed'),
  async run(trial) {
    const world = await trial.openWorld({ gatewayWrapper: process.getuid?.() === 0 ? BOUND_BY_MODES : [] })
    await world.gateway.start()
    await world.startWorker()
    return trial.variant === 'read-only' ? readOnlyForAWhile(world) : deletedPool(world)
  },
}

async function readOnlyForAWhile(world: World): Promise<readonly Violation[]> {
  const dirs = ['', 'pool', 'pool/.tmp'].map((name) => join(world.gateway.dataDir, name))
  for (const dir of dirs) chmodSync(dir, 0o500)
  const answer = await uploadOnce(world, world.random.bytes(2_000))
  const code = answer === undefined ? null : codeIn(answer)
  const day = startBusyDay(world, { isPersistent: true })
  await pause(world.random.between(50, 300))
  for (const dir of dirs) chmodSync(dir, 0o700)
  await day.answered
  const violations = await world.verify()
  return code === 'STORE_UNAVAILABLE'
    ? violations
    : [...violations, found('I11', `read-only was told as ${String(code)}`)]
}

/** What was stored is gone by a person's hand: what counts is that the gateway says so and goes on. */
async function deletedPool(world: World): Promise<readonly Violation[]> {
  await startBusyDay(world, { tasks: 2 }).answered
  await world.settle()
  rmSync(join(world.gateway.dataDir, 'pool'), { recursive: true })
  await startBusyDay(world, { tasks: 2 }).answered.catch(() => undefined)
  const health = await world.client.ask(HTTP_ROUTES.health)
  const violations = await world.verify({ isSettled: false })
  const kept = violations.filter(({ invariant }) => ['I1', 'I3', 'I11', 'I12', 'I15'].includes(invariant))
  return health?.status === 200 ? kept : [...kept, found('I15', 'the gateway does not answer any more')]
}
