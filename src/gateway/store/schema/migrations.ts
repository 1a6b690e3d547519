import type { Migration } from '../../../shared/node/index.ts'
import { CORE } from './core.ts'
import { QUEUE_RULES } from './queueRules.ts'
import { SETTINGS } from './settings.ts'

/** Steps of `gateway.db`. One that has shipped is never edited: add the next. */
export const GATEWAY_MIGRATIONS: readonly Migration[] = [
  { version: 1, name: 'core', up: CORE },
  { version: 2, name: 'operating', up: [SETTINGS, QUEUE_RULES].join('\n') },
]
