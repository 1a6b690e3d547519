import { connect } from 'node:net'
import type { Socket } from 'node:net'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { startGatewayBench } from '../testing/gatewayBench.ts'
import type { GatewayBench } from '../testing/gatewayBench.ts'
import { head } from '../testing/rawHttp.ts'

let at: GatewayBench

beforeAll(async () => {
  at = await startGatewayBench({ timings: { jsonBodyMs: 150, uploadCheckMs: 150 } })
})

afterAll(async () => {
  await at.dispose()
})

/** Sends the beginning of a request and nothing more; resolves when the server gives up. */
function stall(...lines: readonly [string, ...string[]]): Promise<string> {
  return new Promise((resolve) => {
    const [line, ...headers] = lines
    const socket: Socket = connect({ port: at.port, host: '127.0.0.1' }, () => {
      socket.write(`${head(at.port, line, `Authorization: Bearer ${at.licenseKey}`, ...headers)}{"half":`)
    })
    let text = ''
    socket.on('data', (data) => {
      text += data.toString()
    })
    socket.on('error', () => undefined)
    socket.on('close', () => {
      resolve(text)
    })
  })
}

describe('bodies that do not arrive', () => {
  it('end their connection: JSON after its deadline, an upload below the least rate', async () => {
    const json = stall('POST /api/heygem/task/submit HTTP/1.1', 'Content-Type: application/json', 'Content-Length: 500')
    const form = 'Content-Type: multipart/form-data; boundary=x'
    const upload = stall('POST /api/heygem/upload_file HTTP/1.1', form, 'Content-Length: 5000000')
    expect([await json, await upload].map((text) => text.includes('200 OK'))).toEqual([false, false])
    expect((await at.call('/api/heygem/health')).status).toBe(200)
  })
})
