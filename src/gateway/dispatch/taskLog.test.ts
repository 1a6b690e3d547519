import { describe, expect, it } from 'vitest'
import { createEmitter } from '../../shared/index.ts'
import type { Logger } from '../../shared/node/index.ts'
import type { QueueChange } from '../queue/port.ts'
import { storedTask } from '../testing/storedTask.ts'
import { describeStep, startTaskLog } from './taskLog.ts'

type Line = readonly [message: string, fields: Readonly<Record<string, unknown>>]

/** Keeps what is told at info level. */
function listeningLog(lines: Line[]): Logger {
  const log: Logger = {
    debug: () => undefined,
    info: (message, fields = {}) => void lines.push([message, fields]),
    warn: () => undefined,
    error: () => undefined,
    child: () => log,
    close: () => undefined,
  }
  return log
}

describe('the log of a task', () => {
  it('tells its whole life with the server that held it, and a late result as one', () => {
    const changes = createEmitter<QueueChange>()
    const lines: Line[] = []
    const taskLog = startTaskLog({ onChange: (listener) => changes.on(listener) }, listeningLog(lines))
    const tell = (cause: QueueChange['cause'], task: Parameters<typeof storedTask>[0]): void => {
      changes.emit({ tenant: 't', cursor: '1', cause, task: storedTask({ id: 't_1', ...task }) })
    }
    tell('submit', { state: 'queued' })
    tell('lease', { state: 'leased', serverId: 'GPU-001', epoch: 1 })
    tell('accept', { state: 'running', serverId: 'GPU-001', epoch: 1, attempts: 1 })
    tell('stall', { state: 'queued', serverId: null, epoch: 1, attempts: 1, stalls: 1 })
    tell('succeed', { state: 'succeeded', serverId: null, epoch: 1, attempts: 1, stalls: 1, engine: 'preview' })
    taskLog.stop()
    tell('submit', { state: 'queued' })
    expect(lines.map(([message, { server }]) => [message, server])).toEqual([
      ['task submitted', undefined],
      ['task leased', 'GPU-001'],
      ['task accepted', 'GPU-001'],
      ['task put back: its worker vanished or its run stood still', 'GPU-001'],
      ['task done by a late result of its last lease', 'GPU-001'],
    ])
    expect(lines.every(([, { task }]) => task === 't_1')).toBe(true)
    expect(lines[0]?.[1]).toMatchObject({ request: expect.any(String) as string, type: 'heygem_submit' })
  })

  it('names what went wrong with the step that it went wrong in, not with those after', () => {
    const changes = createEmitter<QueueChange>()
    const lines: Line[] = []
    const taskLog = startTaskLog({ onChange: (listener) => changes.on(listener) }, listeningLog(lines))
    const failure = { code: 'WORKER_LOST' }
    const tell = (cause: QueueChange['cause'], task: Parameters<typeof storedTask>[0]): void => {
      changes.emit({ tenant: 't', cursor: '1', cause, task: storedTask({ id: 't_1', failure, ...task }) })
    }
    tell('retry', { state: 'queued' })
    tell('lease', { state: 'leased', serverId: 'GPU-001' })
    taskLog.stop()
    expect(lines.map(([message, { code }]) => [message, code])).toEqual([
      ['task put back: its worker stopped during the run', 'WORKER_LOST'],
      ['task leased', undefined],
    ])
  })

  it('tells a cancel of a waiting task from one that its worker has to confirm', () => {
    expect(describeStep({ cause: 'cancel', task: storedTask({ state: 'cancelled' }) })).toBe('task cancelled')
    expect(describeStep({ cause: 'cancel', task: storedTask({ state: 'cancelling' }) })).toContain('being')
  })
})
