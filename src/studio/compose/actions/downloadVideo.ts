import { rm, stat } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { HTTP_ROUTES } from '../../../protocol/http/index.ts'
import type { TaskOutput } from '../../../protocol/task/index.ts'
import { AppError, faultPoint } from '../../../shared/index.ts'
import { ensureDir, freeSpaceBytes, safeFileName, shortFolder } from '../../../shared/node/index.ts'
import type { GatewayLink } from '../../connection/index.ts'
import type { StoredOutput, StoredRecord } from '../../history/index.ts'
import { aboutFile } from '../../personFile.ts'
import { createRateMeter, publishVideo } from '../../transfer/index.ts'
import { byteProgress } from '../progressOf.ts'
import { ownLink, taskIdOf } from './action.ts'
import type { ActionDeps, ActionRun } from './action.ts'

/** Room that must stay on the output disk beside the video itself. */
const SPARE_BYTES = 16 * 1024 * 1024

export async function downloadVideo(deps: ActionDeps, run: ActionRun): Promise<void> {
  const { record } = run
  const announced = record.announced
  if (announced === null) throw new AppError('RESULT_GONE', { message: 'nothing was announced' })
  const found = await findPublished(deps, record, announced, run.signal)
  if (found !== undefined) {
    // Its second name from before the crash: with it, deleting the video would free nothing.
    await rm(partPath(record, deps.outputDir), { force: true })
    run.apply({ kind: 'downloaded', output: found })
    return
  }
  const link = ownLink(deps, record)
  const wantedPath = record.wantedPath ?? join(deps.outputDir, videoName(record))
  const tmpPath = join(dirname(wantedPath), partName(record))
  try {
    await makeRoom(dirname(wantedPath), tmpPath, announced.size)
    await fetchVideo(deps, run, link, announced, tmpPath)
    faultPoint('studio.before_rename')
    const exact = record.wantedPath !== null
    const plan = (path: string): void => void run.apply({ kind: 'publish.planned', path })
    const path = await publishVideo(tmpPath, wantedPath, { exact, plan })
    const after = run.apply({ kind: 'downloaded', output: outputOf(path, announced) })
    // Cancelled in the very moment the file got its name: then nobody wants it.
    if (after.phase === 'cancelled') await rm(path, { force: true })
  } catch (error) {
    if (run.signal.aborted) throw run.signal.reason
    throw aboutOutput(error, wantedPath)
  }
}

/** The unfinished download of a record, hidden beside where the video will be: a rename must not copy. */
function partName(record: StoredRecord): string {
  return `.${record.id}.part`
}

/** Where an unfinished download of a record lies. */
export function partPath(record: StoredRecord, outputDir: string): string {
  return join(record.wantedPath === null ? outputDir : dirname(record.wantedPath), partName(record))
}

async function fetchVideo(
  deps: ActionDeps,
  run: ActionRun,
  link: GatewayLink,
  announced: TaskOutput,
  tmpPath: string,
): Promise<void> {
  const meter = createRateMeter(deps.clock)
  const resumedFrom = await sizeOf(tmpPath)
  await deps.transfers.download(link, {
    url: `${HTTP_ROUTES.download}?task_id=${taskIdOf(run.record)}`,
    tmpPath,
    expected: { md5: announced.md5, sha256: announced.sha256, sizeBytes: announced.size },
    signal: run.signal,
    onProgress: (done, total) => {
      run.unblock()
      if (done >= total / 2) faultPoint('studio.download_half')
      const progress = { done, total, perSecond: meter.measure(done), resumedFrom }
      deps.ledger.setProgress(run.record.id, byteProgress('download', progress))
    },
    onInterrupted: run.block,
  })
}

/** A crash between publishing and remembering leaves the whole file under its planned name. */
async function findPublished(
  deps: ActionDeps,
  record: StoredRecord,
  announced: TaskOutput,
  signal: AbortSignal,
): Promise<StoredOutput | undefined> {
  const path = record.plannedPath
  if (path === null || (await sizeOf(path)) !== announced.size) return undefined
  const digests = await deps.hashCache.digest(path, { signal })
  return digests.sha256 === announced.sha256 ? outputOf(path, announced) : undefined
}

async function makeRoom(dir: string, tmpPath: string, sizeBytes: number): Promise<void> {
  await ensureDir(dir)
  const needed = sizeBytes - (await sizeOf(tmpPath)) + SPARE_BYTES
  if ((await freeSpaceBytes(dir)) < needed) {
    throw new AppError('DISK_FULL', {
      message: 'no room for the video',
      retryable: true,
      data: { where: shortFolder(dir) },
    })
  }
}

function aboutOutput(thrown: unknown, wantedPath: string): AppError {
  const error = aboutFile(thrown, basename(wantedPath))
  if (error.code === 'DATA_DIR_UNWRITABLE')
    return new AppError('OUTPUT_UNWRITABLE', { data: { file: basename(wantedPath) }, cause: error })
  if (error.code !== 'DISK_FULL') return error
  return new AppError('DISK_FULL', { retryable: true, data: { where: shortFolder(dirname(wantedPath)) }, cause: error })
}

function videoName(record: StoredRecord): string {
  const suffix = record.lipSync === false ? '-preview' : ''
  try {
    return `${safeFileName(record.name, { maxBytes: 180 })}${suffix}.mp4`
  } catch {
    return `video${suffix}.mp4`
  }
}

function outputOf(path: string, announced: TaskOutput): StoredOutput {
  const { size, duration_ms, width, height, fps, sha256 } = announced
  return { path, sizeBytes: size, durationMs: duration_ms, width, height, fps, sha256 }
}

async function sizeOf(path: string): Promise<number> {
  try {
    return (await stat(path)).size
  } catch {
    return 0
  }
}
