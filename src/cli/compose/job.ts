import { access, constants, stat } from 'node:fs/promises'
import { basename, dirname, resolve } from 'node:path'
import { LOOP_MODES } from '../../protocol/task/index.ts'
import type { LoopMode } from '../../protocol/task/index.ts'
import { AppError } from '../../shared/index.ts'
import { text, UsageError } from '../command.ts'
import type { OptionValues } from '../command.ts'
import { languageOf } from '../io.ts'
import type { Io } from '../io.ts'
import { parseRate, readSecretFile } from '../values.ts'
import type { SessionOptions } from './session.ts'

/** What one `dhs compose` is to do, checked before anything is started. */
export interface ComposeJob {
  readonly video: string
  readonly audio: string
  readonly out: string
  readonly loop: LoopMode
  readonly name: string | undefined
  readonly session: SessionOptions
}

export async function readJob(options: OptionValues, io: Io): Promise<ComposeJob> {
  const out = resolve(text(options, 'out') ?? '')
  const rate = text(options, 'limit-rate')
  const job = {
    video: resolve(text(options, 'video') ?? ''),
    audio: resolve(text(options, 'audio') ?? ''),
    out,
    loop: readLoop(text(options, 'loop') ?? 'restart'),
    name: text(options, 'name'),
    session: {
      dataDir: text(options, 'data') ?? null,
      outPath: out,
      remote: await readRemote(options, io),
      uploadLimitBytesPerSecond: rate === undefined ? null : parseRate(rate),
      language: languageOf(io),
    },
  }
  await assertWritable(out)
  return job
}

function readLoop(value: string): LoopMode {
  const loop = LOOP_MODES.find((mode) => mode === value)
  if (loop === undefined) throw new UsageError(`--loop takes ${LOOP_MODES.join(' or ')}, not "${value}"`)
  return loop
}

async function readRemote(options: OptionValues, io: Io): Promise<SessionOptions['remote']> {
  const url = text(options, 'gateway')
  if (url === undefined) return null
  if (!URL.canParse(url)) throw new UsageError(`--gateway takes an address such as https://gpu.example, not "${url}"`)
  const file = text(options, 'license-key-file')
  const licenseKey = file === undefined ? io.env['DHS_LICENSE_KEY'] : await readSecretFile(file)
  if (licenseKey === undefined || licenseKey === '') throw new AppError('AUTH_REQUIRED')
  return { url, licenseKey }
}

/** Better now than after minutes of work. */
async function assertWritable(path: string): Promise<void> {
  const folder = dirname(path)
  try {
    if (!(await stat(folder)).isDirectory()) throw new Error('not a folder')
    await access(folder, constants.W_OK)
  } catch (error) {
    throw new AppError('OUTPUT_UNWRITABLE', { data: { file: basename(path) }, cause: error })
  }
}
