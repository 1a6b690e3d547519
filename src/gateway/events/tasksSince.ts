import type { Language } from '../../protocol/errors/index.ts'
import type { SinceAnswer } from '../../protocol/events/index.ts'
import { sinceRequestSchema } from '../../protocol/events/index.ts'
import { AppError } from '../../shared/index.ts'
import type { GatewayParts } from '../parts.ts'

const DEFAULT_LIMIT = 200

/** What a tenant missed after a cursor. Throws SCHEMA for a request of another form. */
export async function tasksSince(
  parts: Pick<GatewayParts, 'queue' | 'views'>,
  tenant: string,
  language: Language,
  request: unknown,
): Promise<SinceAnswer> {
  const parsed = sinceRequestSchema.safeParse(request)
  if (!parsed.success) {
    const field = parsed.error.issues[0]?.path.join('.') ?? ''
    throw new AppError('SCHEMA', field === '' ? {} : { field })
  }
  const page = await parts.queue.since(tenant, parsed.data.cursor, parsed.data.limit ?? DEFAULT_LIMIT)
  const events: SinceAnswer['events'] = []
  for (const event of page.events) {
    events.push({ ...event, task: await parts.views.of(event.task, language) })
  }
  return { events, cursor: page.cursor, more: page.more, reset: page.reset }
}
