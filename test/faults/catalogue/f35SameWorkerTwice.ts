import { DSP_CLOSE } from '../../../src/protocol/dsp/index.ts'
import { found } from '../auditor/violations.ts'
import { refOf, ScriptedWorker } from '../rig/scriptedWorker.ts'
import type { FaultCase } from './fault.ts'
import { submitTask } from './submitTasks.ts'

export const sameWorkerTwice: FaultCase = {
  id: 'F35',
  title: 'two sockets with the identity of one worker',
  trials: { commit: 20, night: 100, release: 200 },
  sample: 1,
  async run(trial) {
    // Slower than elsewhere: how quick this machine is is not what this is about.
    const world = await trial.openWorld({ factor: 20 })
    await world.gateway.start()
    await submitTask(world)
    const first = await ScriptedWorker.connect(world)
    const job = await first.job()
    first.accept(job)
    const output = await first.make(job)
    // On the same line again and again, and in the end all at once.
    let older = first
    for (let turn = 0; turn < trial.random.between(1, 3); turn += 1) {
      const next = await ScriptedWorker.connect(world, { id: first.id, resume: [refOf(job)] })
      await older.closed
      older = next
    }
    const crowd = await Promise.allSettled(
      Array.from({ length: trial.random.between(1, 2) }, () =>
        ScriptedWorker.connect(world, { id: first.id, resume: [refOf(job)] }),
      ),
    )
    const came = crowd.flatMap((one) => (one.status === 'fulfilled' ? [one.value] : []))
    const newest = await Promise.any([older, ...came].map(staysOpen))
    const replaced = [first, ...came].filter((worker) => worker !== newest)
    const codes = await Promise.all(replaced.map((worker) => worker.closed))
    // Whoever was replaced says nothing more that counts.
    newest.sendResult(job, output)
    const outcome = await newest.ack(job)
    return [
      ...(await world.verify()),
      ...(outcome === 'ok' ? [] : [found('I5', `the newer socket was answered ${outcome}`)]),
      ...(codes.every((code) => code === DSP_CLOSE.replaced)
        ? []
        : [found('I5', `older sockets were closed with ${codes.join(', ')}`)]),
    ]
  },
}

/** Answered after all that came before it: a heartbeat on a socket that was not replaced. */
async function staysOpen(worker: ScriptedWorker): Promise<ScriptedWorker> {
  const before = worker.frames.length
  worker.heartbeat()
  await worker.next('gpu.heartbeat.ack', before)
  if (worker.isClosed) throw new Error('replaced')
  return worker
}
