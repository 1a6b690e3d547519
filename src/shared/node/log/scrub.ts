import { homedir } from 'node:os'

const HIDDEN = '[hidden]'
const SECRETS: readonly RegExp[] = [
  /\b(bearer\s+)[\w.~+/=-]+/gi,
  /\blk_[\w-]+/g,
  // The other secrets of a gateway; their names are short, so only what is as long as one.
  /\b(?:ad|at|ws|ms)_[\da-f]{32,}/g,
  // The shape of a JWT: three base64url parts, the first of which is a JSON object.
  /\beyJ[\w-]{6,}\.[\w-]+\.[\w-]*/g,
  /([\w-]*(?:secret|token|password|license_key|licence_key|api_key|mac|hmac)["']?\s*[=:]\s*["']?)[^\s"'&,;}]+/gi,
]
/** Fields whose values never reach a log, whatever they look like. */
const SECRET_FIELD = /^(?:authorization|cookie|.*(?:secret|token|password|licen[cs]e_?key))$/i

/** Removes secrets and the person's home folder from a line of text. */
export function scrubText(text: string, home = homedir()): string {
  let result = text
  for (const pattern of SECRETS) {
    result = result.replace(pattern, (_match, prefix: unknown) => (typeof prefix === 'string' ? prefix : '') + HIDDEN)
  }
  // A home of "/" or "" (containers) would hit every path.
  return home.length > 1 ? result.replaceAll(home, '~') : result
}

/** The same for a value of any shape; errors become plain objects, deep structures are cut. */
export function scrubValue(value: unknown, depth = 0): unknown {
  if (typeof value === 'string') return scrubText(value)
  if (typeof value === 'bigint') return String(value)
  if (typeof value !== 'object' || value === null) return value
  if (depth >= 6) return '[deep]'
  if (value instanceof Error) return scrubError(value, depth)
  if (ArrayBuffer.isView(value)) return `[${String(value.byteLength)} bytes]`
  if (Array.isArray(value)) return value.map((item: unknown) => scrubValue(item, depth + 1))
  return Object.fromEntries(
    Object.entries(value).map(([key, item]: [string, unknown]) => [
      key,
      SECRET_FIELD.test(key) ? HIDDEN : scrubValue(item, depth + 1),
    ]),
  )
}

function scrubError(error: Error, depth: number): unknown {
  const { code, data } = error as Error & { readonly code?: unknown; readonly data?: unknown }
  return scrubValue(
    {
      name: error.name,
      message: error.message,
      ...(code === undefined ? {} : { code }),
      ...(data === undefined ? {} : { data }),
      ...(error.stack === undefined ? {} : { stack: error.stack }),
      ...(error.cause === undefined ? {} : { cause: error.cause }),
    },
    depth + 1,
  )
}
