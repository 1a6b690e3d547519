import { chmodSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { loadCredentials } from '../../../src/gateway/index.ts'
import { isAppError } from '../../../src/shared/index.ts'
import type { Violation } from '../auditor/evidence.ts'
import { found } from '../auditor/violations.ts'
import type { FaultCase } from './fault.ts'

export const settingsDamaged: FaultCase = {
  id: 'F57',
  title: 'credentials file of a gateway corrupt or cut short',
  trials: { commit: 20, night: 100, release: 200 },
  async run(trial) {
    const { random } = trial
    const world = await trial.openWorld()
    const dataDir = join(world.root, 'credentials')
    mkdirSync(dataDir)
    const made = await loadCredentials(dataDir, {})
    const path = join(dataDir, 'credentials.json')
    const whole = readFileSync(path)
    const damaged = random.chance(0.5)
      ? whole.subarray(0, random.between(0, whole.length - 1))
      : flipped(whole, random.between(0, whole.length - 1))
    chmodSync(path, 0o600)
    writeFileSync(path, damaged)
    const outcome = await loadCredentials(dataDir, {}).then(
      (loaded) => (sameSecrets(loaded, made) ? 'same' : 'others'),
      (error: unknown) => (isAppError(error) ? `${error.code} ${JSON.stringify(error.data)}` : String(error)),
    )
    const violations: Violation[] = []
    // A flipped character can still be a valid file with another secret; what must not happen is a new key in silence.
    const isTold = /^(?:SECRET_UNREADABLE|SECRET_WEAK)/.test(outcome)
    if (!isTold && outcome !== 'same' && outcome !== 'others') violations.push(found('I11', `told as ${outcome}`))
    if (outcome.startsWith('SECRET_UNREADABLE') && !outcome.includes('credentials.json')) {
      violations.push(found('I11', `the file is not named: ${outcome}`))
    }
    if (!readFileSync(path).equals(damaged)) violations.push(found('I1', 'the damaged file was overwritten'))
    return violations
  },
}

function flipped(whole: Buffer, at: number): Buffer {
  const bytes = Buffer.from(whole)
  bytes[at] = (bytes[at] ?? 0) ^ 0x01
  return bytes
}

function sameSecrets(one: object, other: object): boolean {
  return JSON.stringify(one) === JSON.stringify(other)
}
