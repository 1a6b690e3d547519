import { expect, it } from 'vitest'
import { childEnvironment } from './childEnvironment.ts'

it('keeps what a program needs and withholds secrets and loader switches', () => {
  expect(
    childEnvironment({
      PATH: '/usr/bin',
      HOME: '/home/a',
      LANG: 'zh_CN.UTF-8',
      Path: 'C:\\Windows',
      DHS_LICENSE_KEY: 'lk_secret',
      dhs_worker_secret: 'secret',
      NODE_OPTIONS: '--inspect',
      ELECTRON_RUN_AS_NODE: '1',
      LD_PRELOAD: '/tmp/x.so',
      DYLD_INSERT_LIBRARIES: '/tmp/x.dylib',
      EMPTY: undefined,
    }),
  ).toEqual({ PATH: '/usr/bin', HOME: '/home/a', LANG: 'zh_CN.UTF-8', Path: 'C:\\Windows' })
})
