import { failureEnvelopeSchema } from '../../../protocol/http/index.ts'

/** Tags of the reference at /docs, with what each group is for. */
export const TAGS = [
  { name: 'tasks', description: 'Submit, follow, cancel and run again.' },
  { name: 'files', description: 'The file pool: ask what it has, upload, read.' },
  { name: 'assets', description: 'Voices and avatars that are kept under a name.' },
  { name: 'gateway', description: 'State of the queue and the GPU servers.' },
  { name: 'operators', description: 'Servers, tasks of all tenants, keys, settings; with the admin token only.' },
  { name: 'workers', description: 'File transfer of a worker, opened by the capability in its job frame.' },
] as const

export type Tag = (typeof TAGS)[number]['name']

/** Every refusal of every route has this form; the codes and their sentences are the catalogue's. */
export const REFUSALS = { '4xx': failureEnvelopeSchema, '5xx': failureEnvelopeSchema } as const

const BEARER = [{ licence: [] }]
const CAPABILITY = [{ capability: [] }]
const ADMIN = [{ admin: [] }]

export function about(
  tag: Tag,
  summary: string,
  description: string,
): {
  tags: string[]
  summary: string
  description: string
  security: Record<string, string[]>[]
} {
  return { tags: [tag], summary, description, security: securityOf(tag) }
}

function securityOf(tag: Tag): Record<string, string[]>[] {
  if (tag === 'operators') return ADMIN
  return tag === 'workers' ? CAPABILITY : BEARER
}
