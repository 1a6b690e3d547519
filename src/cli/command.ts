import { parseArgs } from 'node:util'
import type { Io } from './io.ts'

interface OptionSpec {
  readonly type: 'string' | 'boolean'
  /** Shown in the usage after the option's name, for a string. */
  readonly value?: string
  readonly help: string
  readonly required?: boolean
}

export type OptionValues = Readonly<Record<string, string | boolean | undefined>>

/** One sub-command of `dhs`. */
export interface Command {
  readonly name: string
  readonly summary: string
  readonly options: Readonly<Record<string, OptionSpec>>
  readonly notes?: readonly string[]
  readonly examples: readonly string[]
  /** Resolves with the exit code. */
  run(options: OptionValues, io: Io): Promise<number>
}

/** A mistake on the command line: exit 2, with the usage of the command it was made in. */
export class UsageError extends Error {}

const COMMON: Readonly<Record<string, OptionSpec>> = {
  json: { type: 'boolean', help: 'one JSON object per line instead of text' },
  help: { type: 'boolean', help: 'this text' },
}

export function parseOptions(command: Command, argv: readonly string[]): OptionValues {
  const specs = { ...command.options, ...COMMON }
  const values = readValues(specs, argv)
  if (values['help'] === true) return values
  for (const [name, spec] of Object.entries(specs)) {
    if (spec.required === true && values[name] === undefined) throw new UsageError(`--${name} is missing`)
    if (values[name] === '') throw new UsageError(`--${name} needs a value`)
  }
  return values
}

function readValues(specs: Readonly<Record<string, OptionSpec>>, argv: readonly string[]): OptionValues {
  const options = Object.fromEntries(Object.entries(specs).map(([name, { type }]) => [name, { type }]))
  try {
    // A value may begin with a dash (a file named "-x.mp4"): node:util wants "=" there, people do not know that.
    return parseArgs({ args: joinDashValues(specs, argv), options, strict: true, allowPositionals: false }).values
  } catch (error) {
    throw new UsageError(error instanceof Error ? firstSentence(error.message) : String(error))
  }
}

function joinDashValues(specs: Readonly<Record<string, OptionSpec>>, argv: readonly string[]): string[] {
  const joined: string[] = []
  for (let i = 0; i < argv.length; i++) {
    const arg = argv[i] ?? ''
    const next = argv[i + 1]
    const isString = arg.startsWith('--') && specs[arg.slice(2)]?.type === 'string'
    const isValue = next?.startsWith('-') === true && specs[next.slice(2).split('=')[0] ?? ''] === undefined
    if (isString && isValue) {
      joined.push(`${arg}=${next}`)
      i++
    } else joined.push(arg)
  }
  return joined
}

function firstSentence(text: string): string {
  return text.split(/\.(?:\s|$)/)[0] ?? text
}

export function commandHelp(command: Command): string {
  const specs = { ...command.options, ...COMMON }
  const rows = Object.entries(specs).map(([name, spec]) => [
    `--${name}${spec.type === 'string' ? ` ${spec.value ?? 'VALUE'}` : ''}`,
    spec.help + (spec.required === true ? ' (required)' : ''),
  ])
  const width = Math.max(...rows.map(([left]) => left?.length ?? 0))
  return [
    usageLine(command),
    '',
    command.summary,
    '',
    'Options:',
    ...rows.map(([left, right]) => `  ${(left ?? '').padEnd(width)}  ${right ?? ''}`),
    ...(command.notes === undefined ? [] : ['', ...command.notes]),
    '',
    'Examples:',
    ...command.examples.map((example) => `  ${example}`),
    '',
  ].join('\n')
}

export function usageLine(command: Command): string {
  const parts = Object.entries({ ...command.options, json: COMMON['json'] }).flatMap(([name, spec]) => {
    if (spec === undefined) return []
    const text = `--${name}${spec.type === 'string' ? ` ${spec.value ?? 'VALUE'}` : ''}`
    return [spec.required === true ? text : `[${text}]`]
  })
  return `Usage: dhs ${command.name} ${parts.join(' ')}`
}

/** The text of a string option, or undefined. */
export function text(options: OptionValues, name: string): string | undefined {
  const value = options[name]
  return typeof value === 'string' ? value : undefined
}
