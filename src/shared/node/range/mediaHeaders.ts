import { isDisplayable, UNKNOWN_TYPE } from './mediaTypes.ts'
import type { RangePlan } from './planRange.ts'

export interface MediaHeaderInput {
  readonly plan: RangePlan
  readonly sizeBytes: number
  readonly contentType: string
  /** Without quotes; a digest of the content. */
  readonly etag?: string
  /** Name offered for saving. */
  readonly downloadName?: string
  readonly cacheControl?: string
}

export interface MediaAnswer {
  readonly status: 200 | 206 | 304 | 416
  readonly headers: Readonly<Record<string, string>>
}

/** Status and headers of a file. What a browser must not show in our origin becomes an attachment it cannot run. */
export function mediaHeaders(input: MediaHeaderInput): MediaAnswer {
  const isShown = isDisplayable(input.contentType)
  const headers: Record<string, string> = {
    'accept-ranges': 'bytes',
    'cache-control': input.cacheControl ?? 'private, no-cache',
    'x-content-type-options': 'nosniff',
  }
  if (input.etag !== undefined) headers['etag'] = `"${input.etag}"`
  if (input.plan.kind === 'unsatisfiable') {
    return {
      status: 416,
      headers: { ...headers, 'content-range': `bytes */${String(input.sizeBytes)}`, 'content-length': '0' },
    }
  }
  headers['content-type'] = isShown ? input.contentType : UNKNOWN_TYPE
  if (!isShown) headers['content-security-policy'] = "sandbox; default-src 'none'"
  if (!isShown || input.downloadName !== undefined) headers['content-disposition'] = attachment(input.downloadName)
  if (input.plan.kind === 'full') {
    return { status: 200, headers: { ...headers, 'content-length': String(input.sizeBytes) } }
  }
  const { start, end } = input.plan
  headers['content-range'] = `bytes ${String(start)}-${String(end)}/${String(input.sizeBytes)}`
  headers['content-length'] = String(end - start + 1)
  return { status: 206, headers }
}

/** RFC 6266: an ASCII name for old clients, the real one in UTF-8. */
export function attachment(name: string | undefined): string {
  if (name === undefined) return 'attachment'
  const ascii = name.replace(/[^\x20-\x7e]|["\\%]/g, '_')
  return `attachment; filename="${ascii}"; filename*=UTF-8''${encode(name)}`
}

function encode(name: string): string {
  return encodeURIComponent(name.toWellFormed()).replace(/['()*]/g, (character) => {
    return `%${character.charCodeAt(0).toString(16).toUpperCase()}`
  })
}
