import { randomBytes } from 'node:crypto'
import { mkdirSync, writeFileSync } from 'node:fs'
import { availableParallelism, cpus } from 'node:os'
import { join, resolve } from 'node:path'
import { readArguments, USAGE } from './campaign/options.ts'
import type { CampaignArguments } from './campaign/options.ts'
import { bound95, faultLine, markdownRows } from './campaign/report.ts'
import { runCampaign } from './campaign/runCampaign.ts'
import type { FaultResult } from './campaign/runCampaign.ts'
import { CATALOGUE } from './catalogue/index.ts'
import { bundleEntries } from './rig/entries.ts'

const REPORTS = resolve(import.meta.dirname, '../../test-results/faults')
const say = (line: string): void => {
  process.stdout.write(`${line}\n`)
}

function chosen(args: CampaignArguments): typeof CATALOGUE {
  const unknown = [...(args.only ?? [])].filter((id) => !CATALOGUE.some((fault) => fault.id === id))
  if (unknown.length > 0) throw new Error(`not in the catalogue: ${unknown.join(', ')}`)
  const faults = CATALOGUE.filter((fault) => args.only?.has(fault.id) ?? true)
  const { variant } = args
  if (variant === undefined) return faults
  return faults.filter((fault) => fault.variants?.includes(variant)).map((fault) => ({ ...fault, variants: [variant] }))
}

function writeReport(args: CampaignArguments, results: readonly FaultResult[]): string {
  mkdirSync(REPORTS, { recursive: true })
  const path = join(REPORTS, `${args.column}-${args.seed}.json`)
  const machine = { cpu: cpus()[0]?.model ?? '', cores: availableParallelism(), node: process.versions.node }
  const faults = results.map((result) => ({ ...result, bound95: bound95(result.held + result.failed.length) }))
  writeFileSync(path, `${JSON.stringify({ column: args.column, seed: args.seed, machine, faults }, null, 2)}\n`)
  writeFileSync(path.replace(/json$/, 'md'), markdownRows(results, args.seed))
  return path
}

async function main(): Promise<number> {
  const args = readArguments(process.argv.slice(2), () => randomBytes(4).toString('hex'))
  const faults = chosen(args)
  say(`seed ${args.seed}, ${args.column}, ${String(faults.length)} faults, ${String(args.jobs)} trials at a time`)
  await bundleEntries()
  const results = await runCampaign({
    faults,
    trialsOf: (fault) => fault.trials[args.column],
    ...{ seed: args.seed, jobs: args.jobs, index: args.index },
    onFailure: ({ fault, variant, index }, { violations, folders }) => {
      say(`  ✗ ${fault.id} ${variant} #${String(index)}`)
      for (const { invariant, what } of violations.slice(0, 8)) say(`      ${invariant}: ${what}`)
      say(`      kept: ${folders.join(', ')}`)
    },
    onFault: (result) => {
      say(faultLine(result))
    },
  })
  const failures = results.reduce((sum, result) => sum + result.failed.length, 0)
  const notRun = results.filter((result) => result.missing !== null).map((result) => result.id)
  say(`report: ${writeReport(args, results)}`)
  if (notRun.length > 0) say(`not run here: ${notRun.join(', ')}`)
  say(failures === 0 ? 'every invariant held' : `${String(failures)} trials did not hold`)
  return failures === 0 ? 0 : 1
}

// Whoever stops it leaves no child and no bundle behind.
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(130))

try {
  process.exitCode = await main()
} catch (error) {
  say(error instanceof Error ? error.message : String(error))
  say(USAGE)
  process.exitCode = 2
}
// Idle keep-alive connections of the clients would hold the process for seconds.
process.exit()
