import { describe } from 'vitest'
import { describeCancel } from './contract/cancelContract.ts'
import { describeEvents } from './contract/eventContract.ts'
import type { OpenQueue } from './contract/fixture.ts'
import { describeComebacks, describeHeartbeats, describeLeases } from './contract/leaseContract.ts'
import { describeReading } from './contract/readContract.ts'
import { describeReaping, describeTimeItself } from './contract/reapContract.ts'
import { describeLateResults, describeSettlement } from './contract/settleContract.ts'
import { describeSubmit } from './contract/submitContract.ts'

/** What every adapter of the queue port must do; `open` gives a new, empty queue each time. */
export function describeQueueContract(name: string, open: OpenQueue): void {
  describe(`queue contract: ${name}`, () => {
    describeSubmit(open)
    describeReading(open)
    describeLeases(open)
    describeHeartbeats(open)
    describeComebacks(open)
    describeSettlement(open)
    describeLateResults(open)
    describeCancel(open)
    describeReaping(open)
    describeTimeItself(open)
    describeEvents(open)
  })
}
