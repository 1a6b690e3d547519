import { execFileSync } from 'node:child_process'
import { mkdtempSync, readdirSync, readlinkSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { digestsOf, startGatewayBench } from '../../testing/gatewayBench.ts'
import type { GatewayBench } from '../../testing/gatewayBench.ts'
import { codeOf } from '../../testing/taskCalls.ts'
import { onLinux } from '../../../../test/platform/onLinux.ts'

const SPOOL_URL = new URL('./spool.ts', import.meta.url).href
const POOL_URL = new URL('../../pool/testing/openPool.ts', import.meta.url).href

/** Sent before the fields, so that it waits in the spool. */
function fileFirst(bytes: Buffer, fields: Readonly<Record<string, string>>): FormData {
  const form = new FormData()
  form.set('file', new Blob([new Uint8Array(bytes)]), 'x.mp4')
  for (const [name, value] of Object.entries(fields)) form.set(name, value)
  return form
}

/** Removed or not: a file that is open keeps its room on the disk. */
function openSpoolFiles(dataDir: string): string[] {
  return readdirSync('/proc/self/fd').flatMap((fd) => {
    try {
      const path = readlinkSync(`/proc/self/fd/${fd}`)
      return path.startsWith(join(dataDir, 'spool')) ? [path] : []
    } catch {
      // The one that listed the folder.
      return []
    }
  })
}

describe.skipIf(!onLinux('spool files left open'))('a file that waited for its form and is refused unread', () => {
  let at: GatewayBench
  beforeEach(async () => {
    at = await startGatewayBench()
    await at.upload(Buffer.from('more than the tenant may have, in a moment'), '.mp4')
    await at.call('/api/admin/settings', { method: 'PATCH', json: { pool_quota_bytes: 1 }, key: at.adminToken })
  })
  afterEach(async () => {
    await at.dispose()
  })

  it.each([
    ['one-shot upload', '/api/heygem/upload_file', { ext: '.mp4' }],
    ['asset', '/api/asset/upload', { kind: 'avatar' }],
  ])('is not kept open: %s', async (_, path, fields) => {
    const bytes = Buffer.alloc(100 * 1024, 7)
    const answer = await at.call(path, { body: fileFirst(bytes, { ...fields, hash: digestsOf(bytes).md5 }) })
    expect([answer.status, codeOf(answer)]).toEqual([507, 'QUOTA'])
    expect(readdirSync(join(at.dataDir, 'spool'))).toEqual([])
    await vi.waitFor(
      () => {
        expect(openSpoolFiles(at.dataDir)).toEqual([])
      },
      { timeout: 10_000 },
    )
  })
})

const isWindows = process.platform === 'win32'
if (isWindows)
  process.stderr.write('skipped, Windows has no limit of open files: a process that may open no more files\n')

describe.skipIf(isWindows)('a process that may open no more files', () => {
  let dir: string
  beforeEach(() => {
    dir = mkdtempSync(join(tmpdir(), 'dhs-spool-'))
  })
  afterEach(() => {
    rmSync(dir, { recursive: true, force: true })
  })

  it('fails the upload, lives on, and takes the next one', () => {
    const script = `
      import { closeSync, openSync } from 'node:fs'
      import { Readable } from 'node:stream'
      const { Spool } = await import(${JSON.stringify(SPOOL_URL)})
      const { openPool } = await import(${JSON.stringify(POOL_URL)})
      const { pool, close } = await openPool(${JSON.stringify(dir)})
      const send = async (text, whileTaken) => {
        const spool = new Spool(${JSON.stringify(join(dir, 'spool'))}, pool)
        await spool.take(Readable.from([Buffer.from(text)]))
        const taken = []
        try {
          while (whileTaken) taken.push(openSync('/dev/null'))
        } catch {}
        const outcome = await pool.put('t-one', { ext: '.mp4' }, spool.open()).then(({ size }) => size, ({ code }) => code)
        for (const fd of taken) closeSync(fd)
        await spool.drop()
        return outcome
      }
      // The first starts the threads of the digests, which need files of their own.
      const outcomes = [await send('a', false), await send('bb', true), await send('ccc', false)]
      await close()
      console.log(JSON.stringify(outcomes))`
    const start = 'ulimit -n 128 && exec "$1" --input-type=module -e "$2"'
    const output = execFileSync('sh', ['-c', start, 'sh', process.execPath, script])
    expect(JSON.parse(output.toString())).toEqual([1, 'EMFILE', 3])
  })
})
