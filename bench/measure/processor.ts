import { readFile } from 'node:fs/promises'

/** Linux tells processor time in these, whatever the kernel's own clock. */
const TICKS_PER_SECOND = 100

/** Seconds of processor time a process has used, all its threads together. Linux only: it reads /proc. */
export async function processorSeconds(pid: number): Promise<number> {
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8')
  // The name in brackets may hold anything; user and system time are the 12th and 13th field after it.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
  const [user, system] = [Number(fields[11]), Number(fields[12])]
  if (!Number.isFinite(user + system)) throw new Error(`/proc/${pid}/stat has another form`)
  return (user + system) / TICKS_PER_SECOND
}
