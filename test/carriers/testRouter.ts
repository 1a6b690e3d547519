import { eventIterator, oc } from '@orpc/contract'
import type { ContractRouterClient } from '@orpc/contract'
import { implement } from '@orpc/server'
import type { AnyRouter } from '@orpc/server'
import { z } from 'zod'
import { appErrorSchema } from '../../src/protocol/studio/index.ts'
import { createEmitter } from '../../src/shared/index.ts'
import type { Emitter } from '../../src/shared/index.ts'

const call = oc.errors({ FAILED: { status: 422, data: appErrorSchema } })

/** A contract of the same make as the studio's: declared failures, one stream, schemas on both ways. */
const contract = {
  echo: call.input(z.object({ text: z.string() })).output(z.object({ text: z.string() })),
  refuse: call.output(z.void()),
  crash: call.output(z.void()),
  hang: call.output(z.void()),
  nested: { add: call.input(z.object({ a: z.number(), b: z.number() })).output(z.number()) },
  events: call.output(eventIterator(z.object({ count: z.int() }))),
}

export type TestClient = ContractRouterClient<typeof contract>

export const REFUSAL = {
  code: 'DISK_FULL',
  message: 'no room left',
  hint: 'make room',
  retryable: true,
  data: { path: '视频', bytes: 42 },
}

export interface Served {
  readonly router: AnyRouter
  readonly ticks: Emitter<number>
  /** Callers that hang in `hang` and have not gone away. */
  hanging: number
}

export function serveContract(): Served {
  const os = implement(contract)
  const ticks = createEmitter<number>()
  const served: Served = { router: {}, ticks, hanging: 0 }
  const router = os.router({
    echo: os.echo.handler(({ input }) => input),
    refuse: os.refuse.handler(({ errors }) => {
      throw errors.FAILED({ data: REFUSAL })
    }),
    crash: os.crash.handler(() => {
      throw new Error('secret detail of a bug')
    }),
    hang: os.hang.handler(async ({ signal }) => {
      served.hanging += 1
      await new Promise((resolve) => {
        signal?.addEventListener('abort', resolve)
      })
      served.hanging -= 1
    }),
    nested: { add: os.nested.add.handler(({ input }) => input.a + input.b) },
    events: os.events.handler(({ signal }) => streamTicks(ticks, signal)),
  })
  return Object.assign(served, { router })
}

async function* streamTicks(ticks: Emitter<number>, signal: AbortSignal | undefined) {
  const queue: number[] = []
  let wake: () => void = () => undefined
  const leave = ticks.on((count) => {
    queue.push(count)
    wake()
  })
  const onAbort = (): void => {
    wake()
  }
  signal?.addEventListener('abort', onAbort)
  try {
    while (signal?.aborted !== true) {
      const count = queue.shift()
      if (count !== undefined) yield { count }
      else await new Promise<void>((resolve) => (wake = resolve))
    }
  } finally {
    signal?.removeEventListener('abort', onAbort)
    leave()
  }
}

/** Each would be an unhandled rejection, and the end of the process, if the library saw it unchecked. */
export const GARBAGE: readonly string[] = [
  '',
  'not json',
  '{"i":',
  'null',
  '[]',
  '7',
  '{}',
  '{"i":"1"}',
  '{"i":"1","p":null}',
  '{"i":"1","p":{}}',
  '{"i":"1","p":{"u":7}}',
  '{"i":"1","p":{"u":"http://[broken"}}',
  '{"i":"1","p":{"u":"/%zz"}}',
  '{"i":"1","p":{"u":"/echo","h":7}}',
  '{"i":"1","p":{"u":"/echo","b":"x","m":"BREW"}}',
  '{"i":"1","p":{"u":"/__proto__/x","b":{}}}',
  '{"i":"1","p":{"u":"/echo","b":{"json":{},"meta":[[99,"a","b"]]}}}',
  '{"i":"1","t":3,"p":null}',
  '{"i":"1","t":4}',
  '{"i":"unknown","t":4,"p":{"reason":"x"}}',
  '{"i":"1","t":9,"p":{}}',
]
