import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { canMountTmpfs } from '../../../test/disk/tmpfs.ts'

const MODULE_URL = new URL('./stagedUpload.ts', import.meta.url).href
const IN_SMALL_DISK = 'mount -t tmpfs -o size=1m tmpfs "$1" && exec "$2" --input-type=module -e "$3"'

describe('a disk that fills up during an upload', () => {
  it.skipIf(!canMountTmpfs('a full disk under a staged upload'))('is told, and nothing half-written stays', () => {
    const dir = mkdtempSync(join(tmpdir(), 'dhs-small-'))
    const script = `
      import { readdirSync } from 'node:fs'
      import { Readable } from 'node:stream'
      const { receiveInto } = await import(${JSON.stringify(MODULE_URL)})
      const dir = ${JSON.stringify(dir)}
      const target = { partPath: dir + '/x.part', finalPath: dir + '/x/x.mp4', sizeBytes: 4 * 1024 * 1024 }
      const body = Readable.from(Array.from({ length: 64 }, () => Buffer.alloc(65536)))
      const code = await receiveInto(target, 0, body).catch((error) => error.code)
      console.log(JSON.stringify({ code, left: readdirSync(dir) }))`
    try {
      const output = execFileSync('unshare', ['-Urm', 'sh', '-c', IN_SMALL_DISK, 'sh', dir, process.execPath, script])
      expect(JSON.parse(output.toString())).toEqual({ code: 'DISK_FULL', left: [] })
    } finally {
      rmSync(dir, { recursive: true })
    }
  })
})
