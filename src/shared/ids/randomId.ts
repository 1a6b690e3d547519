/** `bytes` random bytes as lower-case hex. */
export function randomHex(bytes: number): string {
  const buffer = crypto.getRandomValues(new Uint8Array(bytes))
  let hex = ''
  for (const byte of buffer) hex += byte.toString(16).padStart(2, '0')
  return hex
}

/** A 128-bit id with a prefix that says what it names: `t_…` a task, `h_…` a file handle. */
export function randomId(prefix: string): string {
  return `${prefix}_${randomHex(16)}`
}
