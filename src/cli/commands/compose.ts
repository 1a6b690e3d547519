import type { TaskRecord } from '../../protocol/studio/index.ts'
import { isRecordEnd } from '../../protocol/studio/index.ts'
import { AppError } from '../../shared/index.ts'
import type { Command } from '../command.ts'
import { watchInterrupts } from '../compose/interrupts.ts'
import type { Interrupts } from '../compose/interrupts.ts'
import { readJob } from '../compose/job.ts'
import type { ComposeJob } from '../compose/job.ts'
import { createJsonTeller, createLineTeller } from '../compose/liveLines.ts'
import type { StageTeller } from '../compose/liveLines.ts'
import { doneSentence, INTERRUPTED, INTERRUPTION_CODES, interruptionOf } from '../compose/sentences.ts'
import type { Session } from '../compose/session.ts'
import { printJson } from '../io.ts'
import type { Io } from '../io.ts'

const CANCEL_DEADLINE_MS = 8_000

export const composeCommand: Command = {
  name: 'compose',
  summary: 'Makes a video from an avatar video and a voice, through the whole pipeline.',
  options: {
    video: { type: 'string', value: 'FILE', help: 'the avatar video', required: true },
    audio: { type: 'string', value: 'FILE', help: 'the voice', required: true },
    out: { type: 'string', value: 'FILE', help: 'the video to make; must not exist', required: true },
    gateway: { type: 'string', value: 'URL', help: 'a gateway to use (otherwise an embedded one)' },
    'license-key-file': { type: 'string', value: 'FILE', help: 'file with the licence key (or DHS_LICENSE_KEY)' },
    loop: { type: 'string', value: 'restart|pingpong', help: 'when the voice outlasts the video (restart)' },
    name: { type: 'string', value: 'NAME', help: 'name of the task' },
    'limit-rate': { type: 'string', value: 'RATE', help: 'upload at most so fast, such as 5M (bytes per second)' },
    data: { type: 'string', value: 'DIR', help: 'keep the data here: a stopped run goes on where it was' },
  },
  notes: [
    'Without --gateway it starts a gateway and a preview worker of its own and stops them afterwards.',
    'With --data each task is kept in the history there, how it ended and why; what is refused before there is a task',
    '(a file that cannot be used, a taken name) is only told.',
    'Exit codes: 0 done, 1 refused or failed, 2 usage, 130 cancelled by Ctrl-C, 143 stopped by SIGTERM.',
  ],
  examples: [
    'dhs compose --video avatar.mp4 --audio voice.wav --out hello.mp4',
    'dhs compose --video avatar.mp4 --audio voice.wav --out hello.mp4 --gateway https://gpu.example --license-key-file key',
  ],
  async run(options, io) {
    const job = await readJob(options, io)
    const isJson = options['json'] === true
    const teller = (isJson ? createJsonTeller : createLineTeller)(io, job.session.language)
    const interrupts = watchInterrupts()
    const { openSession } = await import('../compose/session.ts')
    const session = await openSession(job.session)
    try {
      const record = await runTask(session, job, teller, interrupts)
      teller.end()
      return report(record, job, { io, isJson, interrupts })
    } finally {
      teller.end()
      await session.close()
      interrupts.stop()
    }
  },
}

/** The record at its end, or as it was when an interrupt could not be carried out in time. */
async function runTask(
  session: Session,
  job: ComposeJob,
  teller: StageTeller,
  interrupts: Interrupts,
): Promise<TaskRecord> {
  const { api } = session.studio
  let record = await api.create({
    avatarPath: job.video,
    voicePath: job.audio,
    outputPath: job.out,
    options: {
      loop: job.loop,
      superResolution: false,
      aiBadge: false,
      priority: 'normal',
      ...(job.name === undefined ? {} : { name: job.name }),
    },
  })
  const stop = AbortSignal.any([interrupts.signal, session.broken])
  for await (record of api.follow(record.id, stop)) teller.tell(record)
  session.broken.throwIfAborted()
  if (!interrupts.signal.aborted || isRecordEnd(record.phase)) return record
  // With a data folder of its own, a stop from outside is a pause: the same command goes on later.
  if (interrupts.exitCode !== 130 && job.session.dataDir !== null) return record
  api.cancel(record.id)
  for await (record of api.follow(record.id, AbortSignal.timeout(CANCEL_DEADLINE_MS)))
    if (isRecordEnd(record.phase)) break
  return record
}

function report(
  record: TaskRecord,
  job: ComposeJob,
  { io, isJson, interrupts }: { readonly io: Io; readonly isJson: boolean; readonly interrupts: Interrupts },
): number {
  const { language } = job.session
  if (record.phase === 'done' && record.output !== null) {
    if (!isJson) io.out(`${doneSentence(record, job.out, language)}\n`)
    else {
      const { sha256, durationMs, width, height } = record.output
      const { taskId, engine } = record
      printJson(io, {
        event: 'done',
        task_id: taskId,
        out: job.out,
        sha256,
        duration_ms: durationMs,
        width,
        height,
        engine,
      })
    }
    return 0
  }
  if (interrupts.signal.aborted && record.phase !== 'failed') {
    const interruption = interruptionOf(record)
    const message = INTERRUPTED[interruption][language]
    if (isJson) printJson(io, { event: 'error', code: INTERRUPTION_CODES[interruption], message, hint: '' })
    else io.err(`dhs: ${message}\n`)
    return interrupts.exitCode
  }
  throw record.error === null ? new AppError('TASK_CANCELLED') : AppError.fromJSON(record.error)
}
