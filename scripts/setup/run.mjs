import { spawn } from 'node:child_process'

/**
 * @typedef {object} RunOptions
 * @property {string} [cwd]
 * @property {NodeJS.ProcessEnv} [env]
 * @property {number} [limitMs] after this the whole process group is killed
 * @property {boolean} [live] show output as it comes instead of keeping it
 *
 * @typedef {object} RunResult
 * @property {number | undefined} code undefined when it never started or was killed
 * @property {string} output standard output and error, empty when live
 * @property {boolean} isTimeout
 */

/** @type {ReadonlyArray<readonly [NodeJS.Signals, number]>} */
const EXIT_CODES = [
  ['SIGINT', 130],
  ['SIGTERM', 143],
  ['SIGHUP', 129],
]

/** @type {Set<import('node:child_process').ChildProcess>} */
const running = new Set()

/** @param {import('node:child_process').ChildProcess} child */
function killGroup(child) {
  try {
    if (process.platform === 'win32' || child.pid === undefined) child.kill('SIGKILL')
    else process.kill(-child.pid, 'SIGKILL')
  } catch {
    // The group ended by itself in the meantime.
  }
}

/** Ends with everything it started when a person or a supervisor ends it. @returns {() => void} gives that up again */
export function ownChildren() {
  const handlers = EXIT_CODES.map(([signal, code]) => {
    const end = () => {
      for (const child of running) killGroup(child)
      process.exit(code)
    }
    process.on(signal, end)
    return () => process.off(signal, end)
  })
  return () => handlers.forEach((release) => release())
}

/**
 * Runs a program without a shell and without standard input.
 * @param {string} command
 * @param {readonly string[]} args
 * @param {RunOptions} [options]
 * @returns {Promise<RunResult>}
 */
export function run(command, args, options = {}) {
  const isWindows = process.platform === 'win32'
  const piped = options.live === true ? 'inherit' : 'pipe'
  const child = spawn(command, args, {
    cwd: options.cwd,
    env: options.env ?? process.env,
    stdio: ['ignore', piped, piped],
    detached: !isWindows,
    shell: isWindows && command.endsWith('.cmd'),
  })
  running.add(child)
  let output = ''
  let isTimeout = false
  for (const stream of [child.stdout, child.stderr]) {
    stream?.setEncoding('utf8').on('data', (/** @type {string} */ text) => {
      output += text
    })
  }
  const timer = setTimeout(
    () => {
      isTimeout = true
      killGroup(child)
    },
    options.limitMs ?? 2 ** 31 - 1,
  )
  return new Promise((resolve) => {
    /** @param {number | undefined} code */
    const end = (code) => {
      clearTimeout(timer)
      running.delete(child)
      resolve({ code, output, isTimeout })
    }
    child.once('error', (error) => {
      output += `${command}: ${error.message}\n`
      end(undefined)
    })
    child.once('close', (code) => end(code ?? undefined))
  })
}
