import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { WebSocket } from 'ws'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { z } from 'zod'
import { makeVideo, makeVoice } from '../pipeline/media.ts'
import { dhs, isEvent, killAll } from './dhs.ts'
import { startGateway } from './servers.ts'

const lineSchema = z.looseObject({
  level: z.string(),
  msg: z.string(),
  task: z.string().optional(),
  server: z.string().optional(),
  request_id: z.string().optional(),
  code: z.string().optional(),
})
type Line = z.infer<typeof lineSchema>

/** One task through a real gateway and a real worker at debug level, beside people who try what they should not. */
describe('the logs of a gateway and a worker', () => {
  const WRONG_KEY = `lk_${'c'.repeat(16)}canary`
  const WRONG_TOKEN = 'canary-in-the-address'
  let home: string
  let secrets: readonly string[]
  let refusedId: string
  let gatewayLog: string
  let workerLog: string

  beforeAll(async () => {
    home = await mkdtemp(join(tmpdir(), 'dhs-logs-'))
    const env = { HOME: home, DHS_METRICS_TOKEN: 'm3t'.padEnd(40, 'rics-canary') }
    const dataDir = join(home, 'gateway')
    const gateway = await startGateway(dataDir, 0, { env, more: ['--log-level', 'debug'] })
    const file = JSON.parse(await readFile(join(dataDir, 'credentials.json'), 'utf8')) as Record<string, string>
    secrets = [...Object.values(file), env.DHS_METRICS_TOKEN, WRONG_KEY, WRONG_TOKEN, home]

    const refused = await fetch(`${gateway.url}/api/heygem/tasks`, {
      headers: { authorization: `Bearer ${WRONG_KEY}` },
    })
    refusedId = z.object({ request_id: z.string() }).parse(await refused.json()).request_id
    await fetch(`${gateway.url}/api/heygem/tasks?token=${WRONG_TOKEN}`)
    await fetch(`${gateway.url}/api/heygem/progress?task_id=t_1&token=${gateway.licenseKey}`)
    await unregistered(gateway.dspUrl, WRONG_TOKEN)

    const worker = dhs(
      ['worker', '--gateway', gateway.dspUrl, '--data', join(home, 'worker'), '--json', '--log-level', 'debug'],
      { env: { ...env, DHS_WORKER_SECRET: gateway.workerSecret } },
    )
    await worker.until(isEvent('ready'))
    const video = await makeVideo(join(home, 'avatar.mp4'), { seconds: 1 })
    const audio = await makeVoice(join(home, 'voice.wav'), 1)
    const files = ['--video', video, '--audio', audio, '--out', join(home, 'out.mp4'), '--json']
    const composed = await dhs(['compose', ...files, ...gateway.client.args], {
      env: { ...env, ...gateway.client.env },
    }).ended
    expect([composed.code, composed.last]).toMatchObject([0, { event: 'done' }])
    worker.send('SIGTERM')
    workerLog = (await worker.ended).stderr
    gateway.run.send('SIGTERM')
    gatewayLog = (await gateway.run.ended).stderr
  })
  afterAll(async () => {
    await killAll()
    await rm(home, { recursive: true, force: true })
  })

  const linesOf = (log: string): Line[] =>
    log
      .trim()
      .split('\n')
      .map((line) => lineSchema.parse(JSON.parse(line)))

  it('are JSON lines without a secret, a wrong key or the home folder', () => {
    for (const log of [gatewayLog, workerLog]) {
      expect(linesOf(log).length).toBeGreaterThan(1)
      expect(secrets.filter((secret) => log.includes(secret))).toEqual([])
    }
  })

  it('tell the whole life of a task, each step with the server', () => {
    const submitted = linesOf(gatewayLog).find(({ msg }) => msg === 'task submitted')
    const life = linesOf(gatewayLog).filter(({ task, level }) => task === submitted?.task && level === 'info')
    expect(life.map(({ msg, server }) => [msg, server])).toEqual([
      ['task submitted', undefined],
      ['task leased', 'GPU-001'],
      ['task accepted', 'GPU-001'],
      ['task done', 'GPU-001'],
    ])
    expect(workerLog).toContain(submitted?.task)
  })

  it('tell a refusal under the id that the client was told', () => {
    const told = linesOf(gatewayLog).filter(({ request_id }) => request_id === refusedId)
    expect(told).toContainEqual(expect.objectContaining({ msg: 'request refused', code: 'AUTH_INVALID' }))
    expect(linesOf(gatewayLog)).toContainEqual(expect.objectContaining({ msg: 'turned away', code: 'TOKEN_IN_URL' }))
  })
})

/** Tries to register with a proof that is none. */
async function unregistered(dspUrl: string, secret: string): Promise<void> {
  const socket = new WebSocket(dspUrl)
  await new Promise((resolve) => socket.once('message', resolve))
  const worker = { id: 'w-canary', name: 'canary', boot_id: 'b', task_types: ['heygem_submit'], max_concurrent: 1 }
  const closed = new Promise((resolve) => socket.once('close', resolve))
  socket.send(
    JSON.stringify({ type: 'register', role: 'worker', version: '1.0', worker, auth: { nonce: secret, mac: secret } }),
  )
  await closed
}
