import { readdirSync, readFileSync, statSync } from 'node:fs'
import { join, relative } from 'node:path'
import type { Evidence } from '../auditor/evidence.ts'

type Texts = Evidence['texts']

/** Every file under the folders, however deep; those that cannot be read as files (sockets, links to nothing) are not. */
export function filesUnder(root: string, folders: readonly string[]): Texts {
  return folders.flatMap((folder) =>
    namesOf(folder, true)
      .map((name) => join(folder, name))
      .filter((path) => statSync(path, { throwIfNoEntry: false })?.isFile() === true)
      .map((path) => ({ name: relative(root, path), content: readFileSync(path) })),
  )
}

/** What anybody on the machine can read about these processes and whatever they have started. */
export function commandLinesOf(pids: readonly number[]): Texts {
  const family = new Set(pids)
  const processes = namesOfProcesses()
  for (let size = 0; size !== family.size;) {
    size = family.size
    for (const { pid, parent } of processes) if (family.has(parent)) family.add(pid)
  }
  return [...family].map((pid) => ({
    name: `argv of ${String(pid)}`,
    content: readMaybe(`/proc/${String(pid)}/cmdline`),
  }))
}

function namesOf(folder: string, isDeep: boolean): string[] {
  try {
    return readdirSync(folder, { recursive: isDeep, encoding: 'utf8' })
  } catch {
    // A worker that never came up has none.
    return []
  }
}

function namesOfProcesses(): { readonly pid: number; readonly parent: number }[] {
  return namesOf('/proc', false)
    .filter((name) => /^\d+$/.test(name))
    .map((name) => ({ pid: Number(name), parent: parentOf(name) }))
}

function parentOf(pid: string): number {
  const afterName = readMaybe(`/proc/${pid}/stat`).toString('latin1').split(') ').at(-1)
  return Number(afterName?.split(' ')[1])
}

function readMaybe(path: string): Buffer {
  try {
    return readFileSync(path)
  } catch {
    // Gone meanwhile, or no Linux.
    return Buffer.alloc(0)
  }
}
