import { hasZodFastifySchemaValidationErrors } from 'fastify-type-provider-zod'
import type { ErrorCode } from '../../protocol/errors/index.ts'
import { AUDIO_EXTENSIONS, VIDEO_EXTENSIONS } from '../../protocol/files/index.ts'
import { AppError } from '../../shared/index.ts'

/** Fastify's own refusals, by its codes. */
const FRAMEWORK: Readonly<Record<string, ErrorCode>> = {
  FST_ERR_CTP_BODY_TOO_LARGE: 'BODY_TOO_LARGE',
  FST_ERR_CTP_INVALID_MEDIA_TYPE: 'CONTENT_TYPE',
  FST_ERR_CTP_INVALID_CONTENT_LENGTH: 'BAD_REQUEST',
  FST_ERR_BAD_URL: 'BAD_REQUEST',
  FST_ERR_MAX_PARAM_LENGTH: 'ID_FORMAT',
  FST_ERR_NOT_FOUND: 'ROUTE_NOT_FOUND',
  FST_REQ_FILE_TOO_LARGE: 'FILE_TOO_LARGE',
  FST_PARTS_LIMIT: 'BAD_REQUEST',
  FST_FIELDS_LIMIT: 'BAD_REQUEST',
  FST_FILES_LIMIT: 'BAD_REQUEST',
  FST_INVALID_MULTIPART_CONTENT_TYPE: 'CONTENT_TYPE',
}

/** What the operating system refuses for now: a disk, a mount, a limit. Whoever asked tries again. */
const SYSTEM: Readonly<Record<string, ErrorCode>> = {
  ENOSPC: 'DISK_FULL',
  EDQUOT: 'DISK_FULL',
  EACCES: 'STORE_UNAVAILABLE',
  EPERM: 'STORE_UNAVAILABLE',
  EROFS: 'STORE_UNAVAILABLE',
  EIO: 'STORE_UNAVAILABLE',
  EMFILE: 'STORE_UNAVAILABLE',
  ENFILE: 'STORE_UNAVAILABLE',
}

/** A field with a form of its own gets a code of its own; everything else is SCHEMA. */
const FIELD_CODES: Readonly<Record<string, ErrorCode>> = {
  task_id: 'ID_FORMAT',
  server_id: 'ID_FORMAT',
  key_id: 'ID_FORMAT',
  request_id: 'REQUEST_ID_FORMAT',
  audio_hash: 'HASH_FORMAT',
  video_hash: 'HASH_FORMAT',
  hash: 'HASH_FORMAT',
  md5: 'HASH_FORMAT',
  sha256: 'HASH_FORMAT',
  audio_ext: 'EXT_NOT_ALLOWED',
  video_ext: 'EXT_NOT_ALLOWED',
  ext: 'EXT_NOT_ALLOWED',
}

/** Anything thrown on the way through a route, as an error with one of our codes. */
export function toAppError(thrown: unknown): AppError {
  if (thrown instanceof AppError) return thrown
  if (hasZodFastifySchemaValidationErrors(thrown)) {
    const [first] = thrown.validation
    const path = first?.instancePath.split('/').slice(1) ?? []
    return schemaError([...path.filter((part) => part !== ''), ...unknownKey(first?.params)], first?.keyword ?? '')
  }
  const code = codeOf(thrown)
  if (code !== undefined) return new AppError(code, { cause: thrown })
  return AppError.from(thrown)
}

/** A name that the schema does not know, where it looks like one. */
function unknownKey(params: unknown): readonly string[] {
  const keys = typeof params === 'object' && params !== null && 'keys' in params ? params.keys : undefined
  const first: unknown = Array.isArray(keys) ? keys[0] : undefined
  return typeof first === 'string' && /^[\w-]{1,64}$/.test(first) ? [first] : []
}

/** The refusal of one field: `path` as the schema names it, `kind` as zod does. */
export function schemaError(path: readonly (string | number)[], kind: string): AppError {
  const leaf = [...path].reverse().find((part) => Number.isNaN(Number(part)) || part === '')
  const name = String(leaf ?? '')
  // A field of the wrong type (also: a missing one) is a matter of schema; one of the wrong form has its own code.
  const code = kind === 'invalid_type' || kind === 'unrecognized_keys' ? 'SCHEMA' : (FIELD_CODES[name] ?? 'SCHEMA')
  const field = path.join('.')
  const accepted = code === 'EXT_NOT_ALLOWED' ? { data: { accepted: acceptedFor(name) } } : {}
  return new AppError(code, { ...(field === '' ? {} : { field }), ...accepted })
}

function acceptedFor(field: string): string {
  if (field.startsWith('audio')) return AUDIO_EXTENSIONS.join(' ')
  if (field.startsWith('video')) return VIDEO_EXTENSIONS.join(' ')
  return [...VIDEO_EXTENSIONS, ...AUDIO_EXTENSIONS].join(' ')
}

function codeOf(thrown: unknown): ErrorCode | undefined {
  if (typeof thrown !== 'object' || thrown === null) return undefined
  if ('code' in thrown && typeof thrown.code === 'string') {
    const known = FRAMEWORK[thrown.code] ?? SYSTEM[thrown.code]
    if (known !== undefined) return known
  }
  const status = 'statusCode' in thrown && typeof thrown.statusCode === 'number' ? thrown.statusCode : 500
  return status >= 400 && status < 500 ? 'BAD_REQUEST' : undefined
}
