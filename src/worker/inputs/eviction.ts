export interface CachedFile {
  readonly name: string
  readonly sizeBytes: number
  readonly usedAtMs: number
  readonly isPinned: boolean
}

/** Which files to remove so that the rest fits, least recently used first; never one that is in use. */
export function planEviction(files: readonly CachedFile[], limitBytes: number): readonly string[] {
  let excessBytes = files.reduce((sum, file) => sum + file.sizeBytes, 0) - limitBytes
  const removed: string[] = []
  const byAge = files.filter((file) => !file.isPinned).sort((a, b) => a.usedAtMs - b.usedAtMs)
  for (const file of byAge) {
    if (excessBytes <= 0) break
    removed.push(file.name)
    excessBytes -= file.sizeBytes
  }
  return removed
}
