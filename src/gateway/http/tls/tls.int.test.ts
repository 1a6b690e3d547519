import { execFile } from 'node:child_process'
import { once } from 'node:events'
import { copyFile, writeFile } from 'node:fs/promises'
import { Agent, get } from 'node:https'
import type { IncomingMessage } from 'node:http'
import { connect } from 'node:tls'
import type { ConnectionOptions, TLSSocket } from 'node:tls'
import { text } from 'node:stream/consumers'
import { promisify } from 'node:util'
import { WebSocket } from 'ws'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { createLogger, readCertificate } from '../../../shared/node/index.ts'
import { createGateway } from '../../index.ts'
import type { Gateway } from '../../index.ts'
import { makeCertificate } from '../../../../test/tls/certificates.ts'
import type { TestCertificate } from '../../../../test/tls/certificates.ts'
import { newKey, startGatewayBench } from '../../testing/gatewayBench.ts'

const DAY_MS = 86_400_000
const ADMIN_TOKEN = newKey('ad')
const cleanUps: (() => Promise<unknown>)[] = []
let own: TestCertificate
beforeEach(async () => {
  own = await makeCertificate()
  cleanUps.push(() => own.dispose())
})
afterEach(async () => {
  for (const cleanUp of cleanUps.splice(0).reverse()) await cleanUp()
})

describe('a certificate', () => {
  it('tells its names and its end', async () => {
    const certificate = await readCertificate(own, Date.now())
    expect(certificate.names).toEqual(['localhost', '127.0.0.1'])
    expect(certificate.notAfterMs - Date.now()).toBeGreaterThan(29 * DAY_MS)
  })

  it('is refused outside its time, with the day', async () => {
    await expect(readCertificate(own, Date.now() + 31 * DAY_MS)).rejects.toMatchObject({
      code: 'TLS_CERT_EXPIRED',
      data: { date: new Date(Date.now() + 30 * DAY_MS).toISOString().slice(0, 10) },
    })
    await expect(readCertificate(own, Date.now() - DAY_MS)).rejects.toMatchObject({ code: 'TLS_CERT_NOT_YET' })
  })

  it('is refused with another key, a key with a password, or what is neither', async () => {
    const other = await makeCertificate()
    cleanUps.push(() => other.dispose())
    const locked = `${own.keyFile}.locked`
    await promisify(execFile)('openssl', ['ec', '-aes128', '-passout', 'pass:x', '-in', own.keyFile, '-out', locked])
    const noPem = `${own.keyFile}.txt`
    await writeFile(noPem, 'not PEM')
    const codes: unknown[] = []
    for (const files of [
      { ...own, keyFile: other.keyFile },
      { ...own, keyFile: locked },
      { ...own, keyFile: noPem },
      { ...own, certFile: noPem },
      { ...own, certFile: `${noPem}.absent` },
    ]) {
      codes.push(await readCertificate(files, Date.now()).catch((error: unknown) => codeOf(error)))
    }
    expect(codes).toEqual([
      'TLS_KEY_MISMATCH',
      'TLS_KEY_INVALID',
      'TLS_KEY_INVALID',
      'TLS_CERT_INVALID',
      'TLS_FILE_UNREADABLE',
    ])
  })
})

describe('a gateway with a certificate', () => {
  it('serves https and wss from TLS 1.2 on, and answers no plain request', async () => {
    const { url, dspUrl } = await start()
    expect([url.slice(0, 8), dspUrl.slice(0, 6)]).toEqual(['https://', 'wss://'])
    expect(await answerOf(url, own.certPem)).toMatchObject({ statusCode: 200 })
    expect(await answerOf(url.replace('127.0.0.1', 'localhost'), own.certPem)).toMatchObject({ statusCode: 200 })
    const socket = new WebSocket(dspUrl, { ca: own.certPem })
    const [hello] = (await once(socket, 'message')) as [Buffer]
    expect(JSON.parse(hello.toString())).toMatchObject({ type: 'connected' })
    socket.terminate()
    await expect(answerOf(url, undefined)).rejects.toMatchObject({ code: 'DEPTH_ZERO_SELF_SIGNED_CERT' })
    await expect(fetch(url.replace('https', 'http'))).rejects.toThrow('fetch failed')
    await expect(handshake(url, { maxVersion: 'TLSv1.1', minVersion: 'TLSv1' })).rejects.toThrow()
  })

  it('takes a renewed certificate while it runs, and keeps the old one when the new one is no good', async () => {
    const { url, gateway } = await start()
    const before = await handshake(url, { ca: own.certPem })
    const renewed = await makeCertificate()
    cleanUps.push(() => renewed.dispose())
    await copyFile(renewed.certFile, own.certFile)
    await expect(gateway.reloadCertificate()).rejects.toMatchObject({ code: 'TLS_KEY_MISMATCH' })
    expect(await handshake(url, { ca: own.certPem })).toBe(before)
    await copyFile(renewed.keyFile, own.keyFile)
    await gateway.reloadCertificate()
    expect(await handshake(url, { ca: renewed.certPem })).not.toBe(before)
    const { notAfterMs } = await readCertificate(own, Date.now())
    expect(await metricsOf(url, renewed.certPem)).toContain(
      `dhs_certificate_not_after_seconds ${String(notAfterMs / 1000)}`,
    )
  })
})

describe('a gateway behind a proxy', () => {
  it('believes where a request comes from, and takes none that came without TLS', async () => {
    const at = await startGatewayBench({
      trustsProxy: true,
      allowedHosts: ['gpu.example'],
      limits: { failedAuthPerMinute: 1 },
    })
    cleanUps.push(() => at.dispose())
    const from = (address: string, scheme: string): Promise<number> =>
      at
        .call('/api/heygem/tasks', {
          key: 'wrong',
          headers: { 'x-forwarded-for': address, 'x-forwarded-proto': scheme },
        })
        .then(({ status }) => status)
    expect(await from('203.0.113.1', 'https')).toBe(401)
    expect(await from('203.0.113.1', 'https')).toBe(429)
    expect(await from('203.0.113.2', 'https')).toBe(401)
    const plain = await at.call('/api/heygem/health', { headers: { 'x-forwarded-proto': 'http' } })
    expect([plain.status, plain.body['error']]).toMatchObject([400, { code: 'TLS_REQUIRED' }])
    expect((await at.call('/api/heygem/health')).status).toBe(200)
  })

  it('counts everybody as the proxy when it was not told of one', async () => {
    const at = await startGatewayBench({ limits: { failedAuthPerMinute: 1 } })
    cleanUps.push(() => at.dispose())
    const from = (address: string): Promise<number> =>
      at
        .call('/api/heygem/tasks', { key: 'wrong', headers: { 'x-forwarded-for': address } })
        .then(({ status }) => status)
    expect([await from('203.0.113.1'), await from('203.0.113.2')]).toEqual([401, 429])
  })
})

async function start(): Promise<{ url: string; dspUrl: string; gateway: Gateway }> {
  const at = await startGatewayBench()
  await at.stop()
  const gateway = createGateway({
    ...{ dataDir: at.dataDir, host: '127.0.0.1', port: 0, version: '0.0.0-test', tls: own },
    credentials: { licenseKey: newKey('lk'), workerSecret: newKey('ws'), adminToken: ADMIN_TOKEN },
    log: createLogger({ name: 'gateway-test', destination: 'stderr', level: 'silent' }),
  })
  cleanUps.push(async () => {
    await gateway.stop()
    await at.dispose()
  })
  return { gateway, ...(await gateway.start()) }
}

async function answerOf(url: string, ca: string | undefined): Promise<IncomingMessage> {
  const agent = new Agent({ keepAlive: false, ...(ca === undefined ? {} : { ca }) })
  const asked = get(`${url}/api/heygem/health`, { agent })
  const [response] = (await once(asked, 'response')) as [IncomingMessage]
  response.resume()
  return response
}

async function metricsOf(url: string, ca: string): Promise<string> {
  const agent = new Agent({ keepAlive: false, ca })
  const asked = get(`${url}/metrics`, { agent, headers: { authorization: `Bearer ${ADMIN_TOKEN}` } })
  const [response] = (await once(asked, 'response')) as [IncomingMessage]
  return text(response)
}

/** Fingerprint of the certificate a new connection is shown. */
async function handshake(url: string, options: ConnectionOptions): Promise<string> {
  const { hostname, port } = new URL(url)
  const socket: TLSSocket = connect({ host: hostname, port: Number(port), servername: 'localhost', ...options })
  try {
    await once(socket, 'secureConnect')
    return socket.getPeerX509Certificate()?.fingerprint256 ?? ''
  } finally {
    socket.destroy()
  }
}

function codeOf(error: unknown): unknown {
  return error instanceof Error && 'code' in error ? error.code : error
}
