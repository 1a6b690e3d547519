import type { Connection, FileRole, Preflight, PreflightWarning } from '../../protocol/studio/index.ts'
import type { GpuStatus } from '../../protocol/events/index.ts'
import { AppError } from '../../shared/index.ts'
import type { Logger } from '../../shared/node/index.ts'
import type { GatewayConnection } from '../connection/index.ts'
import type { RecordStore, StoredInput } from '../history/index.ts'
import type { MediaLibrary } from '../media/index.ts'
import type { HashCache } from '../transfer/index.ts'
import { readInput } from './drafts.ts'
import type { DraftFile } from './drafts.ts'
import { estimateSeconds } from './estimate.ts'

export interface PreflightDeps {
  readonly media: MediaLibrary
  readonly hashCache: HashCache
  readonly connection: GatewayConnection
  readonly store: RecordStore
  readonly log: Logger
  /** Ends background hashing when the studio stops. */
  readonly signal: AbortSignal
}

type Problem = Preflight['problems'][number]
type UploadNeed = Preflight['upload']['avatar']

const SHORT_AVATAR_MS = 8_000
/** A second repetition this short is a still frame or two: nothing to warn of. */
const REPEAT_TOLERANCE_MS = 500
const LARGEST_SIDE_PIXELS = 1_920
const ASK_TIMEOUT_MS = 3_000

/** What would happen if these files were submitted now. Asks the gateway, waits for nothing long. */
export async function preflight(
  deps: PreflightDeps,
  files: { readonly avatar: DraftFile; readonly voice: DraftFile },
): Promise<Preflight> {
  const [avatar, voice] = await Promise.all([
    tryInput(deps, files.avatar, 'avatar'),
    tryInput(deps, files.voice, 'voice'),
  ])
  const problems = [avatar, voice].flatMap((result) => ('problem' in result ? [result.problem] : []))
  const inputs = {
    avatar: 'input' in avatar ? avatar.input : undefined,
    voice: 'input' in voice ? voice.input : undefined,
  }
  const connection = deps.connection.view
  const outputDurationMs = inputs.voice?.durationMs ?? null
  const engine = chooseEngine(connection.gpu)
  return {
    ok: problems.length === 0,
    problems,
    warnings: await findWarnings(deps, inputs, connection),
    outputDurationMs,
    upload: await uploadNeeds(deps, inputs),
    estimate: await estimate(deps, outputDurationMs),
    gpu: gpuWait(connection),
    engine: engine === undefined ? null : { name: engine.name, lipSync: engine.lip_sync, features: engine.features },
  }
}

async function tryInput(
  deps: PreflightDeps,
  file: DraftFile,
  role: FileRole,
): Promise<{ readonly input: StoredInput } | { readonly problem: Problem }> {
  try {
    return { input: await readInput(deps.media, file, role) }
  } catch (error) {
    return { problem: { ...AppError.from(error).toJSON(), role } }
  }
}

async function findWarnings(
  deps: PreflightDeps,
  inputs: { readonly avatar: StoredInput | undefined; readonly voice: StoredInput | undefined },
  connection: Connection,
): Promise<PreflightWarning[]> {
  const { avatar, voice } = inputs
  const picture = avatar === undefined ? undefined : (await deps.media.probe(avatar)).probe.video
  const engine = chooseEngine(connection.gpu)
  const candidates: readonly (readonly [PreflightWarning, boolean])[] = [
    ['avatar_short', avatar !== undefined && avatar.durationMs < SHORT_AVATAR_MS - 100],
    ['voice_silent', voice !== undefined && (await deps.media.isKnownSilent(voice.path))],
    [
      'voice_longer_than_avatar',
      avatar !== undefined && voice !== undefined && voice.durationMs > avatar.durationMs + REPEAT_TOLERANCE_MS,
    ],
    ['avatar_scaled_down', picture !== undefined && Math.max(picture.width, picture.height) > LARGEST_SIDE_PIXELS],
    ['preview_only', engine !== undefined && !engine.lip_sync],
    ['gpu_offline', connection.state === 'online' && connection.gpu?.status === 'offline'],
    ['gateway_offline', connection.state !== 'online'],
  ]
  return candidates.flatMap(([warning, holds]) => (holds ? [warning] : []))
}

/** Asks only about contents already hashed; the others are read in the background for the next time. */
async function uploadNeeds(
  deps: PreflightDeps,
  inputs: { readonly avatar: StoredInput | undefined; readonly voice: StoredInput | undefined },
): Promise<Preflight['upload']> {
  const needs = {
    avatar: await uploadNeed(deps, inputs.avatar),
    voice: await uploadNeed(deps, inputs.voice),
  }
  const bytesOf = (input: StoredInput | undefined, need: UploadNeed): number =>
    input === undefined || need === 'stored' ? 0 : input.stamp.sizeBytes
  return { ...needs, bytes: bytesOf(inputs.avatar, needs.avatar) + bytesOf(inputs.voice, needs.voice) }
}

async function uploadNeed(deps: PreflightDeps, input: StoredInput | undefined): Promise<UploadNeed> {
  if (input === undefined) return 'unknown'
  try {
    const digests = await deps.hashCache.known(input.path)
    if (digests === undefined) {
      hashInBackground(deps, input)
      return 'unknown'
    }
    const limit = AbortSignal.any([deps.signal, AbortSignal.timeout(ASK_TIMEOUT_MS)])
    const stored = await deps.connection.link().client.checkFiles([{ ...digests, ext: input.ext }], limit)
    return stored.has(digests.md5) ? 'stored' : 'needed'
  } catch (error) {
    deps.log.debug('the pool could not be asked', { code: AppError.from(error).code })
    return 'unknown'
  }
}

function hashInBackground(deps: PreflightDeps, input: StoredInput): void {
  deps.hashCache.digest(input.path, { signal: deps.signal }).catch((error: unknown) => {
    // The task itself will meet the same error and tell it.
    deps.log.debug('hashing ahead did not work', { code: AppError.from(error).code })
  })
}

async function estimate(deps: PreflightDeps, outputDurationMs: number | null): Promise<Preflight['estimate']> {
  if (outputDurationMs === null) return null
  try {
    const limit = AbortSignal.any([deps.signal, AbortSignal.timeout(ASK_TIMEOUT_MS)])
    const queue = await deps.connection.link().client.queue(limit)
    return estimateSeconds({ queue, outputDurationMs, done: deps.store.listDone(20) })
  } catch {
    // No gateway, no estimate: the screen says so.
    return null
  }
}

/** The engine a task would get: one that syncs lips before one that does not. */
function chooseEngine(gpu: GpuStatus | null): GpuStatus['engines'][number] | undefined {
  const ready = gpu?.engines.filter((engine) => engine.ready) ?? []
  return ready.find((engine) => engine.lip_sync) ?? ready[0]
}

function gpuWait(connection: Connection): Preflight['gpu'] {
  if (connection.gpu === null) return null
  if (connection.gpu.status !== 'online') return connection.gpu.status
  const busy = (connection.queue?.queued ?? 0) > 0 || (connection.queue?.running ?? 0) >= connection.gpu.slots
  return busy ? 'busy' : null
}
