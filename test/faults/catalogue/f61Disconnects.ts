import { connectGatewaySocket } from '../../../src/client/index.ts'
import type { GatewaySocket } from '../../../src/client/index.ts'
import { found } from '../auditor/violations.ts'
import type { Proxy } from '../rig/proxy.ts'
import type { World } from '../rig/world.ts'
import { pause, startBusyDay } from './busyDay.ts'
import type { FaultCase } from './fault.ts'

/** Times the trials of a commit: a thousand disconnects. */
const FOLLOWERS = 10
const CUTS = 2
/** Socket.IO comes back after 0.5 to 1.5 s of real time. */
const BACK_LIMIT_MS = 8_000

export const clientsCut: FaultCase = {
  id: 'F61',
  title: 'clients lose their connection while events are on their way',
  trials: { commit: 50, night: 300, release: 1_000 },
  sample: 0,
  async run(trial) {
    const world = await trial.openWorld()
    const proxy = await world.openProxy()
    await world.gateway.start()
    const followers = Array.from({ length: FOLLOWERS }, (_, index) => follow(world, proxy, index))
    await waitFor(() => followers.every((follower) => follower.readings > 0))
    await world.startWorker()
    const day = startBusyDay(world, { tasks: 6, isRough: true, script: { runMs: trial.random.between(20, 300) } })
    let cuts = 0
    for (; cuts < CUTS; cuts += 1) {
      await pause(trial.random.between(0, 400))
      if (trial.random.chance(0.5)) proxy.cutAfter(trial.random.between(1, 4_000), 'down')
      else proxy.cut(trial.random.chance(0.5) ? 'reset' : 'fin')
    }
    await day.answered
    await world.settle()
    // Whoever was cut comes back, reads what it missed, and has seen the end of every task.
    const before = followers.map((follower) => follower.readings)
    proxy.cut()
    await waitFor(() => followers.every((follower, index) => follower.readings > (before[index] ?? 0)))
    await waitFor(() => followers.every((follower) => sawAllEnds(follower, day.taskIds)))
    const blind = followers.filter((follower) => !sawAllEnds(follower, day.taskIds)).length
    for (const follower of followers) follower.socket.stop()
    return [
      ...(await world.verify()),
      ...(blind === 0 ? [] : [found('I13', `${String(blind)} followers did not see the end of every task`)]),
    ]
  },
}

interface Follower {
  readonly socket: GatewaySocket
  /** How often it connected. */
  readings: number
  readonly states: Map<string, boolean>
}

/** Keeps of each task the newest version, as the app does; the ledger knows what it kept. */
function follow(world: World, proxy: Proxy, index: number): Follower {
  const baseUrl = `http://127.0.0.1:${String(proxy.port)}`
  const socket = connectGatewaySocket({ baseUrl, token: world.credentials.licenseKey })
  const follower: Follower = { socket, readings: 0, states: new Map() }
  const versions = new Map<string, number>()
  socket.on((event) => {
    if (event.kind === 'connected') follower.readings += 1
    if (event.kind !== 'task' || event.task.version < (versions.get(event.task.task_id) ?? 0)) return
    versions.set(event.task.task_id, event.task.version)
    follower.states.set(event.task.task_id, event.task.finished_at !== null)
    world.client.saw(event.task, `follower ${String(index)}`)
  })
  world.onClose(() => {
    socket.stop()
  })
  return follower
}

function sawAllEnds(follower: Follower, taskIds: readonly string[]): boolean {
  return taskIds.every((taskId) => follower.states.get(taskId) === true)
}

/** What never comes is the auditor's to judge: it compares what each follower saw at last. */
async function waitFor(isSo: () => boolean): Promise<void> {
  const deadline = performance.now() + BACK_LIMIT_MS
  while (performance.now() < deadline && !isSo()) await pause(20)
}
