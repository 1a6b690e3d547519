import { accessSync, constants, realpathSync } from 'node:fs'
import { basename } from 'node:path'

/** What a child may use; enforced by the kernel on Linux, elsewhere only the wall clock and the group kill are. */
export interface ChildLimits {
  readonly addressSpaceBytes?: number
  readonly fileSizeBytes?: number
  readonly openFiles?: number
}

export interface CommandLine {
  readonly command: string
  readonly args: readonly string[]
}

const PRLIMIT = '/usr/bin/prlimit'
const SETPRIV = '/usr/bin/setpriv'

/**
 * Puts small wrappers of util-linux before a command: the first makes the kernel kill the child when we die (a killed
 * worker leaves no encoder behind), the second sets its limits. Where a wrapper is missing the command runs without.
 */
export function confine(line: CommandLine, limits: ChildLimits | undefined, has = isExecutable): CommandLine {
  if (process.platform !== 'linux') return line
  const limitArgs = toLimitArgs(limits)
  const limited =
    limitArgs.length > 0 && has(PRLIMIT)
      ? { command: PRLIMIT, args: [...limitArgs, '--', line.command, ...line.args] }
      : line
  if (!has(SETPRIV)) return limited
  return { command: SETPRIV, args: ['--pdeathsig', 'KILL', '--', limited.command, ...limited.args] }
}

function toLimitArgs(limits: ChildLimits | undefined): string[] {
  const args: string[] = []
  if (limits?.addressSpaceBytes !== undefined) args.push(`--as=${String(limits.addressSpaceBytes)}`)
  if (limits?.fileSizeBytes !== undefined) args.push(`--fsize=${String(limits.fileSizeBytes)}`)
  if (limits?.openFiles !== undefined) args.push(`--nofile=${String(limits.openFiles)}`)
  return args
}

/** A link to another program (BusyBox) has the name but not the options. */
function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK)
    return basename(realpathSync(path)) === basename(path)
  } catch {
    return false
  }
}
