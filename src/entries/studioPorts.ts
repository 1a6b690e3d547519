import { createORPCClient, ORPCError } from '@orpc/client'
import { RPCLink } from '@orpc/client/message-port'
import type { ContractRouterClient } from '@orpc/contract'
import { implement } from '@orpc/server'
import type { AnyRouter } from '@orpc/server'
import { RPCHandler } from '@orpc/server/message-port'
import { doorContract } from '../protocol/platform/index.ts'
import type { PlatformContract } from '../protocol/platform/index.ts'
import { appErrorSchema } from '../protocol/studio/index.ts'
import { AppError } from '../shared/index.ts'
import type { Platform, StudioDoor } from '../studio/index.ts'
import { wellFormedPort } from './wellFormedPort.ts'
import type { UtilityPort } from './wellFormedPort.ts'

/** The platform served by the main process. Its refusals arrive as AppErrors. */
export function platformOver(port: UtilityPort): Platform {
  const link = new RPCLink({
    port,
    interceptors: [
      async (call) => {
        try {
          return await call.next()
        } catch (error) {
          throw toAppError(error)
        }
      },
    ],
  })
  const client: ContractRouterClient<PlatformContract> = createORPCClient(link)
  port.start()
  return client
}

/** The door contract, for the main process alone. */
export function serveDoor(port: UtilityPort, door: StudioDoor): void {
  const os = implement(doorContract).use(async ({ next, errors }) => {
    try {
      return await next()
    } catch (error) {
      if (error instanceof ORPCError) throw error
      throw errors.FAILED({ data: { ...AppError.from(error).toJSON() } })
    }
  })
  const router = os.router({
    registerPath: os.registerPath.handler(({ input }) => ({ handle: door.registerPath(input.path) })),
    resolveMedia: os.resolveMedia.handler(({ input }) => door.resolveMedia(input.handle)),
  })
  new RPCHandler(router).upgrade(port)
  port.start()
}

/** The studio contract, for one page until its port closes. */
export function servePage(port: UtilityPort, router: AnyRouter, onRefused: () => void): void {
  new RPCHandler(router).upgrade(wellFormedPort(port, onRefused))
  port.start()
}

function toAppError(thrown: unknown): AppError {
  const json = thrown instanceof ORPCError ? appErrorSchema.safeParse(thrown.data).data : undefined
  return json === undefined ? AppError.from(thrown) : AppError.fromJSON(json)
}
