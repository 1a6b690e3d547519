import { isAppError } from '../../../src/shared/index.ts'
import type { World } from '../rig/world.ts'

export interface StartOutcome {
  /** `started`, or the code it was refused with, or what it died of. */
  readonly code: string
  readonly message: string
}

/** A start of the gateway that may be refused; a refused one is gone afterwards. */
export async function startOutcome(world: World): Promise<StartOutcome> {
  try {
    await world.gateway.start()
    return { code: 'started', message: '' }
  } catch (error) {
    world.gateway.process.expectEnd()
    if (!isAppError(error)) return { code: String(error), message: '' }
    await world.gateway.kill()
    return { code: error.code, message: error.message }
  }
}
