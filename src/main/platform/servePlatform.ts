import { implement, ORPCError } from '@orpc/server'
import { RPCHandler } from '@orpc/server/message-port'
import { BrowserWindow, Notification, shell } from 'electron'
import type { MessagePortMain } from 'electron'
import { basename, isAbsolute } from 'node:path'
import { AppError } from '../../shared/index.ts'
import { platformContract } from '../../protocol/platform/index.ts'
import type { Dialogs } from './dialogs.ts'
import type { KeepAwake } from './keepAwake.ts'
import type { Secrets } from './secrets.ts'

export interface PlatformDeps {
  readonly dialogs: Dialogs
  readonly secrets: Secrets
  readonly keepAwake: KeepAwake
  /** A click on a notification: the person wants to see that record. */
  readonly openRecord: (recordId: string) => void
}

/** Answers the platform contract on a port until it closes; what was kept awake for that studio is let go then. */
export function servePlatform(port: MessagePortMain, deps: PlatformDeps): void {
  new RPCHandler(platformRouter(deps)).upgrade(port)
  port.once('close', () => {
    deps.keepAwake.set(false)
  })
  port.start()
}

function platformRouter({ dialogs, secrets, keepAwake, openRecord }: PlatformDeps) {
  const shown = new Set<Notification>()
  const os = implement(platformContract).use(async ({ next, errors }) => {
    try {
      return await next()
    } catch (error) {
      // A refused input is said by the library itself.
      if (error instanceof ORPCError) throw error
      throw errors.FAILED({ data: { ...AppError.from(error).toJSON() } })
    }
  })
  return os.router({
    capabilities: os.capabilities.handler(() => ({
      door: 'electron' as const,
      pickFiles: true,
      revealInFolder: true,
      saveAs: true,
      notifications: Notification.isSupported(),
      pickFolder: true,
    })),
    pickFiles: os.pickFiles.handler(({ input }) => dialogs.pickFiles(input.role, input.multiple)),
    pickSavePath: os.pickSavePath.handler(({ input }) => dialogs.pickSavePath(input.suggestedName)),
    revealInFolder: os.revealInFolder.handler(({ input }) => {
      if (!isAbsolute(input.path)) throw new AppError('FILE_NOT_FOUND', { data: { file: basename(input.path) } })
      shell.showItemInFolder(input.path)
    }),
    notify: os.notify.handler(({ input }) => {
      // Who looks at the window sees it there.
      if (BrowserWindow.getFocusedWindow() !== null || !Notification.isSupported()) return
      const notification = new Notification({ title: input.title, body: input.body })
      // Held until it is gone from the screen: a collected one would not hear its click.
      shown.add(notification)
      notification.once('close', () => shown.delete(notification))
      notification.once('click', () => {
        shown.delete(notification)
        openRecord(input.recordId)
      })
      notification.show()
    }),
    secrets: {
      get: os.secrets.get.handler(({ input }) => secrets.get(input.name)),
      set: os.secrets.set.handler(({ input }) => secrets.set(input.name, input.value)),
    },
    keepAwake: os.keepAwake.handler(({ input }) => {
      keepAwake.set(input.on)
    }),
  })
}
