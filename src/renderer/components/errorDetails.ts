import type { ShownError } from '../hooks/useErrorText.ts'

/** What support needs: code, values, ids. English, one per line; never a path or a stack. */
export function errorDetails(error: ShownError, context: Readonly<Record<string, string | null>> = {}): string {
  const lines = [`code: ${error.code}`]
  if (error.message !== undefined) lines.push(`message: ${error.message}`)
  for (const [name, value] of Object.entries(error.data ?? {})) lines.push(`${name}: ${String(value)}`)
  for (const [name, value] of Object.entries(context)) if (value !== null) lines.push(`${name}: ${value}`)
  return lines.join('\n')
}
