import { execFile } from 'node:child_process'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'

const run = promisify(execFile)

/** A self-signed certificate for this machine, made by OpenSSL, in a folder of its own. */
export interface TestCertificate {
  readonly certFile: string
  readonly keyFile: string
  readonly certPem: string
  dispose(): Promise<void>
}

export async function makeCertificate(names = 'DNS:localhost,IP:127.0.0.1'): Promise<TestCertificate> {
  const dir = await mkdtemp(join(tmpdir(), 'dhs-tls-'))
  const certFile = join(dir, 'cert.pem')
  const keyFile = join(dir, 'key.pem')
  const key = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-keyout', keyFile]
  const about = ['-days', '30', '-subj', '/CN=dhs-test', '-addext', `subjectAltName=${names}`]
  await run('openssl', ['req', '-x509', ...key, '-out', certFile, ...about])
  return {
    ...{ certFile, keyFile, certPem: await readFile(certFile, 'utf8') },
    dispose: () => rm(dir, { recursive: true, force: true }),
  }
}
