import { randomBytes } from 'node:crypto'
import { found } from '../auditor/violations.ts'
import { digestsOf } from '../rig/client.ts'
import { HTTP_ROUTES } from '../../../src/protocol/http/index.ts'
import type { World } from '../rig/world.ts'
import { pause } from './busyDay.ts'
import type { FaultCase } from './fault.ts'
import { NotReached } from './fault.ts'

const UPLOAD_LIMIT_MS = 20_000

export const uploadBroken: FaultCase = {
  id: 'F18',
  title: 'upload cut off, reset or stalled at a random byte',
  trials: { commit: 17, night: 100, release: 334 },
  variants: ['fin', 'reset', 'stall'],
  sample: 2,
  async run(trial) {
    const { random, variant } = trial
    const world = await trial.openWorld({ overrides: { timings: { uploadCheckMs: 15_000 } } })
    const proxy = await world.openProxy()
    await world.gateway.start()
    const client = world.openClient(proxy)
    const bytes = randomBytes(random.between(1, 3_000_000))
    const at = random.between(1, bytes.length)
    if (variant === 'stall') {
      proxy.throttle(4_000_000)
      setTimeout(
        () => {
          proxy.freeze('up')
          setTimeout(
            () => {
              proxy.cut()
              proxy.thaw()
              proxy.throttle(0)
            },
            random.between(50, 1_200),
          )
        },
        random.between(0, 400),
      )
    } else {
      proxy.cutAfter(at, 'up', variant === 'fin' ? 'fin' : 'reset')
    }
    await client.upload(bytes, '.mp4', AbortSignal.timeout(UPLOAD_LIMIT_MS))
    if (variant !== 'stall' && proxy.isCutPending) throw new NotReached('the upload was shorter than the cut')
    return world.verify()
  },
}

export const sameUploadTwice: FaultCase = {
  id: 'F19',
  title: 'two uploads of one file at once; two writers on one upload',
  trials: { commit: 25, night: 100, release: 250 },
  variants: ['two uploads', 'two writers'],
  sample: 1,
  async run(trial) {
    const world = await trial.openWorld()
    await world.gateway.start()
    const bytes = randomBytes(trial.random.between(1, 1_500_000))
    const limit = (): AbortSignal => AbortSignal.timeout(UPLOAD_LIMIT_MS)
    if (trial.variant === 'two uploads') {
      const [one, two] = [world.openClient(), world.openClient()]
      await Promise.all([one.upload(bytes, '.mp4', limit()), two.upload(bytes, '.mp4', limit())])
      return world.verify()
    }
    const statuses = await writeTwice(world, bytes)
    await world.client.upload(bytes, '.mp4', limit())
    const violations = await world.verify()
    const isLegal = statuses.every((status) => [204, 404, 409, 410, 423, 460, 0].includes(status))
    return isLegal ? violations : [...violations, found('I6', `two writers were answered ${statuses.join(' and ')}`)]
  },
}

/** Begins one upload and sends the same bytes to it from two connections at once. */
async function writeTwice(world: World, bytes: Buffer): Promise<number[]> {
  const { md5, sha256 } = digestsOf(bytes)
  const base64 = (text: string): string => Buffer.from(text).toString('base64')
  const tus = { 'tus-resumable': '1.0.0' }
  const created = await world.client.ask(HTTP_ROUTES.poolUploads, {
    method: 'POST',
    headers: {
      ...{ ...tus, 'upload-length': String(bytes.length) },
      'upload-metadata': `md5 ${base64(md5)},sha256 ${base64(sha256)},ext ${base64('.mp4')}`,
    },
  })
  const location = created?.headers.get('location')
  if (typeof location !== 'string') throw new NotReached('no upload was begun')
  const patch = async (delayMs: number): Promise<number> => {
    await pause(delayMs)
    const answer = await world.client.ask(location, {
      method: 'PATCH',
      headers: { ...tus, 'upload-offset': '0', 'content-type': 'application/offset+octet-stream' },
      body: new Uint8Array(bytes),
    })
    return answer?.status ?? 0
  }
  return Promise.all([patch(0), patch(world.random.between(0, 10))])
}
