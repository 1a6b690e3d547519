import { readdirSync, readFileSync } from 'node:fs'
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Violation } from '../auditor/evidence.ts'
import { found } from '../auditor/violations.ts'
import { freeBox, outputVideo, voiceFile } from '../rig/fixtures.ts'
import type { World } from '../rig/world.ts'
import { pause } from './busyDay.ts'
import type { FaultCase, Trial } from './fault.ts'
import { NotReached } from './fault.ts'
import { seen, submitTask } from './submitTasks.ts'

const GONE_MS = 5_000
const START_LIMIT_MS = 20_000
/** Above the 8 GiB of address space that an encoder may have. */
const TOO_MUCH_GIB = 10

/** What the program does instead of encoding; it names its children after the trial, so that they can be found. */
const DEEDS: Readonly<Record<string, string>> = {
  hangs: 'trap "" TERM\nwhile :; do "$marked" 1000; done',
  forks: 'trap "" TERM\nfor n in 1 2 3 4 5 6 7 8; do ("$marked" 1000 & "$marked" 1000) & done\nwait',
  // As an encoder that has begun: it told of its first picture.
  'hangs until it is taken away': `echo frame=1; echo out_time_us=40000; echo progress=continue
trap "" TERM\nwhile :; do "$marked" 1000; done`,
  'eats memory': `exec "$node" -e "const kept = []; for (let gib = 0; gib < ${String(TOO_MUCH_GIB)}; gib += 1) kept.push(new ArrayBuffer(2 ** 30)); setTimeout(() => kept.length, 1e9)"`,
}

/** By a limit: of its memory, or three times of the standstill of its progress. The others are cancelled by a person. */
const ENDS_BY_ITSELF: ReadonlyMap<string, string> = new Map([
  ['eats memory', 'failed FFMPEG_FAILED'],
  ['hangs until it is taken away', 'dead TIMEOUT'],
])

export const badEncoder: FaultCase = {
  id: 'F60',
  title: 'the encoder hangs, forks, or eats memory',
  trials: { commit: 2, night: 5, release: 13 },
  variants: Object.keys(DEEDS),
  sample: 0,
  missing: () => (process.platform === 'linux' ? undefined : 'looks for processes in /proc'),
  async run(trial) {
    const world = await trial.openWorld()
    await world.gateway.start()
    const ffmpegPath = await writeStub(trial, world)
    await world.startWorker({ slots: 1, ffmpegPath })
    const taskId = await submitTask(world, {}, await realInputs(world, trial))
    if (ENDS_BY_ITSELF.has(trial.variant)) {
      await until(() => processesOf(world) > 0, START_LIMIT_MS)
      await seen(world, taskId, (view) => view.finished_at !== null, 60_000)
    } else {
      await until(() => processesOf(world) > 0, START_LIMIT_MS)
      if (processesOf(world) === 0) throw new NotReached('the encoder was not started')
      await pause(trial.random.between(0, 500))
      // The engine's own limit is ten minutes; a person who cancels does not wait for it.
      await world.client.cancel(taskId)
    }
    await until(() => processesOf(world) === 0, GONE_MS)
    const left = processesOf(world)
    const end = await seen(world, taskId, (view) => view.finished_at !== null)
    return [...(await world.verify()), ...judge(left, `${end.state} ${String(end.error_code)}`, trial.variant)]
  },
}

function judge(left: number, end: string, variant: string): Violation[] {
  const wanted = ENDS_BY_ITSELF.get(variant) ?? 'cancelled null'
  return [
    ...(left === 0
      ? []
      : [found('I15', `${String(left)} processes of the encoder outlived it by ${String(GONE_MS)} ms`)]),
    ...(end === wanted ? [] : [found('I10', `the task ended as ${end}`)]),
  ]
}

async function writeStub(trial: Trial, world: World): Promise<string> {
  const path = join(world.root, 'ffmpeg')
  const marked = join(world.root, 'encoder-child')
  await writeFile(marked, '#!/bin/sh\nexec sleep "$1" # does nothing for long\n', { mode: 0o755 })
  const lines = [
    '#!/bin/sh',
    `marked=${marked} node=${process.execPath}`,
    'case "$*" in',
    '  -version) echo "ffmpeg version 7.1-stub"; exit 0 ;;',
    '  *-encoders*) echo " V..... libx264 stub"; exit 0 ;;',
    'esac',
    // Begun anew, so that the shell itself is marked too.
    `[ -n "$DHS_TRIAL" ] || DHS_TRIAL=${world.root} exec "$0" "$@"`,
    DEEDS[trial.variant] ?? '',
  ]
  await writeFile(path, `${lines.join('\n')}\n`, { mode: 0o755 })
  return path
}

async function realInputs(world: World, trial: Trial) {
  const video = Buffer.concat([await readFile(outputVideo()), freeBox(trial.random.hex(16))])
  const signal = AbortSignal.timeout(START_LIMIT_MS)
  return {
    voice: await world.client.upload(voiceFile(trial.random.bytes(32)), '.wav', signal),
    avatar: await world.client.upload(video, '.mp4', signal),
  }
}

/** Processes that were started by the trial's encoder and are not yet gone: told by their environment. */
function processesOf(world: World): number {
  const mark = `DHS_TRIAL=${world.root}\0`
  return readdirSync('/proc').filter((pid) => /^\d+$/.test(pid) && readMaybe(`/proc/${pid}/environ`).includes(mark))
    .length
}

function readMaybe(path: string): string {
  try {
    return readFileSync(path, 'latin1')
  } catch {
    // Gone meanwhile.
    return ''
  }
}

async function until(isSo: () => boolean, limitMs: number): Promise<void> {
  const deadline = performance.now() + limitMs
  while (performance.now() < deadline && !isSo()) await pause(20)
}
