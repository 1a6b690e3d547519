import { z } from 'zod'
import { FAULT_POINTS, installFaultPoints } from '../../../src/shared/index.ts'
import type { FaultPoint } from '../../../src/shared/index.ts'

/** What happens at a named place, from its `pass`-th passing on, `times` times. */
export const faultSchema = z.object({
  point: z.enum(FAULT_POINTS),
  action: z.enum(['kill', 'throw', 'delay', 'freeze']),
  pass: z.int().positive().default(1),
  times: z.int().positive().default(1),
  /** Of `delay`: how long the process stands still there, real milliseconds. */
  delayMs: z.int().positive().default(100),
})

export type Fault = z.input<typeof faultSchema>
type PlannedFault = z.output<typeof faultSchema>

export interface FaultPlan {
  arm(faults: readonly PlannedFault[]): void
  /** How often each place was passed since the process began. */
  passes(): Readonly<Record<string, number>>
}

/** Installs the plan in this process. `fired` is told of each fault that leaves the process alive. */
export function installFaultPlan(fired: (point: FaultPoint) => void): FaultPlan {
  const passes = new Map<FaultPoint, number>()
  let armed: { readonly fault: PlannedFault; seen: number }[] = []
  installFaultPoints((point) => {
    passes.set(point, (passes.get(point) ?? 0) + 1)
    for (const one of armed) {
      if (one.fault.point !== point) continue
      one.seen += 1
      const isDue = one.seen >= one.fault.pass && one.seen < one.fault.pass + one.fault.times
      if (isDue) act(one.fault, fired)
    }
  })
  return {
    arm(faults) {
      armed = faults.map((fault) => ({ fault, seen: 0 }))
    },
    passes: () => Object.fromEntries(passes),
  }
}

function act(fault: PlannedFault, fired: (point: FaultPoint) => void): void {
  switch (fault.action) {
    case 'kill':
      process.kill(process.pid, 'SIGKILL')
      // The signal is on its way; nothing of this process may run any more.
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0)
      return
    case 'freeze':
      process.kill(process.pid, 'SIGSTOP')
      return
    case 'delay':
      fired(fault.point)
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, fault.delayMs)
      return
    case 'throw':
      fired(fault.point)
      throw new Error(`fault at ${fault.point}`)
  }
}
