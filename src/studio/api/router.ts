import { implement } from '@orpc/server'
import { studioContract } from '../../protocol/studio/index.ts'
import type { StudioEvent, StudioInfo } from '../../protocol/studio/index.ts'
import { createEmitter } from '../../shared/index.ts'
import { shortFolder } from '../../shared/node/index.ts'
import type { Logger } from '../../shared/node/index.ts'
import { preflight } from '../compose/index.ts'
import { samplePaths } from '../media/index.ts'
import type { StudioParts } from '../parts.ts'
import {
  createTask,
  historyPage,
  listTasks,
  removeRecord,
  reopenInputs,
  restoreRecord,
  retryTask,
  revealVideo,
  saveVideoAs,
} from './commands.ts'
import { streamEvents, studioEvents } from './eventStream.ts'
import { toDeclared } from './failures.ts'

export type StudioRouter = ReturnType<typeof createStudioRouter>

/** The studio contract, implemented; a transport of any kind serves it. `signal` ends the event streams. */
export function createStudioRouter(parts: StudioParts, signal: AbortSignal) {
  const os = implementContract(parts.config.log)
  const removed = createEmitter<StudioEvent>()
  const subscribe = studioEvents(parts, (listener) => removed.on(listener))
  const { handles } = parts.media

  return os.router({
    info: os.info.handler(() => readInfo(parts)),
    events: os.events.handler(({ signal: left }) =>
      streamEvents(subscribe, left === undefined ? signal : AbortSignal.any([signal, left])),
    ),
    files: filesRouter(os, parts),
    compose: {
      preflight: os.compose.preflight.handler(({ input }) =>
        preflight(parts.preflightDeps, { avatar: handles.get(input.avatar), voice: handles.get(input.voice) }),
      ),
      create: os.compose.create.handler(({ input }) =>
        createTask(parts, { avatar: handles.get(input.avatar), voice: handles.get(input.voice) }, input.options),
      ),
    },
    tasks: {
      list: os.tasks.list.handler(() => listTasks(parts)),
      cancel: os.tasks.cancel.handler(({ input }) => parts.ledger.view(parts.crew.cancel(input.id))),
      retry: os.tasks.retry.handler(({ input }) => retryTask(parts, input.id)),
    },
    history: {
      page: os.history.page.handler(({ input }) => historyPage(parts, input)),
      get: os.history.get.handler(({ input }) => parts.ledger.view(parts.ledger.get(input.id))),
      remove: os.history.remove.handler(async ({ input }) => {
        await removeRecord(parts, input.id, input.withFile)
        removed.emit({ kind: 'record.removed', id: input.id })
      }),
      restore: os.history.restore.handler(({ input }) => restoreRecord(parts, input.id)),
      reveal: os.history.reveal.handler(({ input }) => revealVideo(parts, input.id)),
      saveAs: os.history.saveAs.handler(async ({ input }) => ({ saved: await saveVideoAs(parts, input.id) })),
      inputs: os.history.inputs.handler(({ input }) => reopenInputs(parts, input.id)),
    },
    connection: {
      get: os.connection.get.handler(() => parts.connection.view),
      test: os.connection.test.handler(({ input }) => parts.connection.test(input)),
      use: os.connection.use.handler(({ input }) => parts.connection.use(input)),
    },
    settings: {
      get: os.settings.get.handler(() => parts.settings.get()),
      set: os.settings.set.handler(({ input }) => parts.settings.set(input)),
    },
  })
}

/** Whatever a procedure throws leaves as the contract's own failure. */
function implementContract(log: Logger) {
  return implement(studioContract).use(async ({ next, errors }) => {
    try {
      return await next()
    } catch (thrown) {
      throw toDeclared(thrown, (options) => errors.FAILED(options), log)
    }
  })
}

function filesRouter(os: ReturnType<typeof implementContract>, parts: StudioParts) {
  const { media } = parts
  const { platform, resourcesDir, locale } = parts.config
  return {
    pick: os.files.pick.handler(async ({ input }) => {
      const paths = await platform.pickFiles(input)
      return Promise.all(paths.map((path) => media.describe(media.handles.register(path))))
    }),
    describe: os.files.describe.handler(({ input }) => media.describe(media.handles.get(input.handle))),
    release: os.files.release.handler(({ input }) => {
      media.handles.release(input.handle)
    }),
    peaks: os.files.peaks.handler(({ input }) => media.peaks(media.handles.get(input.handle), input.count)),
    samples: os.files.samples.handler(async () => {
      const samples = samplePaths(resourcesDir, locale)
      return {
        avatar: await media.describe(media.handles.register(samples.avatar)),
        voice: await media.describe(media.handles.register(samples.voice)),
      }
    }),
  }
}

async function readInfo(parts: StudioParts): Promise<StudioInfo> {
  const { platform, version, outputDir } = parts.config
  const location = await parts.ffmpeg.locate()
  return {
    version,
    capabilities: await platform.capabilities(),
    outputFolder: shortFolder(outputDir),
    ffmpeg:
      location.kind === 'found'
        ? { found: true, version: location.version, installCommand: null }
        : { found: false, version: null, installCommand: location.installCommand },
  }
}
