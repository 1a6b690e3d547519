import type { Lease, QueuePort } from '../../src/gateway/index.ts'
import { submitOne, TASK_TYPE } from './portTasks.ts'
import { createSignal } from './startRun.ts'
import type { StartRun } from './startRun.ts'

const WORKER = 'bench-worker'
const ONE_SLOT = {
  ...{ workerId: WORKER, serverId: 'GPU-001', kinds: [TASK_TYPE] },
  ...{ credit: 1, isIdle: true, fleetSlots: 1 },
}

/** Our queue at its port: its own news of a submit on its way makes the worker ask for a lease, as the dispatcher does. */
export function startPortRun(queue: QueuePort): StartRun {
  const leases = createSignal<Lease>()
  let lease: Lease | undefined
  const leave = queue.onArrival(() => {
    void queue.lease(ONE_SLOT).then(([given]) => {
      if (given !== undefined) leases.give(given)
    })
  })
  return {
    async submitAndStart() {
      const started = leases.next()
      await submitOne(queue)
      lease = await started
    },
    async finish() {
      if (lease === undefined) throw new Error('nothing was started')
      const ref = { task_id: lease.task.id, epoch: lease.task.epoch, token: lease.token }
      await queue.accept(ref, WORKER)
      const failure = { code: 'FACE_NOT_FOUND' }
      const outcome = await queue.settle(ref, WORKER, { kind: 'failed', failure, retryable: false })
      if (outcome !== 'ok') throw new Error(`a result was ${outcome}`)
    },
    async close() {
      leave()
      await queue.close()
    },
  }
}
