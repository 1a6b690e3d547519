import { parseArgs } from 'node:util'
import type { Io } from './io.ts'

interface OptionSpec {
  readonly type: 'string' | 'boolean'
  /** Shown in the usage after the option's name, for a string. */
  readonly value?: string
  readonly help: string
  readonly required?: boolean
}

/** A value that is given by its place; without `required` it may be left out (the last ones only). */
interface PositionalSpec {
  readonly name: string
  readonly help: string
  readonly required?: boolean
}

/** Positional values are under their names, beside the options. */
export type OptionValues = Readonly<Record<string, string | boolean | undefined>>

/** One sub-command of `dhs`. */
export interface Command {
  /** As it is typed: `compose`, or `tasks list` for one of a group. */
  readonly name: string
  readonly summary: string
  readonly positionals?: readonly PositionalSpec[]
  readonly options: Readonly<Record<string, OptionSpec>>
  readonly notes?: readonly string[]
  readonly examples: readonly string[]
  /** Resolves with the exit code. */
  run(options: OptionValues, io: Io): Promise<number>
}

/** Commands about one thing: `dhs tasks list`, `dhs tasks cancel`. */
export interface CommandGroup {
  readonly name: string
  readonly summary: string
  readonly commands: readonly Command[]
}

/** A mistake on the command line: exit 2, with the usage of the command it was made in. */
export class UsageError extends Error {}

const COMMON: Readonly<Record<string, OptionSpec>> = {
  json: { type: 'boolean', help: 'one JSON object per line instead of text' },
  help: { type: 'boolean', help: 'this text' },
}

export function parseOptions(command: Command, argv: readonly string[]): OptionValues {
  const specs = { ...command.options, ...COMMON }
  const { values, positionals } = readValues(specs, argv, command.positionals !== undefined)
  if (values['help'] === true) return values
  for (const [name, spec] of Object.entries(specs)) {
    if (spec.required === true && values[name] === undefined) throw new UsageError(`--${name} is missing`)
    if (values[name] === '') throw new UsageError(`--${name} needs a value`)
  }
  return { ...values, ...named(command.positionals ?? [], positionals) }
}

function named(specs: readonly PositionalSpec[], given: readonly string[]): OptionValues {
  const [missing] = specs.slice(given.length).filter(({ required }) => required === true)
  if (missing !== undefined) throw new UsageError(`${missing.name.toUpperCase()} is missing`)
  const surplus = given[specs.length]
  if (surplus !== undefined) throw new UsageError(`Unexpected argument '${surplus}'`)
  return Object.fromEntries(specs.map(({ name }, index) => [name, given[index]]))
}

interface RawValues {
  readonly values: OptionValues
  readonly positionals: readonly string[]
}

function readValues(
  specs: Readonly<Record<string, OptionSpec>>,
  argv: readonly string[],
  allowPositionals: boolean,
): RawValues {
  const options = Object.fromEntries(Object.entries(specs).map(([name, { type }]) => [name, { type }]))
  try {
    // A value may begin with a dash (a file named "-x.mp4"): node:util wants "=" there, people do not know that.
    const joined = joinDashValues(specs, argv)
    return parseArgs({
      args: allowPositionals ? numbersLast(joined) : joined,
      ...{ options, strict: true, allowPositionals },
    })
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

/** A number below zero is a value by its place, not an option: no option is a digit. */
function numbersLast(argv: readonly string[]): readonly string[] {
  const isNumber = (arg: string): boolean => /^-\d/.test(arg)
  if (argv.includes('--') || !argv.some(isNumber)) return argv
  return [...argv.filter((arg) => !isNumber(arg)), '--', ...argv.filter(isNumber)]
}

function firstSentence(text: string): string {
  return text.split(/\.(?:\s|$)/)[0] ?? text
}

export function commandHelp(command: Command): string {
  const specs = { ...command.options, ...COMMON }
  const positionals = (command.positionals ?? []).map(({ name, help }) => [name.toUpperCase(), help] as const)
  const options = Object.entries(specs).map(
    ([name, spec]) =>
      [
        `--${name}${spec.type === 'string' ? ` ${spec.value ?? 'VALUE'}` : ''}`,
        spec.help + (spec.required === true ? ' (required)' : ''),
      ] as const,
  )
  const width = Math.max(...[...positionals, ...options].map(([left]) => left.length))
  const lines = (rows: readonly (readonly [string, string])[]) =>
    rows.map(([left, right]) => `  ${left.padEnd(width)}  ${right}`)
  return [
    usageLine(command),
    '',
    command.summary,
    ...(positionals.length === 0 ? [] : ['', ...lines(positionals)]),
    '',
    'Options:',
    ...lines(options),
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
  const places = (command.positionals ?? []).map(({ name, required }) =>
    required === true ? name.toUpperCase() : `[${name.toUpperCase()}]`,
  )
  return `Usage: dhs ${[command.name, ...places, ...parts].join(' ')}`
}

export function groupHelp(group: CommandGroup): string {
  const names = group.commands.map(({ name, positionals = [] }) =>
    [
      name,
      ...positionals.map((one) => (one.required === true ? one.name.toUpperCase() : `[${one.name.toUpperCase()}]`)),
    ].join(' '),
  )
  const width = Math.max(...names.map((name) => name.length))
  return [
    `Usage: dhs ${group.name} <what> [options]`,
    '',
    group.summary,
    '',
    ...group.commands.map(({ summary }, index) => `  ${(names[index] ?? '').padEnd(width)}  ${summary}`),
    '',
    `dhs ${group.name} <what> --help tells the options.`,
    '',
  ].join('\n')
}

/** The text of a string option, or undefined. */
export function text(options: OptionValues, name: string): string | undefined {
  const value = options[name]
  return typeof value === 'string' ? value : undefined
}
