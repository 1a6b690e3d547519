import { describe } from 'vitest'
import { describeCancel, describeLateCancels } from './contract/cancelContract.ts'
import { describeEvents, describeListeners } from './contract/eventContract.ts'
import type { OpenQueue } from './contract/fixture.ts'
import { describeComebacks, describeHeartbeats, describeLeases, describeSteps } from './contract/leaseContract.ts'
import { describeReading } from './contract/readContract.ts'
import { describeReaping, describeTimeItself } from './contract/reapContract.ts'
import { describeAgeing, describeFairness, describeShares } from './contract/fairContract.ts'
import { describeOperator, describeQueueControl } from './contract/operatorContract.ts'
import { describeLongLines, describePlaces } from './contract/placeContract.ts'
import { describePoison, describeStandstill } from './contract/poisonContract.ts'
import { describeRetries } from './contract/retryContract.ts'
import { describeNextTenant, describeTargets } from './contract/targetContract.ts'
import { describePausedWaiting, describeWaiting, describeWrongClocks } from './contract/waitContract.ts'
import { describeLateResults, describeSettlement } from './contract/settleContract.ts'
import { describeSubmit } from './contract/submitContract.ts'

/** What every adapter of the queue port must do; `open` gives a new, empty queue each time. */
export function describeQueueContract(name: string, open: OpenQueue): void {
  describe(`queue contract: ${name}`, () => {
    describeSubmit(open)
    describeReading(open)
    describeLeases(open)
    describeHeartbeats(open)
    describeSteps(open)
    describeComebacks(open)
    describeSettlement(open)
    describeLateResults(open)
    describeCancel(open)
    describeLateCancels(open)
    describeReaping(open)
    describeTimeItself(open)
    describeEvents(open)
    describeListeners(open)
    describeFairness(open)
    describeShares(open)
    describeAgeing(open)
    describePlaces(open)
    describeLongLines(open)
    describeTargets(open)
    describeNextTenant(open)
    describePoison(open)
    describeStandstill(open)
    describeRetries(open)
    describeWaiting(open)
    describeWrongClocks(open)
    describePausedWaiting(open)
    describeOperator(open)
    describeQueueControl(open)
  })
}
