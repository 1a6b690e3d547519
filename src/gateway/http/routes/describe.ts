import { failureEnvelopeSchema } from '../../../protocol/http/index.ts'

/** Tags of the reference at /docs, with what each group is for. */
export const TAGS = [
  { name: 'tasks', description: 'Submit, follow, cancel and run again.' },
  { name: 'files', description: 'The file pool: ask what it has, upload, read.' },
  { name: 'gateway', description: 'State of the queue and the GPU servers.' },
  { name: 'workers', description: 'File transfer of a worker, opened by the capability in its job frame.' },
] as const

export type Tag = (typeof TAGS)[number]['name']

/** Every refusal of every route has this form; the codes and their sentences are the catalogue's. */
export const REFUSALS = { '4xx': failureEnvelopeSchema, '5xx': failureEnvelopeSchema } as const

const BEARER = [{ licence: [] }]
const CAPABILITY = [{ capability: [] }]

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
  return { tags: [tag], summary, description, security: tag === 'workers' ? CAPABILITY : BEARER }
}
