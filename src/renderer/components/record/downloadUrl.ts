import type { TaskRecord } from '../../../protocol/studio/index.ts'

/** Where a browser downloads the result; null when there is no file. */
export function downloadUrl({ output }: Pick<TaskRecord, 'output'>): string | null {
  if (output === null || output.missing || output.mediaUrl === null) return null
  return `${output.mediaUrl}${output.mediaUrl.includes('?') ? '&' : '?'}download=1`
}
