import { describe, expect, it } from 'vitest'
import type { StudioEvent } from '../../protocol/studio/index.ts'
import { createEmitter } from '../../shared/index.ts'
import { streamEvents } from './eventStream.ts'

const removed = (n: number): StudioEvent => ({ kind: 'record.removed', id: `r_${String(n).padStart(32, '0')}` })

describe('streamEvents', () => {
  const open = () => {
    const emitter = createEmitter<StudioEvent>()
    const leaving = new AbortController()
    const stream = streamEvents((listener) => emitter.on(listener), leaving.signal)
    return { emitter, leaving, stream }
  }
  const take = async (stream: AsyncGenerator<StudioEvent, void>, count: number): Promise<unknown[]> => {
    const taken: unknown[] = []
    while (taken.length < count) taken.push((await stream.next()).value)
    return taken
  }

  it('begins with resync and misses nothing while it is read slowly', async () => {
    const { emitter, stream } = open()
    expect(await take(stream, 1)).toEqual([{ kind: 'resync' }])
    emitter.emit(removed(1))
    emitter.emit(removed(2))
    expect(await take(stream, 2)).toEqual([removed(1), removed(2)])
  })

  it('gives a resync instead of a flood', async () => {
    const { emitter, stream } = open()
    await take(stream, 1)
    for (let n = 0; n < 1_001; n++) emitter.emit(removed(n))
    emitter.emit(removed(2_000))
    expect(await take(stream, 2)).toEqual([{ kind: 'resync' }, removed(2_000)])
  })

  it('ends and leaves when it is aborted while it waits', async () => {
    const { emitter, leaving, stream } = open()
    await take(stream, 1)
    const waiting = stream.next()
    leaving.abort()
    expect(await waiting).toEqual({ done: true, value: undefined })
    expect(emitter.listenerCount).toBe(0)
  })
})
