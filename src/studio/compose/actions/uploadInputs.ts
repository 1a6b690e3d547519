import { safeFileName } from '../../../shared/node/index.ts'
import type { GatewayLink } from '../../connection/index.ts'
import type { StoredInput } from '../../history/index.ts'
import { aboutFile } from '../../personFile.ts'
import { createRateMeter } from '../../transfer/index.ts'
import { byteProgress } from '../progressOf.ts'
import { digestsOf, ownLink } from './action.ts'
import type { ActionDeps, ActionRun } from './action.ts'
import { assertUnchanged } from './inputStamp.ts'

export async function uploadInputs(deps: ActionDeps, run: ActionRun): Promise<void> {
  const link = ownLink(deps, run.record)
  const { avatar, voice } = run.record
  const total = avatar.stamp.sizeBytes + voice.stamp.sizeBytes
  const meter = createRateMeter(deps.clock)
  let before = 0
  let resumedBefore = 0
  for (const input of [avatar, voice]) {
    let resumed = 0
    await uploadInput(deps, run, link, input, (sentBytes, resumedFromBytes) => {
      resumed = resumedFromBytes
      const done = before + sentBytes
      const progress = { done, total, perSecond: meter.measure(done), resumedFrom: resumedBefore + resumed }
      deps.ledger.setProgress(run.record.id, byteProgress('upload', progress))
    })
    before += input.stamp.sizeBytes
    resumedBefore += resumed
  }
  run.apply({ kind: 'uploaded' })
}

async function uploadInput(
  deps: ActionDeps,
  run: ActionRun,
  link: GatewayLink,
  input: StoredInput,
  onProgress: (sentBytes: number, resumedFromBytes: number) => void,
): Promise<void> {
  try {
    await assertUnchanged(input)
    await deps.transfers.upload(link, {
      path: input.path,
      file: {
        ...digestsOf(input),
        ext: input.ext,
        sizeBytes: input.stamp.sizeBytes,
        name: safeFileName(input.name, { maxBytes: 200 }),
      },
      signal: run.signal,
      onProgress: ({ sentBytes, resumedFromBytes }) => {
        run.unblock()
        onProgress(sentBytes, resumedFromBytes)
      },
      onInterrupted: run.block,
    })
    // Still being written: what was sent is only its beginning.
    await assertUnchanged(input)
  } catch (error) {
    if (run.signal.aborted) throw run.signal.reason
    throw aboutFile(error, input.name)
  }
}
