import { createHash, randomBytes } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, vi } from 'vitest'
import { createGateway } from '../../src/gateway/index.ts'
import type { GatewayOptions } from '../../src/gateway/index.ts'
import { HTTP_ROUTES } from '../../src/protocol/http/index.ts'
import { taskViewSchema } from '../../src/protocol/task/index.ts'
import type { TaskOptions, TaskView } from '../../src/protocol/task/index.ts'
import { createLogger } from '../../src/shared/node/index.ts'

/** The gateway itself, on a port and in a folder of its own, and a person who uses it. */
export interface RealGateway {
  readonly url: string
  readonly workerSecret: string
  /** Brings both files and submits a task of them. */
  submit(voice: Buffer, avatar: Buffer, options?: TaskOptions): Promise<string>
  /** Resolves when the task is in that state. */
  until(taskId: string, state: TaskView['state']): Promise<TaskView>
  /** Stops it and removes its folder. */
  dispose(): Promise<void>
}

const key = (prefix: string): string => `${prefix}_${randomBytes(24).toString('hex')}`

export async function startRealGateway(options: Partial<GatewayOptions> = {}): Promise<RealGateway> {
  const dir = await mkdtemp(join(tmpdir(), 'dhs-real-gateway-'))
  const credentials = { licenseKey: key('lk'), workerSecret: key('ws'), adminToken: key('at') }
  const log = createLogger({ name: 'gateway-test', destination: 'stderr', level: 'silent' })
  const gateway = createGateway({
    ...{ dataDir: dir, host: '127.0.0.1', port: 0, credentials, version: '0.0.0-test', log },
    poolSettings: { lowDiskBytes: 0 },
    ...options,
  })
  const { url } = await gateway.start()
  const headers = { authorization: `Bearer ${credentials.licenseKey}` }

  const bring = async (bytes: Buffer, ext: string): Promise<string> => {
    const hash = createHash('md5').update(bytes).digest('hex')
    const body = new FormData()
    body.set('hash', hash)
    body.set('ext', ext)
    body.set('file', new Blob([new Uint8Array(bytes)]), `${hash}${ext}`)
    await fetch(`${url}${HTTP_ROUTES.uploadFile}`, { method: 'POST', headers, body })
    return hash
  }

  return {
    url,
    workerSecret: credentials.workerSecret,
    async submit(voice, avatar, options = {}) {
      const [audio, video] = [await bring(voice, '.wav'), await bring(avatar, '.mp4')]
      const response = await fetch(`${url}${HTTP_ROUTES.submit}`, {
        method: 'POST',
        headers: { ...headers, 'content-type': 'application/json' },
        body: JSON.stringify({ audio_hash: audio, audio_ext: '.wav', video_hash: video, video_ext: '.mp4', options }),
      })
      const { data } = (await response.json()) as { readonly data: { readonly task_id: string } }
      return data.task_id
    },
    until: (taskId, state) =>
      vi.waitFor(
        async () => {
          const response = await fetch(`${url}${HTTP_ROUTES.status}?task_id=${taskId}`, { headers })
          const task = taskViewSchema.parse(((await response.json()) as { readonly data: unknown }).data)
          expect(task.state).toBe(state)
          return task
        },
        { timeout: 20_000, interval: 20 },
      ),
    async dispose() {
      await gateway.stop()
      await rm(dir, { recursive: true, force: true })
    },
  }
}
