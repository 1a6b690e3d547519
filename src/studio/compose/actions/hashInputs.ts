import type { StoredInput } from '../../history/index.ts'
import { aboutFile } from '../../personFile.ts'
import { createRateMeter } from '../../transfer/index.ts'
import type { Digests } from '../../transfer/index.ts'
import { byteProgress } from '../progressOf.ts'
import type { ActionDeps, ActionRun } from './action.ts'
import { assertUnchanged } from './inputStamp.ts'

export async function hashInputs(deps: ActionDeps, run: ActionRun): Promise<void> {
  const { avatar, voice } = run.record
  const total = avatar.stamp.sizeBytes + voice.stamp.sizeBytes
  const meter = createRateMeter(deps.clock)
  const report = (before: number) => (hashedBytes: number) => {
    const done = before + hashedBytes
    try {
      deps.ledger.setProgress(run.record.id, byteProgress('hash', { done, total, perSecond: meter.measure(done) }))
    } catch {
      // A hint only, and the listener of a thread must not throw. A history that cannot be read is told when the
      // digests are stored.
    }
  }
  const avatarDigests = await digest(deps, avatar, run.signal, report(0))
  const voiceDigests = await digest(deps, voice, run.signal, report(avatar.stamp.sizeBytes))
  run.apply({ kind: 'hashed', avatar: avatarDigests, voice: voiceDigests })
}

async function digest(
  deps: ActionDeps,
  input: StoredInput,
  signal: AbortSignal,
  onProgress: (hashedBytes: number) => void,
): Promise<Digests> {
  try {
    await assertUnchanged(input)
    const { md5, sha256 } = await deps.hashCache.digest(input.path, { signal, onProgress })
    await assertUnchanged(input)
    return { md5, sha256 }
  } catch (error) {
    if (signal.aborted) throw signal.reason
    throw aboutFile(error, input.name)
  }
}
