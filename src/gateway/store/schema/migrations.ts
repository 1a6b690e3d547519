import type { Migration } from '../../../shared/node/index.ts'
import { ASSETS, CONTENTS } from './assets.ts'
import { AUDIT } from './audit.ts'
import { CORE } from './core.ts'
import { FIELD_RUNS } from './fieldRuns.ts'
import { FLEET, WORKER_KINDS } from './fleet.ts'
import { KEYS } from './keys.ts'
import { ESTIMATES } from './estimates.ts'
import { POWER, POWER_PAUSES } from './power.ts'
import { QUEUE_RULES, TASK_KINDS } from './queueRules.ts'
import { SETTINGS } from './settings.ts'

/** Steps of `gateway.db`. One that has shipped is never edited: add the next. */
export const GATEWAY_MIGRATIONS: readonly Migration[] = [
  { version: 1, name: 'core', up: CORE },
  {
    version: 2,
    name: 'operating',
    up: [SETTINGS, KEYS, AUDIT, QUEUE_RULES, ESTIMATES, ASSETS, FLEET, POWER, FIELD_RUNS].join('\n'),
  },
  { version: 3, name: 'kinds', up: [TASK_KINDS, WORKER_KINDS, CONTENTS, POWER_PAUSES].join('\n') },
]
