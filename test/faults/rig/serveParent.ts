import { monitorEventLoopDelay } from 'node:perf_hooks'
import { runUntilStopped } from '../../../src/cli/lifetime.ts'
import { AppError } from '../../../src/shared/index.ts'
import type { FaultPlan } from './faultPlan.ts'
import { installFaultPlan } from './faultPlan.ts'
import { orderSchema } from './messages.ts'
import type { ParsedOrder, Report } from './messages.ts'
import { installStoreFaults } from './storeFaults.ts'

/** One part of the product as a child of the campaign. */
export interface Served {
  readonly started: Report
  stop(): Promise<void>
  skew?(skewMs: number): void
}

export interface ChildTools {
  readonly plan: FaultPlan
  readonly report: (report: Report) => void
}

/** Starts on the parent's first order, obeys the others, and never outlives the parent. */
export function serveParent(start: (options: unknown, tools: ChildTools) => Promise<Served>): void {
  const report = (message: Report): void => {
    if (process.connected) process.send?.(message)
  }
  const plan = installFaultPlan((point) => report({ type: 'fired', point }))
  const store = installStoreFaults((point) => report({ type: 'fired', point }))
  const delays = monitorEventLoopDelay({ resolution: 10 })
  delays.enable()
  let served: Served | undefined

  const begin = async (options: unknown): Promise<void> => {
    try {
      served = await start(options, { plan, report })
      // Nobody waits yet while modules load and the doors are built.
      delays.reset()
      report(served.started)
    } catch (error) {
      const { code, message } = AppError.from(error)
      report({ type: 'failed', code, message })
    }
  }
  const end = async (): Promise<void> => {
    await served?.stop()
    if (process.connected) process.disconnect()
  }

  const obey = (order: ParsedOrder): void => {
    switch (order.type) {
      case 'start':
        void begin(order.options)
        break
      case 'arm':
        plan.arm(order.faults)
        report({ type: 'done' })
        break
      case 'store':
        store.arm(order.fault)
        report({ type: 'done' })
        break
      case 'passes':
        report({ type: 'passes', passes: plan.passes() })
        break
      case 'measure':
        report({ type: 'measured', rssBytes: process.memoryUsage.rss(), loopDelayMs: delays.percentile(99) / 1e6 })
        break
      case 'block':
        block(order.blockMs)
        break
      case 'skew':
        served?.skew?.(order.skewMs)
        report({ type: 'done' })
        break
      case 'stop':
        void end()
        break
    }
  }

  // The product's own commands: once to stop in order and in time, twice to end now, and no word about what is open.
  const onSignal = (signal: NodeJS.Signals): void => {
    process.off('SIGTERM', onSignal)
    process.off('SIGINT', onSignal)
    void runUntilStopped(async () => served?.stop()).then((code) => process.exit(code))
    // From its first signal on, which is this one: until then a stop by order has to find nothing that holds the process.
    process.emit(signal, signal)
  }
  process.on('SIGTERM', onSignal)
  process.on('SIGINT', onSignal)
  process.on('disconnect', () => process.exit(0))
  process.on('message', (message) => {
    obey(orderSchema.parse(message))
  })
}

function block(blockMs: number): void {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, blockMs)
}
