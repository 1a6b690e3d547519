import { mkdtemp, readFile, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { makeCertificate } from '../tls/certificates.ts'
import type { TestCertificate } from '../tls/certificates.ts'
import { makeVideo, makeVoice } from '../pipeline/media.ts'
import { dhs, isEvent, killAll } from './dhs.ts'

let root: string
let own: TestCertificate
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'dhs-tls-cli-'))
  own = await makeCertificate()
})
afterEach(async () => {
  await killAll()
  await own.dispose()
  await rm(root, { recursive: true, force: true })
})

const keyOf = async (dataDir: string, name: string): Promise<string> => {
  const credentials = JSON.parse(await readFile(join(dataDir, 'credentials.json'), 'utf8')) as Record<string, string>
  return credentials[name] ?? ''
}

describe('dhs over TLS', () => {
  it('makes a video with a gateway’s own certificate, and says why it is not trusted where it is not', async () => {
    const dataDir = join(root, 'gateway')
    const files = ['--tls-cert', own.certFile, '--tls-key', own.keyFile]
    const gateway = dhs(['gateway', '--port', '0', '--data', dataDir, '--json', ...files])
    const { url, dsp } = await gateway.until(isEvent('ready'))
    expect([String(url).slice(0, 8), String(dsp).slice(0, 6)]).toEqual(['https://', 'wss://'])

    const trust = { NODE_EXTRA_CA_CERTS: own.certFile }
    const workerEnv = { ...trust, DHS_WORKER_SECRET: await keyOf(dataDir, 'worker_secret') }
    const worker = dhs(['worker', '--gateway', String(dsp), '--data', join(root, 'worker'), '--json'], {
      env: workerEnv,
    })
    await worker.until(isEvent('ready'))

    const stranger = dhs(['worker', '--gateway', String(dsp), '--data', join(root, 'stranger'), '--json'], {
      env: { DHS_WORKER_SECRET: workerEnv.DHS_WORKER_SECRET },
    })
    expect(await stranger.until(isEvent('error'))).toMatchObject({ code: 'GATEWAY_TLS' })
    stranger.send('SIGTERM')

    const video = await makeVideo(join(root, 'avatar.mp4'), { seconds: 1 })
    const audio = await makeVoice(join(root, 'voice.wav'), 1)
    const out = join(root, 'out.mp4')
    const compose = ['compose', '--video', video, '--audio', audio, '--out', out, '--gateway', String(url), '--json']
    const licence = { DHS_LICENSE_KEY: await keyOf(dataDir, 'license_key') }
    const untrusting = await dhs(compose, { env: licence }).ended
    expect([untrusting.code, untrusting.last]).toMatchObject([1, { event: 'error', code: 'GATEWAY_TLS' }])
    const trusting = await dhs(compose, { env: { ...licence, ...trust } }).ended
    expect([trusting.last, trusting.code]).toMatchObject([{ event: 'done' }, 0])
    expect((await stat(out)).size).toBeGreaterThan(1_000)
  })

  it('reads a renewed certificate at SIGHUP and goes on, and refuses a start without its key', async () => {
    const dataDir = join(root, 'gateway')
    const files = ['--tls-cert', own.certFile, '--tls-key', own.keyFile]
    const gateway = dhs(['gateway', '--port', '0', '--data', dataDir, '--json', ...files])
    await gateway.until(isEvent('ready'))
    gateway.send('SIGHUP')
    await gateway.until(isEvent('reloaded'))
    gateway.send('SIGTERM')
    const end = await gateway.ended
    expect([end.code, end.stderr]).toEqual([0, expect.stringContaining('certificate read again')])

    const keyless = await dhs(['gateway', '--port', '0', '--data', dataDir, '--json', '--tls-cert', own.certFile]).ended
    expect([keyless.code, keyless.last]).toMatchObject([2, { code: 'USAGE' }])
    const wrong = ['--tls-cert', own.certFile, '--tls-key', own.certFile]
    const refused = await dhs(['gateway', '--port', '0', '--data', dataDir, '--json', ...wrong]).ended
    expect([refused.code, refused.last]).toMatchObject([1, { code: 'TLS_KEY_INVALID' }])
  })
})
