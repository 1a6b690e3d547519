import type { ServerNoteCode } from '../../protocol/admin/index.ts'
import type { EngineInfo } from '../../protocol/dsp/index.ts'
import type { ServerState } from './port.ts'

/** Something that keeps a server from taking tasks. */
export interface Condition {
  readonly code: ServerNoteCode
  readonly detail?: string
}

/** What decides whether a server may be given something. */
export interface Standing {
  readonly isConnected: boolean
  readonly ailment: ServerNoteCode | undefined
  readonly isDrained: boolean
  readonly isDraining: boolean
  readonly engines: readonly EngineInfo[]
}

const NONE: readonly Condition[] = []
const MAX_DETAIL_CHARS = 200

/** Most telling first; empty when the server may take tasks. Pure. */
export function conditionsOf(standing: Standing): readonly Condition[] {
  const drained: readonly Condition[] = standing.isDrained ? [{ code: 'drained' }] : NONE
  if (!standing.isConnected) return [{ code: 'disconnected' }, ...drained]
  const isReady = standing.engines.some((engine) => engine.ready)
  // A drained worker answers that it drains: one reason, not two.
  const isDraining = standing.isDraining && !standing.isDrained
  if (standing.ailment === undefined && isReady && !isDraining && !standing.isDrained) return NONE
  return [
    ...(standing.ailment === undefined ? NONE : [{ code: standing.ailment }]),
    ...drained,
    ...(isDraining ? [{ code: 'draining' } as const] : NONE),
    ...(isReady ? NONE : [notReady(standing.engines)]),
  ]
}

function notReady(engines: readonly EngineInfo[]): Condition {
  const reason = engines.find((engine) => engine.reason !== undefined)?.reason
  return { code: 'engine_not_ready', ...(reason === undefined ? {} : { detail: reason.slice(0, MAX_DETAIL_CHARS) }) }
}

const HEALTH: ReadonlySet<ServerNoteCode> = new Set(['silent', 'gone', 'unproven', 'cancel_ignored'])

const TROUBLE: ReadonlySet<ServerNoteCode> = new Set([
  'silent',
  'gone',
  'cancel_ignored',
  'flapping',
  'replaced',
  'engine_not_ready',
  'limit_lowered',
])

/** Somebody should look at it, as against the daily coming and going. */
export function isTrouble(code: ServerNoteCode): boolean {
  return TROUBLE.has(code)
}

/** A server whose engine is not ready is online all the same: it is not sick, it only takes nothing. */
export function stateOf(conditions: readonly Condition[]): ServerState {
  const codes = conditions.map(({ code }) => code)
  if (codes.includes('disconnected') || codes.includes('gone')) return 'offline'
  if (codes.some((code) => HEALTH.has(code))) return 'suspect'
  return codes.includes('drained') || codes.includes('draining') ? 'draining' : 'online'
}

/** What the end of a condition is called; the others end without a word. */
const ENDS: Partial<Record<ServerNoteCode, ServerNoteCode>> = {
  disconnected: 'connected',
  drained: 'resumed',
  draining: 'stays',
  engine_not_ready: 'engine_ready',
}

/** What there is to tell when one set of conditions follows another: each beginning and each end once. Pure. */
export function changesBetween(before: readonly Condition[], after: readonly Condition[]): readonly Condition[] {
  const codesBefore = before.map(({ code }) => code)
  const codesAfter = after.map(({ code }) => code)
  const begun = after.filter(({ code }) => !codesBefore.includes(code) && code !== 'unproven')
  const isWell = !codesAfter.some((code) => HEALTH.has(code) || code === 'disconnected')
  const ended = codesBefore.flatMap((code) => {
    const end = ENDS[code]
    return end === undefined || codesAfter.includes(code) || isHidden(code, codesAfter) ? [] : [{ code: end }]
  })
  const recovered: readonly Condition[] =
    isWell && codesBefore.some((code) => HEALTH.has(code)) ? [{ code: 'recovered' }] : NONE
  return [...ended, ...recovered, ...begun]
}

/** A server that is not connected has no engine to speak of and may be off; one that is drained may be going down. */
function isHidden(code: ServerNoteCode, codesAfter: readonly ServerNoteCode[]): boolean {
  if (code === 'draining') return codesAfter.includes('disconnected') || codesAfter.includes('drained')
  return code === 'engine_not_ready' && codesAfter.includes('disconnected')
}
