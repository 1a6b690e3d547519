import type { EngineFeature } from '../../protocol/task/index.ts'
import type { GpuServer } from '../fleet/port.ts'
import { kindOfTask, neededBy } from '../queue/kindOfTask.ts'
import type { StoredTask } from '../queue/port.ts'
import { allKindsOf, kindOf } from '../taskKinds.ts'

type Able = Pick<GpuServer, 'workerId' | 'kinds' | 'knownKinds'>

/** `elsewhere`: another server can do it, connected or not. `missing`: none can, this one for want of that feature. */
export type Verdict = 'here' | 'elsewhere' | { readonly missing: EngineFeature }

/**
 * Which kinds of tasks a server can be given: what it says of its engines, but for what it refused all the same since
 * it connected. A server that is away and could do it counts as one that can: its return is a wait, not an error.
 */
export class Abilities {
  readonly #refused = new Map<string, Set<string>>()

  /** It said of this task that it cannot do what that asks for. */
  refuse(workerId: string, task: StoredTask): void {
    const refused = this.#refused.get(workerId) ?? new Set()
    this.#refused.set(workerId, refused.add(kindOfTask(task)))
  }

  /** It came anew: its word counts again. */
  trust(workerId: string): void {
    this.#refused.delete(workerId)
  }

  of({ workerId, kinds }: Able): readonly string[] {
    const refused = this.#refused.get(workerId)
    return refused === undefined ? kinds : kinds.filter((kind) => !refused.has(kind))
  }

  /** Kinds of these types that ask for something which no server of all that are known can do. */
  undoable(taskTypes: ReadonlySet<string>, servers: readonly Able[]): readonly string[] {
    const kinds = [...taskTypes].flatMap((type) => allKindsOf(type).filter((kind) => kind !== type))
    return kinds.filter((kind) => !this.#isDoable(kind, servers))
  }

  /** Where a task can run that was leased for this worker. */
  verdict(task: StoredTask, workerId: string, fleet: { list(): readonly Able[] }): Verdict {
    const needed = neededBy(task)
    const [first] = needed
    if (first === undefined) return 'here'
    const servers = fleet.list()
    const server = servers.find((one) => one.workerId === workerId)
    const can = server === undefined ? [] : this.of(server)
    const kind = kindOfTask(task)
    if (can.includes(kind)) return 'here'
    if (this.#isDoable(kind, servers)) return 'elsewhere'
    return { missing: needed.find((feature) => !can.includes(kindOf(task.taskType, [feature]))) ?? first }
  }

  #isDoable(kind: string, servers: readonly Able[]): boolean {
    return servers.some(
      ({ workerId, knownKinds }) => knownKinds.includes(kind) && this.#refused.get(workerId)?.has(kind) !== true,
    )
  }
}
