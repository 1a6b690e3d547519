import {
  assetDeleteAnswerSchema,
  assetDeleteRequestSchema,
  assetOfHashSchema,
  assetsAnswerSchema,
  assetsQuerySchema,
  assetUploadAnswerSchema,
  HTTP_ROUTES,
  successEnvelope,
} from '../../../protocol/http/index.ts'
import type { Asset, AssetDeleteAnswer } from '../../../protocol/http/index.ts'
import { AppError, DAY_MS } from '../../../shared/index.ts'
import type { Deletion, NewAsset, StoredAsset } from '../../assets/index.ts'
import { stateSentence } from '../../dialects/index.ts'
import type { GatewayParts } from '../../parts.ts'
import { tenantOfRequest } from '../checks/pipeline.ts'
import type { GatewayApp } from '../gatewayApp.ts'
import { schemaError } from '../toAppError.ts'
import { assertKind, receiveAsset } from './assetUpload.ts'
import { about, REFUSALS } from './describe.ts'
import { languageOf } from './languageOf.ts'

/** So long an answer to a deletion waits for the servers that are online. */
const DELETE_WAIT_MS = 2_000

/** Voices and avatars. The form parser is registered by `uploadFileRoute`, which comes first. */
export function assetRoutes(app: GatewayApp, parts: GatewayParts, spoolDir: string): void {
  uploadRoute(app, parts, spoolDir)
  listRoute(app, parts)
  deleteRoute(app, parts)
}

function uploadRoute(app: GatewayApp, parts: GatewayParts, spoolDir: string): void {
  app.post(HTTP_ROUTES.assetUpload, {
    config: { access: { auth: 'tenant', body: 'json_or_multipart', rate: 'request' } },
    schema: {
      ...about('assets', 'Keep a voice or an avatar', UPLOAD_DESCRIPTION),
      consumes: ['multipart/form-data', 'application/json'],
      response: { 200: successEnvelope(assetUploadAnswerSchema), ...REFUSALS },
    },
    handler: async (request) => {
      const tenant = tenantOfRequest(request)
      const asset = request.isMultipart()
        ? await receiveAsset(parts, tenant, request.parts(), spoolDir)
        : await assetOfHash(parts, tenant, request.body)
      const kept = await parts.assets.add(tenant, asset)
      const data = { ...(await toAsset(parts, kept.asset)), existing: kept.isExisting }
      return { code: 0 as const, msg: 'ok', data }
    },
  })
}

const UPLOAD_DESCRIPTION =
  'As a form: parts `file`, `kind` (`voice` or `avatar`), and if you like `name`, `hash` (MD5, checked), `ext`. ' +
  'As JSON: `kind`, `hash`, `ext`, `name` of a file the pool has already. The same content and kind is the same asset.'

function listRoute(app: GatewayApp, parts: GatewayParts): void {
  app.get(HTTP_ROUTES.assetList, {
    config: { access: { auth: 'tenant', body: 'none', rate: 'request' } },
    schema: {
      ...about('assets', 'Assets of this licence', 'Newest first; `cursor` of one page asks for the next.'),
      querystring: assetsQuerySchema,
      response: { 200: successEnvelope(assetsAnswerSchema), ...REFUSALS },
    },
    handler: async (request) => {
      const tenant = tenantOfRequest(request)
      const page = await parts.assets.list(tenant, request.query)
      const assets: Asset[] = []
      for (const asset of page.assets) assets.push(await toAsset(parts, asset))
      const used_bytes = await parts.pool.usedBytes(tenant)
      const quota_bytes = parts.settings.current().pool_quota_bytes
      return { code: 0 as const, msg: 'ok', data: { assets, cursor: page.cursor, used_bytes, quota_bytes } }
    },
  })
}

function deleteRoute(app: GatewayApp, parts: GatewayParts): void {
  app.post(HTTP_ROUTES.assetDelete, {
    config: { access: { auth: 'tenant', body: 'json', rate: 'request' } },
    schema: {
      ...about('assets', 'Delete an asset', DELETE_DESCRIPTION),
      body: assetDeleteRequestSchema,
      response: { 200: successEnvelope(assetDeleteAnswerSchema), ...REFUSALS },
    },
    handler: async (request) => {
      const deletion = await parts.assets.remove(tenantOfRequest(request), request.body.id, DELETE_WAIT_MS)
      if (deletion === undefined) throw new AppError('ASSET_NOT_FOUND')
      const data = toDeletion(parts, deletion)
      return { code: 0 as const, msg: data.queued ? stateSentence('errand', languageOf(request.raw)) : 'ok', data }
    },
  })
}

const DELETE_DESCRIPTION =
  'The asset is gone with the answer. Each server that may have its bytes gets a task to remove them: done within two ' +
  'seconds where it is online, else `queued` until it is. Bytes that another asset, licence or waiting task needs stay.'

async function assetOfHash(parts: GatewayParts, tenant: string, body: unknown): Promise<NewAsset> {
  const parsed = assetOfHashSchema.safeParse(body)
  if (!parsed.success) {
    const [issue] = parsed.error.issues
    throw schemaError(issue?.path.map(String) ?? [], issue?.code ?? '')
  }
  const { kind, hash, ext, name } = parsed.data
  assertKind(kind, ext)
  const file = await parts.pool.find(tenant, hash)
  if (file === undefined) throw new AppError('INPUT_MISSING', { field: 'hash', data: { missing: hash } })
  // The caller's own ending is what engines are told.
  return { kind, name: name ?? hash, isNamed: name !== undefined, file: { ...file, ext } }
}

async function toAsset(parts: GatewayParts, asset: StoredAsset): Promise<Asset> {
  const { id, kind, name, file, createdMs, usedMs } = asset
  const stored = await parts.pool.peek(asset.tenant, file.md5)
  const endsMs = parts.assets.endsAtMs(asset)
  return {
    ...{ id, kind, name, hash: file.md5, sha256: file.sha256, ext: file.ext, size: file.size },
    created_at: createdMs / 1000,
    last_used_at: usedMs === null ? null : usedMs / 1000,
    days_left: endsMs === null ? null : Math.max(0, Math.ceil((endsMs - parts.clock.now()) / DAY_MS)),
    usable: stored?.sha256 === file.sha256,
  }
}

function toDeletion(parts: GatewayParts, { asset, isComplete, removals }: Deletion): AssetDeleteAnswer {
  const servers = new Map(parts.fleet.list().map(({ workerId, serverId }) => [workerId, serverId]))
  return {
    ...{ id: asset.id, deleted: true, queued: !isComplete },
    tasks: removals.map(({ worker, task }) => ({
      task_id: task?.id ?? null,
      server_id: servers.get(worker) ?? null,
      state: task?.state ?? null,
    })),
  }
}
