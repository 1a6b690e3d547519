import { AppError } from '../../shared/index.ts'
import { runChild, scrubText } from '../../shared/node/index.ts'
import { POWER_HOOK_MAX_MS } from '../../protocol/admin/index.ts'
import type { PowerAction } from '../../protocol/dsp/index.ts'
import type { HookOutcome, PowerHook } from './port.ts'

export interface CommandLimits {
  readonly timeoutMs: number
  readonly answerBytes: number
}

const LIMITS: CommandLimits = { timeoutMs: POWER_HOOK_MAX_MS, answerBytes: 4 * 1024 }
const MAX_MESSAGE_CHARS = 300
/** What an operator's script cannot do without; whatever else the gateway's environment holds is not its business. */
const PASSED_ON = ['PATH', 'HOME', 'LANG', 'TZ', 'SystemRoot', 'USERPROFILE']

/** The hook as a program of the operator's: exit code 0 is success, its first line of output is the message. */
export function createCommandHook(
  argv: readonly string[],
  env: Readonly<Record<string, string | undefined>> = process.env,
  limits: CommandLimits = LIMITS,
): PowerHook {
  const [command = '', ...args] = argv
  const passedOn = Object.fromEntries(
    PASSED_ON.flatMap((name) => {
      const value = env[name]
      return value === undefined ? [] : [[name, value]]
    }),
  )
  return {
    async call(action, serverId, signal) {
      const answer = createAnswer(limits.answerBytes)
      try {
        const result = await runChild({
          ...{ command, args, signal, timeoutMs: limits.timeoutMs },
          env: { ...passedOn, DHS_POWER_ACTION: action, DHS_SERVER_ID: serverId ?? '' },
          onStdoutChunk: (chunk) => {
            answer.push(chunk)
          },
        })
        return outcomeOf(action, result, answer.text())
      } catch (error) {
        if (signal.aborted) throw error
        return { success: false, msg: `the command cannot be started (${AppError.from(error).code})` }
      }
    },
  }
}

interface Ended {
  readonly code: number | null
  readonly signal: string | null
  readonly stderrTail: string
  readonly isTimedOut: boolean
}

function outcomeOf(action: PowerAction, ended: Ended, answer: string): HookOutcome {
  if (ended.isTimedOut) return { success: false, msg: 'the command took too long and was ended' }
  if (ended.code === 0) return { success: true, msg: oneLine(answer) || `power ${action} was asked for` }
  const how = ended.code === null ? `ended by ${ended.signal ?? 'a signal'}` : `exit code ${String(ended.code)}`
  const said = oneLine(ended.stderrTail) || oneLine(answer)
  return { success: false, msg: said === '' ? how : `${how}: ${said}` }
}

/** The first line that says something, without control characters or secrets. */
export function oneLine(text: string): string {
  const line = text.split(/\r?\n/).find((one) => one.trim() !== '') ?? ''
  const plain = Array.from(line, (char) => (char < ' ' || char === '\u007f' ? ' ' : char)).join('')
  return scrubText(plain.trim()).slice(0, MAX_MESSAGE_CHARS)
}

/** Output up to a limit; whatever comes after is read and dropped. */
function createAnswer(maxBytes: number): { push(chunk: Uint8Array): void; text(): string } {
  const chunks: Uint8Array[] = []
  let size = 0
  return {
    push(chunk) {
      const taken = chunk.subarray(0, maxBytes - size)
      size += taken.length
      if (taken.length > 0) chunks.push(taken)
    },
    text: () => Buffer.concat(chunks).toString(),
  }
}
