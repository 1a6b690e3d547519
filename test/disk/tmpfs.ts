import { execFileSync } from 'node:child_process'

/** Whether a test may mount a small disk of its own in a private namespace; where it may not, says what is skipped. */
export function canMountTmpfs(skipped: string): boolean {
  try {
    execFileSync('unshare', ['-Urm', 'sh', '-c', 'mount -t tmpfs tmpfs /mnt'], { stdio: 'ignore' })
    return true
  } catch {
    process.stderr.write(`skipped, no tmpfs can be mounted here: ${skipped}\n`)
    return false
  }
}
