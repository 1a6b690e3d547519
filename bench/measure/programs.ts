import { spawn } from 'node:child_process'

/** Milliseconds from the start of a program to its exit. Throws with its own words when it fails. */
export async function timeProgram(command: string, args: readonly string[]): Promise<number> {
  const startedAt = performance.now()
  await runProgram(command, args)
  return performance.now() - startedAt
}

/** The program's standard output. */
export function runProgram(command: string, args: readonly string[]): Promise<string> {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { stdio: ['ignore', 'pipe', 'pipe'] })
    let out = ''
    let err = ''
    child.stdout.setEncoding('utf8').on('data', (text: string) => (out += text))
    child.stderr.setEncoding('utf8').on('data', (text: string) => (err = (err + text).slice(-2_000)))
    child.once('error', reject)
    child.once('close', (code, signal) => {
      if (code === 0) resolve(out)
      else reject(new Error(`${command} ended with ${signal ?? String(code)}: ${err.trim()}`))
    })
  })
}

/** Milliseconds of one piece of our own work. */
export async function timeWork(work: () => Promise<unknown>): Promise<number> {
  const startedAt = performance.now()
  await work()
  return performance.now() - startedAt
}
