import { once } from 'node:events'
import { copyFile } from 'node:fs/promises'
import { request } from 'node:https'
import type { IncomingMessage } from 'node:http'
import { text } from 'node:stream/consumers'
import { afterEach, describe, expect, it } from 'vitest'
import { WebSocket } from 'ws'
import { makeCertificate } from '../../test/tls/certificates.ts'
import type { TestCertificate } from '../../test/tls/certificates.ts'
import { openTestDoor } from './testing/openTestDoor.ts'
import type { TestDoor } from './testing/openTestDoor.ts'
import { codeOf, rawRequest } from './testing/rawRequest.ts'
import type { WebReach } from './webDoor.ts'

const cleanUps: (() => Promise<unknown>)[] = []
afterEach(async () => {
  for (const cleanUp of cleanUps.splice(0).reverse()) await cleanUp()
})

async function certificate(): Promise<TestCertificate> {
  const made = await makeCertificate()
  cleanUps.push(() => made.dispose())
  return made
}

async function open(reach: Partial<WebReach>): Promise<TestDoor> {
  const door = await openTestDoor({ reach })
  cleanUps.push(() => door.close())
  return door
}

async function get(url: string, ca: string): Promise<{ readonly status: number | undefined; readonly body: string }> {
  const asked = request(url, { ca, agent: false })
  asked.end()
  const [answer] = (await once(asked, 'response')) as [IncomingMessage]
  return { status: answer.statusCode, body: await text(answer) }
}

describe('the app with a certificate', () => {
  it('is https and wss, under the names of the certificate, and answers nothing plain', async () => {
    const own = await certificate()
    const door = await open({ host: '0.0.0.0', tls: own })
    expect(door.origin).toMatch(/^https:\/\/localhost:\d+$/)
    expect((await get(`${door.origin}/`, own.certPem)).status).toBe(200)
    const socket = new WebSocket(`${door.origin.replace('https', 'wss')}/studio`, {
      ca: own.certPem,
      origin: door.origin,
    })
    await once(socket, 'open')
    socket.terminate()
    const foreign = new WebSocket(`${door.origin.replace('https', 'wss')}/studio`, {
      ...{ ca: own.certPem, origin: door.origin.replace('https', 'http') },
    })
    const [error] = (await once(foreign, 'error')) as [Error]
    expect(error.message).toContain('403')
    await expect(fetch(door.origin.replace('https', 'http'))).rejects.toThrow('fetch failed')
  })

  it('takes a renewed one while it runs, and keeps the old one when the new one is no good', async () => {
    const own = await certificate()
    const door = await open({ tls: own })
    const renewed = await certificate()
    await copyFile(renewed.certFile, own.certFile)
    await expect(door.reloadCertificate()).rejects.toMatchObject({ code: 'TLS_KEY_MISMATCH' })
    expect((await get(`${door.origin}/`, own.certPem)).status).toBe(200)
    await copyFile(renewed.keyFile, own.keyFile)
    await door.reloadCertificate()
    expect((await get(`${door.origin}/`, renewed.certPem)).status).toBe(200)
    await expect(get(`${door.origin}/`, own.certPem)).rejects.toMatchObject({ code: 'DEPTH_ZERO_SELF_SIGNED_CERT' })
  })
})

describe('the app behind a TLS proxy', () => {
  it('is shown, and answers, under the proxy’s address, and takes nothing that came without TLS', async () => {
    const door = await open({ host: '0.0.0.0', trustsProxy: true, publicUrls: [new URL('https://studio.example/')] })
    expect(door.url).toMatch(/^https:\/\/studio\.example\/#token=/)
    const ask = (headers: Record<string, string>) =>
      rawRequest(`http://127.0.0.1:${String(door.port)}/`, {
        method: 'GET',
        headers: { host: 'studio.example', ...headers },
      })
    expect((await ask({ 'x-forwarded-proto': 'https', origin: 'https://studio.example' })).status).toBe(200)
    const plain = await ask({ 'x-forwarded-proto': 'http' })
    expect(codeOf(plain.body)).toBe('TLS_REQUIRED')
    expect((await ask({ 'x-forwarded-proto': 'https', host: 'other.example' })).status).not.toBe(200)
  })

  it('is not believed where nobody said that there is one', async () => {
    const door = await open({})
    const answer = await rawRequest(door.origin, { method: 'GET', headers: { 'x-forwarded-proto': 'http' } })
    expect(answer.status).toBe(200)
    await expect(open({ host: '0.0.0.0' })).rejects.toMatchObject({ code: 'PLAIN_BIND_REFUSED' })
  })
})
