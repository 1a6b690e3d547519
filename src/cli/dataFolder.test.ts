import { tmpdir } from 'node:os'
import { describe, expect, it } from 'vitest'
import { dataFolderWarning, networkFileSystem } from './dataFolder.ts'

describe('the disk of a data folder', () => {
  it('is known by its number, whatever sign it comes with', () => {
    expect(networkFileSystem(0x6969)).toBe('NFS')
    expect(networkFileSystem(0xff534d42 | 0)).toBe('CIFS')
    expect(networkFileSystem(0xef53)).toBeUndefined()
  })

  it('needs no warning when it is this machine’s own', async () => {
    expect(await dataFolderWarning(tmpdir())).toBeUndefined()
  })
})
