import type { ComposeOptions, Preflight } from '../../../protocol/studio/index.ts'

type Engine = Preflight['engine']
export type Feature = 'loop' | 'super_resolution' | 'ai_badge'

/** Whether the form lets a feature be chosen. While no engine is known, only what most can do. */
export function isOffered(engine: Engine, feature: Feature): boolean {
  return engine === null ? feature === 'loop' : engine.features.includes(feature)
}

/** As the form shows them: what was chosen for another engine, and cannot be switched off here, is off. */
export function offeredOptions<T extends Pick<ComposeOptions, 'loop' | 'superResolution' | 'aiBadge'>>(
  options: T,
  engine: Engine,
): T {
  return {
    ...options,
    loop: isOffered(engine, 'loop') ? options.loop : 'restart',
    superResolution: options.superResolution && isOffered(engine, 'super_resolution'),
    aiBadge: options.aiBadge && isOffered(engine, 'ai_badge'),
  }
}
