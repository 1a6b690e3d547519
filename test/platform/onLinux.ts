/** Whether a test may use what only Linux has (`/proc`, kernel limits); elsewhere says what is skipped. */
export function onLinux(skipped: string): boolean {
  if (process.platform === 'linux') return true
  process.stderr.write(`skipped, it needs Linux: ${skipped}\n`)
  return false
}
