// Loaded into every process of a `test:slow` run: file calls take now and then, and the processor stalls, as on a busy
// machine. Tests that rely on which of two calls ends first fail here within a few runs.
import fs from 'node:fs'
import { syncBuiltinESMExports } from 'node:module'

const SHARE = 0.4
const LATE_MS = 40
const STALL_MS = Number(process.env['DHS_SLOW_STALL_MS'] ?? 0)
const CALLS = /** @type {const} */ ([
  ...['access', 'chmod', 'copyFile', 'link', 'lstat', 'mkdir', 'open', 'readdir', 'readFile', 'rename', 'rm', 'stat'],
  ...['unlink', 'utimes', 'writeFile'],
])

// As they were before a test puts a clock of its own in their place.
const setRealTimer = setTimeout
const now = performance.now.bind(performance)

/** @type {Record<string, (...args: unknown[]) => Promise<unknown>>} */
const calls = /** @type {any} */ (fs.promises)
for (const name of CALLS) {
  const call = calls[name]
  if (call === undefined) throw new Error(`fs.promises has no ${name}`)
  calls[name] = async (...args) => {
    if (Math.random() < SHARE) await new Promise((resolve) => setRealTimer(resolve, Math.random() * LATE_MS))
    return call.apply(fs.promises, args)
  }
}
syncBuiltinESMExports()

function stall() {
  const endMs = now() + Math.random() * STALL_MS
  while (now() < endMs);
  setRealTimer(stall, Math.random() * STALL_MS * 3).unref()
}
if (STALL_MS > 0) stall()
