import type { ComposeOptions, FileRole } from '../../protocol/studio/index.ts'
import { randomHex, randomId } from '../../shared/index.ts'
import { splitExtension } from '../../shared/node/index.ts'
import type { StoredInput, StoredRecord } from '../history/index.ts'
import { extensionFor } from '../media/index.ts'
import type { MediaLibrary } from '../media/index.ts'
import { aboutFile } from '../personFile.ts'
import { enterStep, stepOf } from './timeline.ts'

export interface DraftFile {
  readonly path: string
  readonly name: string
}

/** A file in its role, fit to be sent. Throws FILE_*, MEDIA_*, NO_VIDEO, NO_AUDIO … with the file's name. */
export async function readInput(media: MediaLibrary, file: DraftFile, role: FileRole): Promise<StoredInput> {
  try {
    const { probe, stamp } = await media.probe(file)
    return {
      path: file.path,
      name: file.name,
      ext: extensionFor(role, probe),
      durationMs: probe.durationMs,
      stamp: { ...stamp },
      digests: null,
    }
  } catch (error) {
    throw aboutFile(error, file.name, role)
  }
}

/** A new record at the beginning of its way. Ids are made here, so that nothing that leaves this PC is nameless. */
export function newRecord(draft: {
  readonly avatar: StoredInput
  readonly voice: StoredInput
  readonly options: ComposeOptions
  readonly wantedPath: string | null
  readonly retryOf: string | null
  readonly nowMs: number
  /** The gateway has the files already, by the digests of the inputs: nothing of this PC is read. */
  readonly isStored?: boolean
}): StoredRecord {
  const { avatar, voice, options, wantedPath, retryOf, nowMs, isStored = false } = draft
  const phase = isStored ? 'submitting' : 'hashing'
  return {
    id: randomId('r'),
    requestId: `dhs-${randomHex(16)}`,
    taskId: null,
    version: 0,
    name: options.name === undefined || options.name === '' ? splitExtension(voice.name)[0] : options.name,
    phase,
    createdAtMs: nowMs,
    endedAtMs: null,
    avatar: isStored ? avatar : { ...avatar, digests: null },
    voice: isStored ? voice : { ...voice, digests: null },
    options,
    wantedPath,
    wait: null,
    timeline: enterStep([], stepOf(phase, null), nowMs),
    blocked: null,
    cancel: 'none',
    submitTried: false,
    gateway: null,
    reuploads: 0,
    taskVersion: 0,
    announced: null,
    plannedPath: null,
    error: null,
    output: null,
    engine: null,
    lipSync: null,
    serverId: null,
    retryOf,
  }
}
