import type { Language } from '../../protocol/errors/index.ts'
import { waitedSpan, waitSpan } from '../../protocol/task/index.ts'
import type { GpuWait, RunStage } from '../../protocol/task/index.ts'
import type { Estimate } from '../estimates/index.ts'

export interface QueuedSituation {
  readonly gpu: GpuWait | null
  readonly position: number | null
  readonly estimate: Estimate | null
  /** How long it has waited for a GPU to come online. */
  readonly waitedMs: number
  /** How long it waits before it is tried again; 0 = not. */
  readonly backoffMs: number
  /** Why no engine of the servers online can run; null while one can, or while none is online. */
  readonly notReady: string | null
  /** See `StartOutlook.kind`. */
  readonly isWithheld: boolean
  readonly isPaused: boolean
  /** Milliseconds until it expires, once most of its waiting time is over; null before. */
  readonly expiresInMs: number | null
}

/** What a waiting task tells the person, and, once that is near, when it stops waiting. */
export function queuedSentence(situation: QueuedSituation, language: Language): string {
  const isZh = language === 'zh-CN'
  const sentence = waitSentence(situation, isZh)
  // While the queue is paused no waiting time runs on.
  if (situation.expiresInMs === null || situation.isPaused) return sentence
  const left = spanText({ seconds: Math.max(0, situation.expiresInMs / 1000), highSeconds: null }, isZh)
  return isZh ? `${sentence}；如仍未执行，${left}后过期` : `${sentence}; it expires in ${left} if no GPU takes it`
}

/** An estimate while there is one, then honestly that it is overdue. */
function waitSentence(situation: QueuedSituation, isZh: boolean): string {
  const { gpu, estimate, notReady, isPaused } = situation
  if (isPaused) {
    return isZh
      ? '任务已排队；队列已暂停，恢复后自动执行'
      : 'Queued; the queue is paused, the task runs by itself once it goes on'
  }
  if (notReady !== null) {
    return isZh
      ? `GPU 服务器尚未就绪，就绪后自动执行：${notReady}`
      : `The GPU server is not ready; the task runs by itself once it is: ${notReady}`
  }
  if (gpu !== 'offline' && gpu !== 'starting') return placeSentence(situation, isZh)
  if (estimate !== null) {
    const span = `${spanText(estimate, isZh)}${becauseText(estimate, isZh)}`
    if (gpu === 'starting')
      return isZh ? `任务已排队，GPU 启动中，请等待${span}` : `Queued, the GPU is starting: ${span}`
    return isZh ? `任务已排队，请等待${span}` : `Queued, ${span}`
  }
  if (situation.isWithheld) {
    return isZh
      ? '任务已排队；GPU 服务器暂不接收任务，恢复接收后自动执行'
      : 'Queued; no GPU server takes tasks at present, the task runs by itself once one does'
  }
  if (situation.waitedMs < SHORT_WAIT_MS)
    return isZh ? 'GPU 未上线，上线后自动执行' : 'The GPU is offline; the task runs by itself once it is online'
  const waited = waitedText(situation.waitedMs, isZh)
  return isZh
    ? `GPU 仍未上线，已等 ${waited}，上线后自动执行`
    : `The GPU is still offline after ${waited}; the task runs by itself once it is online`
}

function waitedText(waitedMs: number, isZh: boolean): string {
  const { unit, count } = waitedSpan(waitedMs / 1000)
  return isZh ? `${count} ${UNITS_ZH[unit]}` : plural(count, unit)
}

function placeSentence(situation: QueuedSituation, isZh: boolean): string {
  const { position, estimate, backoffMs } = situation
  if (backoffMs > SHORT_BACKOFF_MS) return retrySentence(situation, isZh)
  if (position === null) return isZh ? '任务已排队' : 'Queued'
  const place = isZh ? `排在第 ${position} 位` : `Number ${position} in the queue`
  if (estimate === null) return place
  const because = becauseText(estimate, isZh)
  return isZh
    ? `${place}，预计${spanText(estimate, isZh)}后开始${because}`
    : `${place}, starts in ${spanText(estimate, isZh)}${because}`
}

function retrySentence({ estimate, backoffMs }: QueuedSituation, isZh: boolean): string {
  const span = spanText(estimate ?? { seconds: backoffMs / 1000, highSeconds: null }, isZh)
  const because = estimate === null ? '' : becauseText(estimate, isZh)
  return isZh ? `等待再次尝试，预计${span}后开始${because}` : `Waiting for another try, in ${span}${because}`
}

function becauseText({ reason }: Estimate, isZh: boolean): string {
  return reason === null ? '' : REASONS[reason][isZh ? 1 : 0]
}

const REASONS: Readonly<Record<NonNullable<Estimate['reason']>, readonly [en: string, zh: string]>> = {
  gpu_offline: [' (the GPU went offline)', '（GPU 已离线）'],
  fewer_servers: [' (fewer GPU servers than before)', '（GPU 服务器减少）'],
  others_first: [' (other tasks go first)', '（其他任务在前）'],
  runs_longer: [' (the tasks before take longer than usual)', '（前面的任务耗时较长）'],
}

/** A refused lease is offered again at once: nothing to tell. */
const SHORT_BACKOFF_MS = 2_000
/** Less than a minute, nearly: no number says it well. */
const SHORT_WAIT_MS = 30_000
const UNITS_ZH = { minute: '分钟', hour: '小时' } as const

/** "about 2–4 minutes". */
function spanText({ seconds, highSeconds }: Pick<Estimate, 'seconds' | 'highSeconds'>, isZh: boolean): string {
  const span = waitSpan(seconds, highSeconds)
  if (span === null) return isZh ? '不到1分钟' : 'less than a minute'
  const { unit, low, high } = span
  const count = low === high ? `${high}` : `${low}–${high}`
  if (isZh) return `约${count}${UNITS_ZH[unit]}`
  return `about ${count} ${unit}${high === 1 ? '' : 's'}`
}

const STAGES: Readonly<Record<RunStage, readonly [en: string, zh: string]>> = {
  inputs: ['Fetching the inputs', '正在获取素材'],
  prepare: ['Preparing', '正在准备'],
  synthesize: ['Synthesizing', '正在合成'],
  encode: ['Encoding', '正在编码'],
  upload: ['Storing the result', '正在保存结果'],
}

const STATES = {
  submitted: ['Handed to a GPU server', '已分配 GPU 服务器'],
  running: ['Running', '正在处理'],
  errand: ['Waits for the GPU server that has the files', '等待存有文件的 GPU 服务器'],
  cancelling: ['Cancelling', '正在取消'],
  succeeded: ['Done', '已完成'],
  cancelled: ['Cancelled', '已取消'],
} as const

export function stageSentence(stage: RunStage | null, language: Language): string {
  return pick(stage === null ? STATES.running : STAGES[stage], language)
}

export function stateSentence(state: keyof typeof STATES, language: Language): string {
  return pick(STATES[state], language)
}

function pick(pair: readonly [en: string, zh: string], language: Language): string {
  return language === 'zh-CN' ? pair[1] : pair[0]
}

function plural(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`
}
