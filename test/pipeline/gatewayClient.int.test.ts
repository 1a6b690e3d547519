import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { once } from 'node:events'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { connectGatewaySocket, createGatewayClient, createPoolClient, walkConnection } from '../../src/client/index.ts'
import type { GatewaySocketEvent } from '../../src/client/index.ts'
import { createFileHasher, systemClock } from '../../src/shared/node/index.ts'
import { AVATAR, createRig, VOICE } from './rig.ts'
import type { Rig, RunningGateway } from './rig.ts'

/** States come over real sockets; a busy machine takes its time. */
const PATIENT = { timeout: 15_000 }

describe('the gateway’s client', () => {
  let rig: Rig
  let gateway: RunningGateway
  beforeEach(async () => {
    rig = await createRig()
    gateway = await rig.startGateway()
  })
  afterEach(async () => {
    await rig.close()
  })
  const client = (token = gateway.token) => createGatewayClient({ baseUrl: gateway.url, token, language: 'en' })
  const outcomes = async (url: string, token: string): Promise<string[]> =>
    (await walkConnection({ url, token, language: 'en' })).steps.map((step) => step.outcome)

  /** Puts the samples into the pool; gives the submit request for them. */
  const fillPool = async (requestId: string) => {
    const hasher = createFileHasher()
    const pool = createPoolClient({
      baseUrl: gateway.url,
      clock: systemClock,
      headers: () => ({ authorization: `Bearer ${gateway.token}` }),
    })
    const [video, audio] = [await hasher.hash(AVATAR), await hasher.hash(VOICE)]
    await pool.upload(AVATAR, { ...video, ext: '.mp4' })
    await pool.upload(VOICE, { ...audio, ext: '.wav' })
    pool.close()
    await hasher.stop()
    return {
      video_hash: video.md5,
      video_ext: '.mp4',
      audio_hash: audio.md5,
      audio_ext: '.wav',
      request_id: requestId,
    } as const
  }

  it('says at which step a connection stops', async () => {
    const server = createServer((_, response) => response.end('<html>hello</html>')).listen(0, '127.0.0.1')
    await once(server, 'listening')
    const { port } = server.address() as AddressInfo
    expect(await outcomes(`http://127.0.0.1:${String(port)}`, 'x')).toEqual([
      'ok',
      'ok',
      'skipped',
      'failed',
      'skipped',
      'skipped',
    ])
    server.close()
    expect(await outcomes(gateway.url, 'wrong key')).toEqual(['ok', 'ok', 'skipped', 'ok', 'failed', 'skipped'])
    expect(await outcomes(gateway.url, gateway.token)).toEqual(['ok', 'ok', 'skipped', 'ok', 'ok', 'failed'])
    await rig.startWorker(gateway)
    await vi.waitFor(async () => {
      expect((await outcomes(gateway.url, gateway.token)).at(-1)).toBe('ok')
    }, PATIENT)
  })

  it('gives the same task for the same request, and refuses another under its id', async () => {
    const request = await fillPool('request-0001')
    const first = await client().submit(request)
    expect((await client().submit(request)).task_id).toBe(first.task_id)
    await expect(client().submit({ ...request, options: { loop: 'pingpong' } })).rejects.toMatchObject({
      code: 'REQUEST_ID_CONFLICT',
    })
    expect((await client().status(first.task_id)).request_id).toBe('request-0001')
    await expect(client('another key').status(first.task_id)).rejects.toMatchObject({ code: 'AUTH_INVALID' })
  })

  it('hears in order what happened while it was away', async () => {
    const request = await fillPool('request-0002')
    const socket = connectGatewaySocket({ baseUrl: gateway.url, token: gateway.token })
    const heard: GatewaySocketEvent[] = []
    socket.on((event) => heard.push(event))
    const kinds = (): string[] => heard.map((event) => event.kind)
    await vi.waitFor(() => {
      expect(kinds()).toContain('connected')
    }, PATIENT)
    const { task_id } = await client().submit(request)
    const states = (): string[] => heard.flatMap((event) => (event.kind === 'task' ? [event.task.state] : []))
    await vi.waitFor(() => {
      expect(states()).toContain('queued')
    }, PATIENT)
    const { port } = gateway
    await gateway.stop()
    await vi.waitFor(() => {
      expect(kinds()).toContain('disconnected')
    }, PATIENT)
    gateway = await rig.startGateway(port)
    await client().cancel(task_id)
    await vi.waitFor(() => {
      expect(states()).toContain('cancelled')
    }, PATIENT)
    socket.stop()
  })

  it('tells a refused key apart from a gateway that is away', async () => {
    const socket = connectGatewaySocket({ baseUrl: gateway.url, token: 'wrong key' })
    const refusal = await new Promise<GatewaySocketEvent>((resolve) => void socket.on(resolve))
    socket.stop()
    expect(refusal).toMatchObject({ kind: 'refused', error: { code: 'AUTH_INVALID' } })
  })
})
