// A real studio, as the app has it, as a child of the fault campaign: makes the jobs it is told and goes on with them.
import { join } from 'node:path'
import { isAppError } from '../../../src/shared/index.ts'
import { createLogger } from '../../../src/shared/node/index.ts'
import { createStudio } from '../../../src/studio/index.ts'
import type { Studio } from '../../../src/studio/index.ts'
import { openLedger, readLedger } from '../auditor/ledger.ts'
import { studioStartSchema } from './messages.ts'
import type { StudioJob } from './messages.ts'
import { createQuietPlatform } from '../../fakes/quietPlatform.ts'
import { createScaledClock } from './scaledClock.ts'
import { serveParent } from './serveParent.ts'

const LOOK_EVERY_MS = 30

serveParent(async (given, { plan, report }) => {
  const { dataDir, outputDir, gateway, logFile, ledgerPath, jobs, faults, clock } = studioStartSchema.parse(given)
  plan.arm(faults)
  const earlier = readLedger('studio', ledgerPath)
  const records = new Map(earlier.map((fact) => [fact.job, fact.recordId]))
  const ledger = openLedger<'studio'>(ledgerPath)
  const log = createLogger({ name: 'studio', level: 'info', destination: logFile })
  const studio = await createStudio({
    ...{ dataDir, outputDir, log, clock: createScaledClock(clock) },
    resourcesDir: join(dataDir, 'resources'),
    version: '0.0.0-faults',
    locale: 'en',
    platform: createQuietPlatform(),
  })
  studio.setEmbeddedGateway(gateway)
  await studio.start()
  const making = (async () => {
    for (const job of jobs) {
      if (records.has(job.name)) continue
      const recordId = await make(studio, job)
      records.set(job.name, recordId)
      ledger.note({ kind: 'created', job: job.name, recordId })
    }
  })()
  // A click that cannot be made good is seen as a job that never gets done.
  making.catch((error: unknown) => {
    log.error('a job could not be made', { error })
  })
  const timer = setInterval(() => {
    report({ type: 'phases', phases: phasesOf(studio, jobs, records) })
  }, LOOK_EVERY_MS)
  return {
    started: { type: 'started', url: '', dspUrl: '', port: 0 },
    stop: async () => {
      clearInterval(timer)
      await studio.stop()
      ledger.close()
      log.close()
    },
  }
})

/** Empty where the video lies there already: an earlier life finished it before it could say so. */
async function make(studio: Studio, job: StudioJob): Promise<string> {
  const { script, avatarPath, voicePath, outputPath } = job
  const options = { loop: 'restart', superResolution: false, aiBadge: false, priority: 'normal', name: script } as const
  try {
    return (await studio.api.create({ avatarPath, voicePath, outputPath, options })).id
  } catch (error) {
    if (isAppError(error, 'OUTPUT_EXISTS')) return ''
    throw error
  }
}

function phasesOf(studio: Studio, jobs: readonly StudioJob[], records: ReadonlyMap<string, string>) {
  return Object.fromEntries(
    jobs.map(({ name }) => {
      const recordId = records.get(name)
      if (recordId === undefined) return [name, 'unmade']
      if (recordId === '') return [name, 'done']
      const { phase, error } = studio.api.get(recordId)
      return [name, error === null ? phase : `${phase} ${error.code}`]
    }),
  )
}
