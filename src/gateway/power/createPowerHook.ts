import type { Clock } from '../../shared/index.ts'
import { createCommandHook } from './commandHook.ts'
import type { PowerHook, PowerHookOptions } from './port.ts'
import { createUrlHook } from './urlHook.ts'

export function createPowerHook(options: PowerHookOptions, clock: Clock): PowerHook {
  switch (options.kind) {
    case 'command':
      return createCommandHook(options.argv)
    case 'url':
      return createUrlHook({ url: options.url, secret: options.secret, clock })
  }
}
