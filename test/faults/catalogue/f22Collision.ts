import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Violation } from '../auditor/evidence.ts'
import { found } from '../auditor/violations.ts'
import { digestsOf } from '../rig/client.ts'
import { TENANT } from '../rig/world.ts'
import type { FaultCase } from './fault.ts'

/** Two different blocks with one MD5 (Wang and others, 2004); the same bytes behind both keep it so. */
const BLOCKS = [
  'd131dd02c5e6eec4693d9a0698aff95c2fcab58712467eab4004583eb8fb7f8955ad340609f4b30283e488832571415a085125e8f7cdc99fd91dbdf280373c5bd8823e3156348f5bae6dacd436c919c6dd53e2b487da03fd02396306d248cda0e99f33420f577ee8ce54b67080a80d1ec69821bcb6a8839396f9652b6ff72a70',
  'd131dd02c5e6eec4693d9a0698aff95c2fcab50712467eab4004583eb8fb7f8955ad340609f4b30283e4888325f1415a085125e8f7cdc99fd91dbd7280373c5bd8823e3156348f5bae6dacd436c919c6dd53e23487da03fd02396306d248cda0e99f33420f577ee8ce54b67080280d1ec69821bcb6a8839396f965ab6ff72a70',
] as const

export const collidingUpload: FaultCase = {
  id: 'F22',
  title: 'upload of another file with the same MD5',
  trials: { commit: 1, night: 1, release: 1 },
  async run(trial) {
    const world = await trial.openWorld()
    await world.gateway.start()
    const suffix = trial.random.bytes(5_000)
    const [first, second] = BLOCKS.map((block) => Buffer.concat([Buffer.from(block, 'hex'), suffix]))
    if (first === undefined || second === undefined) throw new Error('two files are needed')
    const violations: Violation[] = []
    if (digestsOf(first).md5 !== digestsOf(second).md5) throw new Error('the two files do not collide')
    await world.client.upload(first, '.mp4', AbortSignal.timeout(10_000))
    const refusal: unknown = await world.client.upload(second, '.mp4', AbortSignal.timeout(10_000)).then(
      () => 'taken',
      (error: unknown) => error,
    )
    const code = refusal instanceof Error && 'code' in refusal ? refusal.code : refusal
    if (code !== 'HASH_COLLISION') violations.push(found('I6', `a colliding upload was answered ${String(code)}`))
    const kept = readFileSync(join(world.gateway.dataDir, 'pool', TENANT, digestsOf(first).sha256))
    if (!kept.equals(first)) violations.push(found('I6', 'the first of two colliding files was touched'))
    return [...violations, ...(await world.verify())]
  },
}
