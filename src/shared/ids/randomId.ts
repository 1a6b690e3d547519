const STOCK_BYTES = 1_024

let stock = new Uint8Array(0)
let taken = 0

/** `bytes` random bytes as lower-case hex, at most 1,024 of them. */
export function randomHex(bytes: number): string {
  // Asking the system takes longer than all else here: many ids share one call.
  if (taken + bytes > stock.length) {
    stock = crypto.getRandomValues(new Uint8Array(STOCK_BYTES))
    taken = 0
  }
  const fresh = stock.subarray(taken, taken + bytes)
  taken += bytes
  let hex = ''
  for (const byte of fresh) hex += byte.toString(16).padStart(2, '0')
  // Nobody who reads this memory later finds a secret in it.
  fresh.fill(0)
  return hex
}

/**
 * An id of the same form that begins with the time it was made at, so that ids made one after the other lie side by
 * side in an index. 80 random bits: it cannot be guessed, but it tells its age.
 */
export function orderedId(prefix: string, nowMs: number): string {
  const timeHex = Math.max(0, Math.trunc(nowMs)).toString(16).padStart(12, '0').slice(-12)
  // Of a version 4 UUID only the first and the last 12 digits are all random; Node makes them in advance.
  const uuid = crypto.randomUUID()
  return `${prefix}_${timeHex}${uuid.slice(0, 8)}${uuid.slice(24)}`
}

/** A 128-bit id with a prefix that says what it names: `t_…` a task, `h_…` a file handle. */
export function randomId(prefix: string): string {
  return `${prefix}_${randomHex(16)}`
}
