import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { UsageError } from '../command.ts'
import type { Io } from '../io.ts'
import { workerCommand } from './worker.ts'

let dir: string

beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'dhs-worker-command-'))
})
afterEach(() => rm(dir, { recursive: true }))

const io: Io = {
  ...{ env: { DHS_WORKER_SECRET: 'a secret that is long enough for a worker' }, isTty: false, columns: 80 },
  ...{ out: () => undefined, err: () => undefined },
}

it.each(['nowhere', 'text'])(
  'starts no worker with another FFmpeg than the one that was asked for: %s',
  async (name) => {
    await writeFile(join(dir, 'text'), 'no program')
    const data = join(dir, 'data')
    const options = { gateway: 'ws://127.0.0.1:9/dsp', data, ffmpeg: join(dir, name) }
    await expect(workerCommand.run(options, io)).rejects.toThrow(UsageError)
    expect(await readdir(dir)).toEqual(['text'])
  },
)
