import type { Language } from '../../protocol/errors/index.ts'
import type { GpuWait, RunStage } from '../../protocol/task/index.ts'

export interface QueuedSituation {
  readonly gpu: GpuWait | null
  readonly position: number | null
  readonly etaSeconds: number | null
  /** How long it has waited for a GPU to come online. */
  readonly waitedMs: number
  /** Why no engine of the servers online can run; null while one can, or while none is online. */
  readonly notReady: string | null
}

/** What a waiting task tells the person: an estimate while there is one, then honestly that it is overdue. */
export function queuedSentence(situation: QueuedSituation, language: Language): string {
  const isZh = language === 'zh-CN'
  if (situation.notReady !== null) {
    return isZh
      ? `GPU 服务器尚未就绪，就绪后自动执行：${situation.notReady}`
      : `The GPU server is not ready; the task runs by itself once it is: ${situation.notReady}`
  }
  if (situation.gpu === 'offline' || situation.gpu === 'starting') {
    if (situation.etaSeconds !== null) {
      const minutes = minutesOf(situation.etaSeconds)
      return isZh ? `任务已排队，请等待约${minutes}分钟` : `Queued, about ${plural(minutes, 'minute')}`
    }
    const waited = Math.floor(situation.waitedMs / 60_000)
    return isZh
      ? `GPU 仍未上线，已等 ${waited} 分钟，上线后自动执行`
      : `The GPU is still offline after ${plural(waited, 'minute')}; the task runs by itself once it is online`
  }
  return placeSentence(situation, isZh)
}

function placeSentence(situation: QueuedSituation, isZh: boolean): string {
  if (situation.position === null) return isZh ? '任务已排队' : 'Queued'
  const place = isZh ? `排在第 ${situation.position} 位` : `Number ${situation.position} in the queue`
  if (situation.etaSeconds === null) return place
  const minutes = minutesOf(situation.etaSeconds)
  return isZh ? `${place}，预计约 ${minutes} 分钟后开始` : `${place}, starts in about ${plural(minutes, 'minute')}`
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

function minutesOf(seconds: number): number {
  return Math.max(1, Math.ceil(seconds / 60))
}

function plural(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`
}
