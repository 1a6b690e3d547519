import { describe, expect, it } from 'vitest'
import { confine } from './confine.ts'
import { onLinux } from '../../../../test/platform/onLinux.ts'

const LINE = { command: '/usr/bin/ffmpeg', args: ['-i', '-x'] }
const LIMITS = { addressSpaceBytes: 1000, fileSizeBytes: 20, openFiles: 3 }

describe.skipIf(!onLinux('confine'))('confine', () => {
  it('wraps the command in its limits and in the fate of its parent', () => {
    expect(confine(LINE, LIMITS, () => true)).toEqual({
      command: '/usr/bin/setpriv',
      args: [
        '--pdeathsig',
        'KILL',
        '--',
        '/usr/bin/prlimit',
        '--as=1000',
        '--fsize=20',
        '--nofile=3',
        '--',
        '/usr/bin/ffmpeg',
        '-i',
        '-x',
      ],
    })
  })

  it('uses what is there', () => {
    expect(confine(LINE, LIMITS, () => false)).toEqual(LINE)
    expect(confine(LINE, undefined, (path) => path.endsWith('prlimit'))).toEqual(LINE)
  })
})
