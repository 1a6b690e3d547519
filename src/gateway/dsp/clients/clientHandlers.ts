import type { ClientFrame, PowerResult } from '../../../protocol/dsp/index.ts'
import { isErrorCode } from '../../../protocol/errors/index.ts'
import { isTerminal } from '../../../protocol/task/index.ts'
import { AppError, randomId } from '../../../shared/index.ts'
import { submitTask } from '../../intake/submitTask.ts'
import type { GatewayParts } from '../../parts.ts'
import type { ClientSession } from './clientSession.ts'
import { bootWords, errorFrameFor, resultFrames, submittedFrame } from './clientWords.ts'

type SubmitFrame = Extract<ClientFrame, { readonly type: 'gpu.job.submit' }>

/** What a registered client says. Its tenant is the connection's, whatever a frame claims. */
export async function handleClientFrame(
  parts: GatewayParts,
  session: ClientSession,
  frame: ClientFrame,
): Promise<void> {
  if (session.isRevoked()) return
  const ts = parts.clock.now() / 1000
  switch (frame.type) {
    case 'gpu.job.submit':
      await onSubmit(parts, session, frame)
      return
    case 'gpu.status.query': {
      const status = parts.power.state()
      session.send({ type: 'gpu.status.response', version: '1.0', ts, status, request_id: frame.request_id ?? null })
      return
    }
    case 'gpu.power.boot':
      // Not awaited: a hook may take a minute, and this client may have more to say.
      void boot(parts, session, frame.request_id ?? null)
  }
}

async function onSubmit(parts: GatewayParts, session: ClientSession, frame: SubmitFrame): Promise<void> {
  const requestId = frame.request_id ?? randomId('q')
  try {
    const retryAfterMs = parts.rates.submits.take(session.tenant)
    if (retryAfterMs > 0) throw new AppError('RATE_LIMITED', { retryable: true, retryAfterMs })
    const { task, isReplay } = await submitTask(parts, session.tenant, {
      ...frame.payload,
      ...{ request_id: requestId, task_type: frame.task_type },
    })
    if (isReplay && !isTerminal(task.state)) throw new AppError('REQUEST_ID_LIVE', { data: { task_id: task.id } })
    const view = await parts.views.of(task, session.language)
    const ts = parts.clock.now() / 1000
    session.send(submittedFrame(view, ts))
    // A repeat after the end: whoever asks again has not heard of it.
    for (const result of resultFrames(view, session, ts)) session.send(result)
  } catch (thrown) {
    const error = AppError.from(thrown)
    if (error.code === 'INTERNAL') parts.log.error('a submit on /dsp failed', { error: thrown })
    parts.metrics.refused('dsp', isErrorCode(error.code) ? error.code : 'INTERNAL')
    session.send(errorFrameFor(error, { requestId, taskType: frame.task_type }, session.language))
  }
}

async function boot(parts: GatewayParts, session: ClientSession, requestId: string | null): Promise<void> {
  const answer = await bootAnswer(parts, session)
  const ts = parts.clock.now() / 1000
  session.send({ type: 'gpu.power.boot.result', version: '1.0', ts, request_id: requestId, ...answer })
}

type BootAnswer = Pick<PowerResult, 'success' | 'status' | 'msg'>

async function bootAnswer({ power, log }: GatewayParts, { language }: ClientSession): Promise<BootAnswer> {
  try {
    const { success, status } = await power.request({ action: 'on', serverId: null, cause: 'client' })
    return { success, status, msg: bootWords({ success, status }, language) }
  } catch (thrown) {
    const error = AppError.from(thrown)
    if (error.code === 'INTERNAL') log.error('a wish for power on /dsp failed', { error: thrown })
    const { msg } = errorFrameFor(error, { requestId: null, taskType: null }, language)
    return { success: false, status: power.state(), msg }
  }
}
