import { connect } from 'node:net'
import type { Socket } from 'node:net'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { addKeyAnswerSchema, adminPath, ADMIN_ROUTES } from '../../protocol/admin/index.ts'
import { HTTP_ROUTES } from '../../protocol/http/index.ts'
import { digestsOf, startGatewayBench } from '../testing/gatewayBench.ts'
import type { GatewayBench } from '../testing/gatewayBench.ts'
import { head } from '../testing/rawHttp.ts'

/** However slow the machine is. */
const SOON = { timeout: 15_000 }
/** More than two ends of a connection buffer. */
const BIG = Buffer.alloc(48 * 1024 * 1024)
const { md5: hash } = digestsOf(BIG)
const path = `${HTTP_ROUTES.pool}/${hash}.mp4`

let at: GatewayBench
const readers: Socket[] = []

beforeAll(async () => {
  at = await startGatewayBench({ limits: { downloadsPerTenant: 2 } })
  await bring(at.licenseKey)
})

afterAll(async () => {
  for (const reader of readers) reader.destroy()
  await at.dispose()
})

async function bring(key: string): Promise<void> {
  const form = new FormData()
  form.set('hash', hash)
  form.set('ext', '.mp4')
  form.set('file', new Blob([BIG]), 'file.mp4')
  expect((await at.call(HTTP_ROUTES.uploadFile, { key, body: form })).status).toBe(200)
}

/** Asks for the file and reads only the beginning of it. */
async function startReading(key: string): Promise<Socket> {
  const socket = connect({ port: at.port, host: '127.0.0.1' })
  readers.push(socket)
  socket.on('error', () => undefined)
  socket.write(head(at.port, `GET ${path} HTTP/1.1`, `Authorization: Bearer ${key}`))
  const first = await new Promise<Buffer>((resolve) => socket.once('data', resolve))
  socket.pause()
  expect(first.toString('latin1')).toContain(' 200 OK')
  return socket
}

const readOneByte = (key: string) => at.call(path, { key, headers: { range: 'bytes=0-0' } })

describe('downloads of a tenant', () => {
  it('are as many as a tenant may have, take no place of another tenant, and end with their key', async () => {
    const name = { name: 'second PC' }
    const tenant = { ...name, tenant: 'studio' }
    const [one, two] = await Promise.all(
      [tenant, tenant].map(async (json) => {
        const { body } = await at.call(ADMIN_ROUTES.keys, { key: at.adminToken, json })
        return addKeyAnswerSchema.parse(body['data'])
      }),
    )
    if (one === undefined || two === undefined) throw new Error('no keys')
    await bring(one.secret)

    const [first, second] = [await startReading(one.secret), await startReading(two.secret)]
    const refused = await readOneByte(one.secret)
    expect([refused.status, refused.body['error'], refused.headers.get('retry-after')]).toMatchObject([
      429,
      { code: 'DOWNLOADS_FULL', data: { limit: 2 } },
      '5',
    ])
    expect((await readOneByte(at.licenseKey)).status).toBe(206)

    first.destroy()
    await vi.waitFor(async () => {
      expect((await readOneByte(one.secret)).status).toBe(206)
    }, SOON)

    const closed = new Promise((resolve) => second.once('close', resolve))
    const revoke = adminPath(ADMIN_ROUTES.keyRevoke, { key_id: two.key.key_id })
    expect((await at.call(revoke, { key: at.adminToken, method: 'POST' })).status).toBe(200)
    second.resume()
    await closed
    expect(second.bytesRead).toBeLessThan(BIG.length)
  })
})
