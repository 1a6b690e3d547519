import { spawn } from 'node:child_process'
import { constants } from 'node:os'

/** @type {NodeJS.Signals[]} */
const SIGNALS = process.platform === 'win32' ? [] : ['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGQUIT', 'SIGWINCH']
const SAME_SIGNAL_MS = 100

/**
 * Runs a program in our place: same terminal, same exit code, every signal passed on once.
 * On POSIX the child leads its own group, so that Ctrl-C reaches it through us alone and not a second time from the
 * terminal. A pipe tells it when we are gone, however that happened (see `diesWithLauncher`).
 * @param {string} command
 * @param {readonly string[]} args
 * @param {{ env?: NodeJS.ProcessEnv, lifeline?: boolean }} [options] `lifeline: false` for a program that is not ours to end
 * @returns {Promise<number>} exit code, 128 + n for a signal
 */
export function passThrough(command, args, options = {}) {
  const isPosix = process.platform !== 'win32'
  const hasLifeline = options.lifeline !== false
  const child = spawn(command, args, {
    env: { ...(options.env ?? process.env), ...(hasLifeline ? { DHS_LIFELINE_FD: '3' } : {}) },
    stdio: ['inherit', 'inherit', 'inherit', ...(hasLifeline ? /** @type {const} */ (['pipe']) : [])],
    detached: isPosix,
  })
  const stopPassing = passSignals((signal) => child.kill(signal))
  // Windows delivers Ctrl-C to every process of the console: we only have to outlive it.
  const ignore = () => undefined
  if (!isPosix) process.on('SIGINT', ignore)
  return new Promise((resolve, reject) => {
    child.once('error', reject)
    child.once('close', (code, signal) => resolve(code ?? 128 + (signal === null ? 1 : constants.signals[signal])))
  }).finally(() => {
    stopPassing()
    process.off('SIGINT', ignore)
  })
}

/** npm passes Ctrl-C on although the terminal sent it already: the echo of a signal is dropped. @param {(signal: NodeJS.Signals) => void} send */
function passSignals(send) {
  /** @type {Map<NodeJS.Signals, number>} */
  const last = new Map()
  /** @param {NodeJS.Signals} signal */
  const pass = (signal) => {
    const now = performance.now()
    const isEcho = now - (last.get(signal) ?? Number.NEGATIVE_INFINITY) < SAME_SIGNAL_MS
    last.set(signal, now)
    if (!isEcho || signal === 'SIGWINCH') send(signal)
  }
  for (const signal of SIGNALS) process.on(signal, pass)
  return () => {
    for (const signal of SIGNALS) process.off(signal, pass)
  }
}
