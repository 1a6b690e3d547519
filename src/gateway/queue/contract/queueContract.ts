import { describe } from 'vitest'
import { describeCancel, describeLateCancels } from './cancelContract.ts'
import { describeEvents, describeListeners } from './eventContract.ts'
import type { OpenQueue } from './fixture.ts'
import { describeComebacks, describeHeartbeats, describeLeases, describeSteps } from './leaseContract.ts'
import { describeReading } from './readContract.ts'
import { describeReaping, describeTimeItself } from './reapContract.ts'
import { describeAgeing, describeFairness, describeShares } from './fairContract.ts'
import { describeOperator, describeQueueControl } from './operatorContract.ts'
import { describeLongLines, describePlaces } from './placeContract.ts'
import { describePoison, describeStandstill } from './poisonContract.ts'
import { describeKinds } from './kindContract.ts'
import { describeRetries } from './retryContract.ts'
import { describeNextTenant, describeTargets } from './targetContract.ts'
import { describePausedWaiting, describeWaiting, describeWrongClocks } from './waitContract.ts'
import { describeLateResults, describeSettlement } from './settleContract.ts'
import { describeInputs, describeSubmit } from './submitContract.ts'

/** What every adapter of the queue port must do; `open` gives a new, empty queue each time. */
export function describeQueueContract(name: string, open: OpenQueue): void {
  describe(`queue contract: ${name}`, () => {
    describeSubmit(open)
    describeInputs(open)
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
    describeKinds(open)
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
