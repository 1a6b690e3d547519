import {
  chmodSync,
  readFileSync,
  renameSync,
  statSync,
  symlinkSync,
  truncateSync,
  utimesSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { found } from '../auditor/violations.ts'
import { codeIn, taskIdIn } from '../rig/client.ts'
import { writeScript } from '../rig/taskScript.ts'
import { TENANT } from '../rig/world.ts'
import { uploadInputs } from './busyDay.ts'
import type { FaultCase } from './fault.ts'

const TELLS_OF_DAMAGE: ReadonlySet<string> = new Set(['INPUT_CORRUPT', 'INPUT_MISSING', 'INPUT_FETCH_FAILED'])

export const poolDamaged: FaultCase = {
  id: 'F21',
  title: 'a stored file is altered, cut short or replaced by a link',
  trials: { commit: 7, night: 34, release: 34 },
  variants: ['bit flip', 'bit flip, same time', 'cut short', 'link'],
  sample: 1,
  async run(trial) {
    const world = await trial.openWorld()
    await world.gateway.start()
    const { voice, avatar } = await uploadInputs(world)
    const order = { requestId: `q_${trial.random.hex(8)}`, voice, avatar, name: writeScript({}) }
    // Before the task is there, or while it waits for a worker.
    const isEarly = trial.random.chance(0.5)
    const damageNow = (): void => {
      damage(join(world.gateway.dataDir, 'pool', TENANT, avatar.sha256), trial.variant, world.root)
      world.damaged.add(avatar.sha256)
    }
    if (isEarly) damageNow()
    const answer = await world.client.submit(order)
    if (!isEarly) damageNow()
    await world.startWorker()
    await world.settle()
    const taskId = answer === undefined ? null : taskIdIn(answer)
    // Told at the submit, or as the end of the task: what was not stored is never made into a video.
    const view = taskId === null ? undefined : await world.client.status(taskId)
    const code = view?.error_code ?? (answer === undefined ? null : codeIn(answer))
    const violations = await world.verify()
    if (code !== null && TELLS_OF_DAMAGE.has(code)) return violations
    return [
      ...violations,
      found('I6', `a damaged input was told as ${String(code)}, the task is ${String(view?.state)}`),
    ]
  },
}

function damage(path: string, how: string, scratch: string): void {
  const { atime, mtime, size } = statSync(path)
  chmodSync(path, 0o600)
  if (how === 'cut short') truncateSync(path, Math.floor(size / 2))
  else if (how === 'link') {
    const elsewhere = join(scratch, 'elsewhere')
    renameSync(path, elsewhere)
    symlinkSync(elsewhere, path)
    return
  } else {
    const bytes = readFileSync(path)
    bytes[Math.floor(size / 2)] = (bytes[Math.floor(size / 2)] ?? 0) ^ 1
    writeFileSync(path, bytes)
    if (how === 'bit flip, same time') utimesSync(path, atime, mtime)
  }
  chmodSync(path, 0o400)
}
