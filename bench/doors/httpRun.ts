import type { Job } from '../../src/protocol/dsp/index.ts'
import { createSignal } from '../queue/startRun.ts'
import type { StartRun } from '../queue/startRun.ts'
import type { GatewayTold } from './gatewayTold.ts'
import { openJsonDoor, uploadInputs } from './httpCalls.ts'
import { connectWireWorker, refOf } from './wireWorker.ts'

/** A submit over HTTP to the gateway, and its job frame on the socket of a worker. */
export async function startHttpRun(gateway: GatewayTold): Promise<StartRun> {
  const body = await uploadInputs(gateway.url, gateway.licenseKey)
  const door = openJsonDoor(gateway.port, gateway.licenseKey)
  const worker = await connectWireWorker(gateway, 'bench-worker')
  const jobs = createSignal<Job>()
  let job: Job | undefined
  worker.onJob((given) => {
    jobs.give(given)
  })
  return {
    async submitAndStart() {
      const started = jobs.next()
      await door.post('/api/heygem/task/submit', body)
      job = await started
    },
    async finish() {
      if (job === undefined) throw new Error('nothing was started')
      const ref = refOf(job)
      worker.send({ type: 'gpu.job.accept', ...ref })
      worker.send({ type: 'gpu.job.result', ...ref, error: true, error_code: 'FACE_NOT_FOUND', retryable: false })
      await worker.acked()
    },
    async close() {
      door.close()
      await worker.close()
    },
  }
}
