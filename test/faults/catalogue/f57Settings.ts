import { chmodSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { z } from 'zod'
import { HTTP_ROUTES } from '../../../src/protocol/http/index.ts'
import type { Violation } from '../auditor/evidence.ts'
import { found } from '../auditor/violations.ts'
import type { Random } from '../rig/random.ts'
import type { World } from '../rig/world.ts'
import { startBusyDay } from './busyDay.ts'
import type { FaultCase } from './fault.ts'
import type { StartOutcome } from './startOutcome.ts'
import { startOutcome } from './startOutcome.ts'

const NAME = 'credentials.json'
const fileSchema = z.object({ license_key: z.string() })

export const settingsDamaged: FaultCase = {
  id: 'F57',
  title: 'credentials file of a gateway corrupt or cut short at its start',
  trials: { commit: 20, night: 100, release: 200 },
  async run(trial) {
    const world = await trial.openWorld({ readsCredentials: true })
    const path = join(world.gateway.dataDir, NAME)
    const whole = writeCredentials(world, path)
    await world.gateway.start()
    await world.startWorker()
    await startBusyDay(world, { tasks: 1 }).answered
    await world.settle()
    await world.gateway.stop()
    const damaged = damage(trial.random, whole)
    chmodSync(path, 0o600)
    writeFileSync(path, damaged)
    const outcome = await startOutcome(world)
    const violations = outcome.code === 'started' ? await opensByItsFile(world, damaged) : told(outcome)
    if (!readFileSync(path).equals(damaged)) violations.push(found('I1', 'the damaged file was overwritten'))
    // As an operator does, who has a copy of it.
    await world.gateway.stop()
    writeFileSync(path, whole)
    await world.gateway.start()
    // It holds secrets and has to: what is looked at after a trial must not.
    rmSync(path)
    return [...violations, ...(await world.verify())]
  },
}

function writeCredentials(world: World, path: string): Buffer {
  const { licenseKey, workerSecret, adminToken } = world.credentials
  const file = { license_key: licenseKey, worker_secret: workerSecret, admin_token: adminToken }
  const whole = Buffer.from(`${JSON.stringify(file, null, 2)}\n`)
  mkdirSync(world.gateway.dataDir, { recursive: true, mode: 0o700 })
  writeFileSync(path, whole, { mode: 0o600 })
  return whole
}

function damage(random: Random, whole: Buffer): Buffer {
  if (random.chance(0.5)) return whole.subarray(0, random.between(0, whole.length - 1))
  const bytes = Buffer.from(whole)
  const at = random.between(0, whole.length - 1)
  bytes[at] = (bytes[at] ?? 0) ^ 0x01
  return bytes
}

/** A changed character can leave a valid file with another secret: then that one counts, and never a new one in silence. */
async function opensByItsFile(world: World, damaged: Buffer): Promise<Violation[]> {
  const { license_key: inFile } = fileSchema.parse(JSON.parse(damaged.toString()))
  const headers = { authorization: `Bearer ${inFile}` }
  const answer = await world.client.ask(HTTP_ROUTES.tasks, { headers })
  return answer?.status === 200 ? [] : [found('I11', `the key of the file was answered ${String(answer?.status)}`)]
}

function told({ code, message }: StartOutcome): Violation[] {
  if (code === 'SECRET_WEAK') return []
  if (code !== 'SECRET_UNREADABLE') return [found('I11', `told as ${code}`)]
  return message.includes(NAME) ? [] : [found('I11', `the file is not named: ${message}`)]
}
