import { io } from 'socket.io-client'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { WebSocket } from 'ws'
import { digestsOf, newKey, startGatewayBench } from '../testing/gatewayBench.ts'
import type { GatewayBench } from '../testing/gatewayBench.ts'
import { codeOf, tusUpload } from '../testing/taskCalls.ts'

const UPLOADS = '/api/heygem/pool/uploads'
const BYTES = Buffer.from('known to the pool')
const TASK = `t_${'0'.repeat(32)}`

let at: GatewayBench

describe('wrong keys', () => {
  beforeEach(async () => {
    at = await startGatewayBench({ limits: { failedAuthPerMinute: 4 } })
  })
  afterEach(async () => {
    await at.dispose()
  })

  it('at /ws/progress are counted by address, and the right one is not held up by them', async () => {
    const statuses: number[] = []
    for (let count = 0; count < 6; count++) statuses.push(await progressStatus(newKey('lk')))
    expect(statuses).toEqual([401, 401, 401, 401, 429, 429])
    expect(await progressStatus(at.licenseKey)).toBe(404)
  })

  it('at Socket.IO are counted with those of every other door', async () => {
    const codes: string[] = []
    for (let count = 0; count < 5; count++) codes.push(await connectCode(newKey('lk')))
    expect(codes).toEqual(['AUTH_INVALID', 'AUTH_INVALID', 'AUTH_INVALID', 'AUTH_INVALID', 'RATE_LIMITED'])
    expect((await at.call('/api/heygem/tasks', { key: newKey('lk') })).status).toBe(429)
    expect(await connectCode(at.licenseKey)).toBe('connected')
  })

  function progressStatus(token: string): Promise<number> {
    const socket = new WebSocket(`${at.url.replace('http', 'ws')}/ws/progress/${TASK}?token=${token}`)
    return new Promise((resolve) => {
      socket.once('unexpected-response', (_, response) => {
        response.resume()
        resolve(response.statusCode ?? 0)
      })
    })
  }

  async function connectCode(token: string): Promise<string> {
    const socket = io(at.url, { transports: ['websocket'], auth: { token }, forceNew: true, reconnection: false })
    const code = await new Promise<string>((resolve) => {
      socket.once('connect', () => {
        resolve('connected')
      })
      socket.once('connect_error', (error) => {
        resolve(error.message)
      })
    })
    socket.disconnect()
    return code
  }
})

describe('uploads that are only announced', () => {
  it('of what the pool has already are counted like other requests', async () => {
    at = await startGatewayBench({ limits: { requestsPerMinute: 6 } })
    await tusUpload(at, UPLOADS, BYTES)
    const statuses: number[] = []
    for (let count = 0; count < 8; count++) statuses.push(await announce())
    await at.dispose()
    expect(statuses).toEqual([201, 201, 201, 201, 201, 429, 429, 429])
  })

  async function announce(): Promise<number> {
    const { md5, sha256 } = digestsOf(BYTES)
    const [md5Text, sha256Text, ext] = [md5, sha256, '.mp4'].map((text) => Buffer.from(text).toString('base64'))
    const answer = await at.call(UPLOADS, {
      method: 'POST',
      headers: {
        'tus-resumable': '1.0.0',
        'upload-length': String(BYTES.length),
        'upload-metadata': `md5 ${md5Text ?? ''},sha256 ${sha256Text ?? ''},ext ${ext ?? ''}`,
      },
    })
    return answer.status
  }
})

describe('a form whose file comes before it is said what it is', () => {
  it('is not kept on a disk that is at its low mark', async () => {
    at = await startGatewayBench({ poolSettings: { lowDiskBytes: Number.MAX_SAFE_INTEGER } })
    const codes: string[] = []
    for (const path of ['/api/heygem/upload_file', '/api/asset/upload']) {
      const body = new FormData()
      body.set('file', new Blob([new Uint8Array(64 * 1024)]), 'x.mp4')
      body.set('hash', 'said too late')
      const answer = await at.call(path, { body })
      codes.push(`${String(answer.status)} ${codeOf(answer)}`)
    }
    await at.dispose()
    expect(codes).toEqual(['507 DISK_FULL', '507 DISK_FULL'])
  })
})
