import type { Language } from '../../protocol/errors/index.ts'
import type { TaskRecord } from '../../protocol/studio/index.ts'
import { waitSpan } from '../../protocol/task/index.ts'
import type { Stage } from './stage.ts'

const STAGE_NAMES: Readonly<Record<Stage, Readonly<Record<Language, string>>>> = {
  hash: { en: 'Reading the files', 'zh-CN': '正在校验文件' },
  upload: { en: 'Uploading', 'zh-CN': '正在上传' },
  queued: { en: 'Queued', 'zh-CN': '任务已排队' },
  submitted: { en: 'A worker has taken the task', 'zh-CN': '任务已分配' },
  processing: { en: 'Synthesizing', 'zh-CN': '正在合成' },
  download: { en: 'Downloading', 'zh-CN': '正在下载' },
}

/** What happens now, in one sentence; numbers only where somebody told them. */
export function stageSentence(stage: Stage, record: Pick<TaskRecord, 'wait'>, language: Language): string {
  const name = STAGE_NAMES[stage][language]
  if (stage !== 'queued') return name
  return `${name}${queueDetail(record.wait, language)}${expiryDetail(record.wait, language)}`
}

/** While the queue is paused no waiting time runs on. */
function expiryDetail(wait: TaskRecord['wait'], language: Language): string {
  if (wait?.expiresAtMs === undefined || wait.isPaused === true) return ''
  const { expiresAtMs } = wait
  const time = new Intl.DateTimeFormat(language, { dateStyle: 'medium', timeStyle: 'short' }).format(expiresAtMs)
  return language === 'zh-CN' ? `；最多等到 ${time}，之后过期` : `; waits until ${time}, then it expires`
}

function queueDetail(wait: TaskRecord['wait'], language: Language): string {
  if (wait === null) return ''
  const isChinese = language === 'zh-CN'
  if (wait.isPaused === true) {
    return isChinese ? '；队列已被管理员暂停，恢复后自动执行' : '; the queue is paused, it will run once that ends'
  }
  if (wait.notReady !== undefined) {
    return isChinese
      ? `，GPU 服务器尚未就绪，就绪后自动执行：${wait.notReady}`
      : `; the GPU server is not ready, it will run when it is: ${wait.notReady}`
  }
  if (wait.isWithheld === true) {
    return isChinese
      ? '；GPU 服务器暂不接收任务，恢复接收后自动执行'
      : '; no GPU server takes tasks at present, it will run once one does'
  }
  const time = timeText(wait, isChinese)
  if (wait.gpu === 'offline' || wait.gpu === 'starting') {
    const starting = wait.gpu === 'starting' ? (isChinese ? '，GPU 启动中' : ', the GPU is starting') : ''
    if (time !== null) return isChinese ? `${starting}，请等待${time}` : `${starting}, ${time}`
    if (starting !== '') return starting
    return isChinese ? '，GPU 未上线，上线后自动执行' : '; no GPU is online, it will run when one is'
  }
  if (wait.position === null) return ''
  const place = isChinese ? `，排在第 ${String(wait.position)} 位` : `, number ${String(wait.position)} in line`
  if (time === null) return place
  return isChinese ? `${place}，${time}后开始` : `${place}, starts in ${time}`
}

/** "about 2–4 minutes". */
function timeText(wait: NonNullable<TaskRecord['wait']>, isChinese: boolean): string | null {
  if (wait.etaSeconds === null) return null
  const span = waitSpan(wait.etaSeconds, wait.etaHighSeconds ?? null)
  if (span === null) return isChinese ? '不到 1 分钟' : 'less than a minute'
  const { unit, low, high } = span
  const count = low === high ? String(high) : `${String(low)}–${String(high)}`
  if (isChinese) return `约 ${count} ${unit === 'hour' ? '小时' : '分钟'}`
  return `about ${count} ${unit}${high === 1 ? '' : 's'}`
}

/** Bytes or frames, rate and time left of the current stage: what a live line shows behind the sentence. */
export function progressText(record: TaskRecord, language: Language): string {
  const { progress } = record
  if (progress === null) return ''
  const parts: string[] = []
  if (progress.fraction !== null) parts.push(`${String(Math.floor(progress.fraction * 100))} %`)
  if (progress.bytesDone !== null && progress.bytesTotal !== null) {
    parts.push(`${megabytes(progress.bytesDone)}/${megabytes(progress.bytesTotal)} MB`)
  }
  if (progress.frame !== null && progress.totalFrames !== null) {
    const unit = language === 'zh-CN' ? '帧' : 'frames'
    parts.push(`${String(progress.frame)}/${String(progress.totalFrames)} ${unit}`)
  }
  if (progress.bytesPerSecond !== null) parts.push(`${megabytes(progress.bytesPerSecond)} MB/s`)
  if (progress.secondsLeft !== null) {
    const seconds = String(Math.ceil(progress.secondsLeft))
    parts.push(language === 'zh-CN' ? `剩余 ${seconds} 秒` : `${seconds} s left`)
  }
  return parts.join('  ')
}

function megabytes(bytes: number): string {
  return (bytes / 1_000_000).toFixed(1)
}

export function doneSentence(record: TaskRecord, out: string, language: Language): string {
  const seconds = ((record.output?.durationMs ?? 0) / 1000).toFixed(1)
  const isChinese = language === 'zh-CN'
  const done = isChinese ? `已完成：${out}（${seconds} 秒）` : `Done: ${out} (${seconds} s)`
  if (record.lipSync !== false) return done
  return `${done}\n${isChinese ? '仅预览：口型未同步。' : 'Preview: lips not synced.'}`
}

/** How a run ended that was stopped from outside. */
export type Interruption = 'cancelled' | 'paused' | 'unconfirmed'

export const INTERRUPTED: Readonly<Record<Interruption, Readonly<Record<Language, string>>>> = {
  cancelled: { en: 'Cancelled; nothing was left behind.', 'zh-CN': '已取消，未留下任何文件。' },
  paused: {
    en: 'Stopped; the same command with the same --data goes on from here.',
    'zh-CN': '已停止；使用相同的 --data 再次运行同一命令即可继续。',
  },
  unconfirmed: {
    en: 'Stopped, but the gateway could not be told in time: the task may still run there.',
    'zh-CN': '已停止，但未能及时通知网关：任务可能仍在网关上运行。',
  },
}

/** The same for programs: a pause is no cancel. */
export const INTERRUPTION_CODES: Readonly<Record<Interruption, string>> = {
  cancelled: 'TASK_CANCELLED',
  paused: 'TASK_PAUSED',
  unconfirmed: 'CANCEL_UNCONFIRMED',
}

/** What may be said of a record that was stopped from outside. */
export function interruptionOf(record: Pick<TaskRecord, 'phase' | 'cancelling'>): Interruption {
  if (record.phase === 'cancelled') return 'cancelled'
  return record.cancelling ? 'unconfirmed' : 'paused'
}
