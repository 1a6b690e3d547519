import { AppError } from '../shared/index.ts'
import { errnoOf } from '../shared/node/index.ts'
import { commandHelp, groupHelp, parseOptions, usageLine, UsageError } from './command.ts'
import type { Command, CommandGroup } from './command.ts'
import { printJson, reportError } from './io.ts'
import type { Io } from './io.ts'

/** Runs `dhs` with these arguments; resolves with the exit code: 0 done, 1 failed, 2 usage, 130 interrupted. */
export async function main(
  argv: readonly string[],
  commands: readonly (Command | CommandGroup)[],
  version: string,
  io: Io,
): Promise<number> {
  const [name, ...rest] = argv
  if (name === '--version' || name === '-v') {
    io.out(`${version}\n`)
    return 0
  }
  if (name === undefined || name === '--help' || name === '-h' || name === 'help') {
    const topic = name === 'help' ? find(commands, rest) : undefined
    io.out(topic === undefined ? overview(commands, version) : helpOf(topic))
    return name === undefined ? 2 : 0
  }
  const command = commands.find((candidate) => candidate.name === name)
  if (command === undefined) {
    io.err(`dhs: there is no command "${name}"\n\n${overview(commands, version)}`)
    return 2
  }
  return 'commands' in command ? runGroup(command, rest, io) : runCommand(command, rest, io)
}

function find(
  commands: readonly (Command | CommandGroup)[],
  words: readonly string[],
): Command | CommandGroup | undefined {
  const topic = commands.find(({ name }) => name === words[0])
  if (topic === undefined || !('commands' in topic)) return topic
  return topic.commands.find(({ name }) => name === words.slice(0, 2).join(' ')) ?? topic
}

function helpOf(topic: Command | CommandGroup): string {
  return 'commands' in topic ? groupHelp(topic) : commandHelp(topic)
}

async function runGroup(group: CommandGroup, [what, ...rest]: readonly string[], io: Io): Promise<number> {
  if (what === '--help' || what === '-h' || what === undefined) {
    io.out(groupHelp(group))
    return what === undefined ? 2 : 0
  }
  const command = group.commands.find(({ name }) => name === `${group.name} ${what}`)
  if (command !== undefined) return runCommand(command, rest, io)
  io.err(`dhs ${group.name}: there is no "${what}"\n\n${groupHelp(group)}`)
  return 2
}

async function runCommand(command: Command, argv: readonly string[], io: Io): Promise<number> {
  const json = argv.includes('--json')
  try {
    const options = parseOptions(command, argv)
    if (options['help'] === true) {
      io.out(commandHelp(command))
      return 0
    }
    return await command.run(options, io)
  } catch (error) {
    if (!(error instanceof UsageError)) {
      reportError(io, json, error)
      return isMistake(error) ? 2 : 1
    }
    if (json) printJson(io, { event: 'error', code: 'USAGE', message: error.message, hint: usageLine(command) })
    io.err(`dhs ${command.name}: ${error.message}\n${usageLine(command)}\nMore: dhs ${command.name} --help\n`)
    return 2
  }
}

/** Codes that judge the command line alone: the same one is refused again however often it is tried. */
const MISTAKES: ReadonlySet<string> = new Set([
  'PORT_INVALID',
  'PLAIN_BIND_REFUSED',
  'GATEWAY_ADDRESS_INVALID',
  'ENGINE_UNKNOWN',
  'TENANT_INVALID',
  'SETTING_VALUE',
  'POWER_HOOK_INVALID',
])

/** A file that is named and not there (a program, its argv) may come: that is tried again, not waited for a person. */
function isMistake(error: unknown): boolean {
  const { code, cause } = AppError.from(error)
  return MISTAKES.has(code) && errnoOf(cause) === undefined
}

function overview(commands: readonly (Command | CommandGroup)[], version: string): string {
  const examples = commands.flatMap((one) => ('commands' in one ? [] : one.examples.slice(0, 1)))
  const width = Math.max(...commands.map(({ name }) => name.length))
  return [
    `Digital Human Studio 数字人工作室 ${version}`,
    '',
    'Usage: dhs <command> [options]',
    '',
    'Commands:',
    ...commands.map(({ name, summary }) => `  ${name.padEnd(width)}  ${summary}`),
    '',
    'dhs <command> --help tells the options of a command; dhs --version tells the version.',
    '',
    'Examples:',
    ...examples.map((example) => `  ${example}`),
    '',
  ].join('\n')
}
