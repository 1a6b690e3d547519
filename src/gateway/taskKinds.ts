import { ENGINE_FEATURES } from '../protocol/task/index.ts'
import type { EngineFeature } from '../protocol/task/index.ts'

/**
 * The kind of a task: its type, and what it needs of an engine beside the plain video: `heygem_submit`,
 * `heygem_submit+loop+ai_badge`. Tasks of one kind can be done by the same servers.
 */
export function kindOf(taskType: string, needed: readonly EngineFeature[]): string {
  return [taskType, ...ENGINE_FEATURES.filter((feature) => needed.includes(feature))].join('+')
}

/** The task type of a kind. */
export function typeOfKind(kind: string): string {
  return kind.split('+', 1).join()
}

/** Every kind of `taskTypes` that one engine with these features can do, the plain one first. */
export function kindsWith(taskTypes: readonly string[], features: readonly string[]): readonly string[] {
  const sets = ENGINE_FEATURES.filter((feature) => features.includes(feature)).reduce<readonly EngineFeature[][]>(
    (all, feature) => [...all, ...all.map((set) => [...set, feature])],
    [[]],
  )
  return taskTypes.flatMap((taskType) => sets.map((set) => kindOf(taskType, set)))
}

/** Every kind of a task type that there is. */
export function allKindsOf(taskType: string): readonly string[] {
  return kindsWith([taskType], ENGINE_FEATURES)
}
