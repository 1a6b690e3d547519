import { readdir, readFile } from 'node:fs/promises'
import { vi } from 'vitest'

/** A process below another one, as the kernel tells it. */
export interface ProcessBelow {
  readonly pid: number
  readonly commandLine: string
}

/** Every process below `rootPid`, at any depth. Linux only. */
async function processesBelow(rootPid: number): Promise<ProcessBelow[]> {
  const all = await Promise.all((await readdir('/proc')).filter((name) => /^\d+$/.test(name)).map(readProcess))
  const known = all.filter((process) => process !== undefined)
  const below = (parent: number): ProcessBelow[] =>
    known.filter(({ parentPid }) => parentPid === parent).flatMap((child) => [child, ...below(child.pid)])
  return below(rootPid)
}

/** Undefined when it ended in between. */
async function readProcess(pid: string): Promise<(ProcessBelow & { readonly parentPid: number }) | undefined> {
  try {
    const [stat, commandLine] = await Promise.all([
      readFile(`/proc/${pid}/stat`, 'utf8'),
      readFile(`/proc/${pid}/cmdline`, 'utf8'),
    ])
    // The name in brackets may hold anything, spaces and brackets too.
    const parentPid = Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1])
    return { pid: Number(pid), parentPid, commandLine: commandLine.replaceAll('\0', ' ') }
  } catch {
    return undefined
  }
}

/** The process below `rootPid` whose command line is meant, as soon as there is one. */
export function processBelow(rootPid: number, isMeant: (commandLine: string) => boolean): Promise<ProcessBelow> {
  const find = async (): Promise<ProcessBelow> => {
    const found = (await processesBelow(rootPid)).find(({ commandLine }) => isMeant(commandLine))
    if (found === undefined) throw new Error(`no such process below ${String(rootPid)}`)
    return found
  }
  return vi.waitFor(find, { timeout: 50_000, interval: 20 })
}
