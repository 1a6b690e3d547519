import { connectGatewaySocket } from '../../../src/client/index.ts'
import type { GatewaySocket } from '../../../src/client/index.ts'
import { found } from '../auditor/violations.ts'
import type { Proxy } from '../rig/proxy.ts'
import type { World } from '../rig/world.ts'
import { pause, startBusyDay } from './busyDay.ts'
import type { FaultCase } from './fault.ts'
import { NotReached } from './fault.ts'

/** Each follower loses its connection so often in a trial: a thousand disconnects in the trials of a commit. */
const FOLLOWERS = 10
const CUTS = 2
/** Socket.IO comes back after 0.5 to 1.5 s of real time. */
const BACK_LIMIT_MS = 8_000
/** Less than what a follower is told of three tasks. */
const MOST_BYTES = 3_000
const TASKS = 3

export const clientsCut: FaultCase = {
  id: 'F61',
  title: 'ten clients lose their connections, twice each, while events are on their way',
  trials: { commit: 50, night: 300, release: 1_000 },
  sample: 0,
  async run(trial) {
    const world = await trial.openWorld()
    const proxy = await world.openProxy()
    await world.gateway.start()
    const followers = Array.from({ length: FOLLOWERS }, (_, index) => follow(world, proxy, index))
    if (!(await waitFor(() => followers.every((one) => one.isConnected)))) throw new NotReached('nobody follows')
    await world.startWorker()
    const taskIds: string[] = []
    for (let cuts = 1; cuts <= CUTS; cuts += 1) taskIds.push(...(await cutOnce(world, proxy, followers, cuts)))
    await world.settle()
    // Whoever was cut has come back, has read what it missed, and has seen the end of every task.
    await waitFor(() => followers.every((follower) => sawAllEnds(follower, taskIds)))
    const blind = followers.filter((follower) => !sawAllEnds(follower, taskIds)).length
    for (const follower of followers) follower.socket.stop()
    return [
      ...(await world.verify()),
      ...(blind === 0 ? [] : [found('I13', `${String(blind)} followers did not see the end of every task`)]),
    ]
  },
}

/** All connections end in the middle of a day of tasks, at once or each within some event; then all come back. */
async function cutOnce(
  world: World,
  proxy: Proxy,
  followers: readonly Follower[],
  days: number,
): Promise<readonly string[]> {
  const { random } = world
  const before = followers.map((follower) => follower.losses)
  const day = startBusyDay(world, { tasks: TASKS, isRough: true, script: { runMs: random.between(50, 400) } })
  if (random.chance(0.5)) proxy.cutEachAfter(() => random.between(1, MOST_BYTES), 'down')
  else {
    await pause(random.between(0, 400))
    proxy.cut(random.chance(0.5) ? 'reset' : 'fin')
  }
  const areCut = await waitFor(() => followers.every((follower, index) => follower.losses > (before[index] ?? 0)))
  if (!areCut) throw new NotReached('somebody kept the connection')
  if (followers.some((follower) => follower.endsAtLoss >= days * TASKS)) throw new NotReached('everything was over')
  await day.answered
  await waitFor(() => followers.every((follower) => follower.isConnected))
  return day.taskIds
}

interface Follower {
  readonly socket: GatewaySocket
  isConnected: boolean
  /** How often it lost its connection. */
  losses: number
  /** Ends of tasks that it had seen when it lost its connection last. */
  endsAtLoss: number
  readonly states: Map<string, boolean>
}

/** Keeps of each task the newest version, as the app does; the ledger knows what it kept. */
function follow(world: World, proxy: Proxy, index: number): Follower {
  const baseUrl = `http://127.0.0.1:${String(proxy.port)}`
  const socket = connectGatewaySocket({ baseUrl, token: world.credentials.licenseKey })
  const follower: Follower = { socket, isConnected: false, losses: 0, endsAtLoss: 0, states: new Map() }
  const versions = new Map<string, number>()
  socket.on((event) => {
    if (event.kind === 'connected') follower.isConnected = true
    // A try to come back that fails is told by the same event.
    if (event.kind === 'disconnected' && follower.isConnected) {
      follower.isConnected = false
      follower.losses += 1
      follower.endsAtLoss = [...follower.states.values()].filter(Boolean).length
    }
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

/** Whether it came to be so. */
async function waitFor(isSo: () => boolean): Promise<boolean> {
  const deadline = performance.now() + BACK_LIMIT_MS
  while (performance.now() < deadline && !isSo()) await pause(20)
  return isSo()
}
