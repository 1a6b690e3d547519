import { spawnSync } from 'node:child_process'
import { connect } from 'node:net'
import type { Socket } from 'node:net'
import { once } from 'node:events'
import { HTTP_ROUTES } from '../../../src/protocol/http/index.ts'
import { found } from '../auditor/violations.ts'
import { ScriptedWorker } from '../rig/scriptedWorker.ts'
import type { World } from '../rig/world.ts'
import { pause, startBusyDay } from './busyDay.ts'
import type { FaultCase } from './fault.ts'

const RECOVER_LIMIT_MS = 5_000

export const noDescriptors: FaultCase = {
  id: 'F16',
  title: 'no file descriptors left',
  trials: { commit: 3, night: 30, release: 100 },
  missing: () => (spawnSync('prlimit', ['--version']).status === 0 ? undefined : 'prlimit is not installed'),
  async run(trial) {
    const most = trial.random.between(60, 110)
    const world = await trial.openWorld({ gatewayWrapper: ['prlimit', `--nofile=${String(most)}`] })
    await world.gateway.start()
    const worker = await ScriptedWorker.connect(world, { slots: 1 })
    const crowd = await openMany(world.gateway.port, most + 20)
    const day = startBusyDay(world, { tasks: 2 })
    await pause(trial.random.between(50, 300))
    // Who was connected before is served all the while.
    worker.heartbeat()
    const isHeard = await worker.next('gpu.heartbeat.ack').then(
      () => true,
      () => false,
    )
    for (const socket of crowd) socket.destroy()
    const answered = await isAnswering(world)
    await worker.cut()
    await world.startWorker()
    await day.answered
    const violations = await world.verify()
    return [
      ...violations,
      ...(isHeard ? [] : [found('I15', 'a connected worker was not answered')]),
      ...(answered
        ? []
        : [found('I15', `no answer within ${String(RECOVER_LIMIT_MS)} ms after descriptors were free`)]),
    ]
  },
}

async function openMany(port: number, count: number): Promise<Socket[]> {
  const sockets = Array.from({ length: count }, () => connect({ port, host: '127.0.0.1' }).on('error', () => undefined))
  await Promise.all(sockets.map((socket) => Promise.race([once(socket, 'connect'), once(socket, 'close')])))
  return sockets
}

async function isAnswering(world: World): Promise<boolean> {
  const deadline = performance.now() + RECOVER_LIMIT_MS
  while (performance.now() < deadline) {
    const answer = await world.client.ask(HTTP_ROUTES.health, { signal: AbortSignal.timeout(500) })
    if (answer?.status === 200) return true
    await pause(20)
  }
  return false
}
