import { WebSocket } from 'ws'
import { z } from 'zod'
import { gatewayFrameSchema, registerFrameSchema, workerFrameSchema } from '../../../src/protocol/dsp/index.ts'
import type { GatewayFrame, Job, LeaseRef } from '../../../src/protocol/dsp/index.ts'
import { nowAt } from '../auditor/facts.ts'
import type { WorkerFact } from '../auditor/facts.ts'
import type { Ledger } from '../auditor/ledger.ts'
import { aroundMethod } from './aroundMethod.ts'

/** What one connection of a worker says and hears of leases and results, written down as it passes. */
export interface WireNotes {
  /** Before it leaves. */
  sent(text: string): void
  /** Before the worker is told. */
  heard(text: string): void
}

const saidSchema = z.union([registerFrameSchema, workerFrameSchema])

interface Question {
  readonly at: number
  readonly leases: readonly LeaseRef[]
}

/** One per connection: answers are matched to questions in their order on it. */
export function createWireNotes(worker: string, ledger: Ledger<WorkerFact>): WireNotes {
  let registered: Question | undefined
  const heartbeats: Question[] = []
  const noteKept = (asked: Question | undefined, isKept: (lease: LeaseRef) => boolean): void => {
    for (const { task_id: taskId, epoch } of asked?.leases.filter(isKept) ?? []) {
      ledger.note({ kind: 'kept', worker, taskId, epoch, askedAt: asked?.at ?? 0 })
    }
  }
  const noteHeard = (frame: GatewayFrame): void => {
    for (const { task_id: taskId, epoch, token } of jobsIn(frame)) {
      ledger.note({ kind: 'granted', worker, taskId, epoch, token })
    }
    if (frame.type === 'gpu.job.result.ack') {
      const { task_id: taskId, epoch, outcome } = frame
      ledger.note({ kind: 'result.acked', worker, taskId, epoch, outcome })
    } else if (frame.type === 'registered') {
      noteKept(registered, (lease) => frame.resumed.some((one) => isSame(one, lease)))
    } else if (frame.type === 'gpu.heartbeat.ack') {
      noteKept(heartbeats.shift(), (lease) => Object.hasOwn(frame.capabilities, lease.task_id))
    }
  }
  return {
    sent(text) {
      const frame = saidSchema.safeParse(toJson(text)).data
      if (frame?.type === 'register') registered = { at: nowAt(), leases: frame.resume }
      else if (frame?.type === 'gpu.heartbeat') heartbeats.push({ at: nowAt(), leases: frame.tasks })
      else if (frame?.type === 'gpu.job.result') {
        const { task_id: taskId, epoch, token, error, output } = frame
        const sha256 = output?.sha256 ?? null
        ledger.note({ kind: 'result.sent', worker, taskId, epoch, token, isSuccess: !error, sha256 })
      }
    },
    heard(text) {
      const { data } = gatewayFrameSchema.safeParse(toJson(text))
      if (data !== undefined) noteHeard(data)
    },
  }
}

/** Puts itself between this process and its WebSockets: all of them are the worker's connections to its gateway. */
export function installWireNotes(worker: string, ledger: Ledger<WorkerFact>): void {
  const connections = new WeakMap<object, WireNotes>()
  const notesOf = (socket: object): WireNotes => {
    const notes = connections.get(socket) ?? createWireNotes(worker, ledger)
    connections.set(socket, notes)
    return notes
  }
  aroundMethod(WebSocket.prototype, 'send', (call, [data], self) => {
    if (typeof data === 'string') notesOf(self).sent(data)
    return call()
  })
  aroundMethod(WebSocket.prototype, 'emit', (call, [event, data], self) => {
    if (event === 'message' && Buffer.isBuffer(data)) notesOf(self).heard(data.toString())
    return call()
  })
}

function jobsIn(frame: GatewayFrame): readonly Job[] {
  if (frame.type === 'gpu.job.submit') return [frame]
  return frame.type === 'gpu.job.dispatch.batch' ? frame.data.jobs : []
}

function isSame(one: LeaseRef, other: LeaseRef): boolean {
  return one.task_id === other.task_id && one.epoch === other.epoch && one.token === other.token
}

function toJson(text: string): unknown {
  try {
    return JSON.parse(text) as unknown
  } catch {
    return undefined
  }
}
