import { basename, extname } from 'node:path'
import type { Readable } from 'node:stream'
import type { Multipart, MultipartFile } from '@fastify/multipart'
import type { z } from 'zod'
import { poolExtSchema } from '../../../protocol/files/index.ts'
import type { PoolFile } from '../../../protocol/files/index.ts'
import { ASSET_EXTENSIONS, assetFieldsSchema } from '../../../protocol/http/index.ts'
import type { AssetKind } from '../../../protocol/http/index.ts'
import { AppError } from '../../../shared/index.ts'
import type { NewAsset } from '../../assets/index.ts'
import type { GatewayParts } from '../../parts.ts'
import { schemaError } from '../toAppError.ts'
import { Spool } from './spool.ts'

type Fields = z.infer<typeof assetFieldsSchema>

/** Reads the form of a new asset: its file goes into the pool, its fields are checked before anything is kept. */
export async function receiveAsset(
  parts: GatewayParts,
  tenant: string,
  incoming: AsyncIterable<Multipart>,
  spoolDir: string,
): Promise<NewAsset> {
  const said: Record<string, unknown> = {}
  const spool = new Spool(spoolDir, parts.pool)
  let fileName = ''
  let stored: PoolFile | undefined
  try {
    for await (const part of incoming) {
      if (part.type === 'field') said[part.fieldname] = part.value
      else if (part.fieldname !== 'file') throw new AppError('SCHEMA', { field: part.fieldname.slice(0, 100) })
      else {
        fileName = nameOf(part)
        // A form that says what it is before the file saves the way over the spool.
        if ('kind' in said) stored = await put(parts, tenant, readFields(said), fileName, part.file)
        else await spool.take(part.file)
      }
    }
    const fields = readFields(said)
    const spooled = spool.open()
    if (stored === undefined && spooled === undefined) throw new AppError('SCHEMA', { field: 'file' })
    const file = stored ?? (await put(parts, tenant, fields, fileName, spooled))
    return { kind: fields.kind, name: fields.name ?? titleOf(fileName, file), isNamed: fields.name !== undefined, file }
  } finally {
    await spool.drop()
  }
}

/** Throws EXT_NOT_ALLOWED for a voice that is a picture, and the like. */
export function assertKind(kind: AssetKind, ext: PoolFile['ext']): void {
  if (!ASSET_EXTENSIONS[kind].includes(ext)) throw extNotAllowed(kind)
}

function extNotAllowed(kind: AssetKind): AppError {
  return new AppError('EXT_NOT_ALLOWED', { field: 'ext', data: { accepted: ASSET_EXTENSIONS[kind].join(' ') } })
}

function readFields(said: Readonly<Record<string, unknown>>): Fields {
  const parsed = assetFieldsSchema.safeParse(said)
  if (parsed.success) return parsed.data
  const [issue] = parsed.error.issues
  throw schemaError(issue?.path.map(String) ?? [], issue?.code ?? '')
}

async function put(
  parts: GatewayParts,
  tenant: string,
  fields: Fields,
  fileName: string,
  source: Readable | undefined,
): Promise<PoolFile> {
  if (source === undefined) throw new AppError('SCHEMA', { field: 'file' })
  try {
    const ext = fields.ext ?? extOf(fileName, fields.kind)
    assertKind(fields.kind, ext)
    return await parts.pool.put(tenant, { ext, ...(fields.hash === undefined ? {} : { md5: fields.hash }) }, source)
  } catch (error) {
    source.resume()
    throw error
  }
}

function extOf(fileName: string, kind: AssetKind): PoolFile['ext'] {
  const parsed = poolExtSchema.safeParse(extname(fileName).toLowerCase())
  if (!parsed.success) throw extNotAllowed(kind)
  return parsed.data
}

/** Shown only, never a path: of either platform's separators nothing is left. */
function nameOf(part: MultipartFile): string {
  return basename(part.filename.replaceAll('\\', '/'))
}

function titleOf(fileName: string, file: PoolFile): string {
  const title = fileName.slice(0, fileName.length - extname(fileName).length).trim()
  return (title === '' ? file.md5 : title).slice(0, 200)
}
