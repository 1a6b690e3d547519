import { randomBytes } from 'node:crypto'
import type { Violation } from '../auditor/evidence.ts'
import { found } from '../auditor/violations.ts'
import type { Proxy } from '../rig/proxy.ts'
import type { World } from '../rig/world.ts'
import { pause } from './busyDay.ts'
import type { FaultCase, Trial } from './fault.ts'
import { NotReached } from './fault.ts'
import { offsetsBeyondFiles } from './openUploads.ts'

const UPLOAD_LIMIT_MS = 20_000
/** As the product has it: 15 s without a byte, and a second look. */
const CHECK_MS = 15_000
const CLOSED_LIMIT_MS = 5_000

export const uploadBroken: FaultCase = {
  id: 'F18',
  title: 'upload cut off, reset or stalled at a random byte',
  trials: { commit: 13, night: 75, release: 250 },
  variants: ['fin', 'reset', 'stall, then cut', 'stall until closed'],
  sample: 2,
  async run(trial) {
    const { random } = trial
    const world = await trial.openWorld({ overrides: { timings: { uploadCheckMs: CHECK_MS } } })
    const proxy = await world.openProxy()
    await world.gateway.start()
    const bytes = randomBytes(random.between(1, 3_000_000))
    breakAt(trial, proxy, random.between(1, bytes.length))
    const upload = world.openClient(proxy).upload(bytes, '.mp4', AbortSignal.timeout(UPLOAD_LIMIT_MS))
    const over = new AbortController()
    upload.then(
      () => {
        over.abort()
      },
      () => {
        over.abort()
      },
    )
    while (proxy.isCutPending && !over.signal.aborted) await pause(1)
    if (proxy.isCutPending) throw new NotReached('the upload was shorter than the cut')
    const violations = await endBreak(trial, world, proxy)
    await upload
    return [...violations, ...(await world.verify())]
  },
}

function breakAt({ variant }: Trial, proxy: Proxy, at: number): void {
  if (variant === 'fin' || variant === 'reset') proxy.cutAfter(at, 'up', variant)
  else proxy.freezeAfter(at, 'up')
}

/** With the line dead, so that the client does not go on: what would it be told to go on from? */
async function endBreak({ variant, random }: Trial, world: World, proxy: Proxy): Promise<Violation[]> {
  const violations: Violation[] = []
  const closedBefore = proxy.closedByTarget
  proxy.freeze()
  if (variant === 'stall, then cut') await pause(random.between(50, 1_200))
  if (variant === 'stall until closed') {
    const deadline = performance.now() + CLOSED_LIMIT_MS
    while (proxy.closedByTarget === closedBefore && performance.now() < deadline) await pause(5)
    if (proxy.closedByTarget === closedBefore) violations.push(found('I14', 'a stalled upload was left open'))
  }
  violations.push(...(await offsetsBeyondFiles(world)))
  proxy.cut()
  proxy.thaw()
  return violations
}
