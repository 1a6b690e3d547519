import {
  chmodSync,
  readdirSync,
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
import { voiceFile } from '../rig/fixtures.ts'
import { writeScript } from '../rig/taskScript.ts'
import { TENANT } from '../rig/world.ts'
import type { World } from '../rig/world.ts'
import { pause, uploadInputs } from './busyDay.ts'
import type { FaultCase } from './fault.ts'
import { notSucceeded } from './lostRuns.ts'
import { submitTask } from './submitTasks.ts'

const ASIDE_LIMIT_MS = 5_000
const ANSWER_LIMIT_MS = 20_000

export const poolDamaged: FaultCase = {
  id: 'F21',
  title: 'a stored file is altered, cut short or replaced by a link',
  trials: { commit: 7, night: 34, release: 34 },
  variants: ['bit flip', 'bit flip, same time', 'cut short', 'link'],
  sample: 1,
  async run(trial) {
    const { random, variant } = trial
    const world = await trial.openWorld()
    await world.gateway.start()
    const bytes = random.bytes(random.between(2_000, 60_000))
    const { voice, avatar } = await uploadInputs(world, { voice: voiceFile(random.bytes(32)), avatar: bytes })
    const damageNow = (): void => {
      damage(join(world.gateway.dataDir, 'pool', TENANT, avatar.sha256), variant, world.root)
      world.damaged.add(avatar.sha256)
    }
    // Before the task is there, or while it waits for a worker.
    const isEarly = random.chance(0.5)
    if (isEarly) damageNow()
    const answer = await world.client.submit({ requestId: `q_${random.hex(8)}`, voice, avatar, name: writeScript({}) })
    const taskId = answer === undefined ? null : taskIdIn(answer)
    if (!isEarly) damageNow()
    await world.startWorker()
    await world.settle()
    const view = taskId === null ? undefined : await world.client.status(taskId)
    const code = view?.error_code ?? (answer === undefined ? null : codeIn(answer))
    const isAside = await putAside(world, avatar.sha256)
    // Brought again, it is as good as new.
    await world.client.upload(bytes, '.mp4', AbortSignal.timeout(ANSWER_LIMIT_MS))
    const healed = await submitTask(world, {}, { voice, avatar })
    const violations = await world.verify()
    // A submit that finds nothing usable asks for the file; a task whose file went bad says that.
    const wanted = taskId === null ? 'INPUT_MISSING' : 'INPUT_CORRUPT'
    return [
      ...violations,
      ...notSucceeded(world, [healed]),
      ...(code === wanted ? [] : [found('I6', `a damaged input was told as ${String(code)} and not as ${wanted}`)]),
      ...(isAside ? [] : [found('I6', 'the damaged file was not put aside')]),
    ]
  },
}

async function putAside(world: World, sha256: string): Promise<boolean> {
  const dir = join(world.gateway.dataDir, 'pool', '.quarantine')
  const deadline = performance.now() + ASIDE_LIMIT_MS
  for (;;) {
    if (readdirSync(dir).some((name) => name.startsWith(sha256))) return true
    if (performance.now() > deadline) return false
    await pause(20)
  }
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
