import { describe, expect, it } from 'vitest'
import type { ChildExit, ChildHandle, SpawnAdapter } from './spawnAdapter.ts'

/**
 * What every adapter must do, run by the tests of each. The child under `spawnEcho` must answer every message with
 * `{ echo: message }`, exit with 3 on `{ exit: 3 }`, and ignore SIGTERM after `{ ignoreTerm: true }`.
 */
export interface SpawnAdapterSubject {
  readonly name: string
  readonly spawnEcho: () => SpawnAdapter
  /** An adapter whose child cannot be started. */
  readonly spawnMissing: () => SpawnAdapter
}

export function describeSpawnAdapter(subject: SpawnAdapterSubject): void {
  describe(`spawn adapter: ${subject.name}`, () => {
    it('delivers messages sent before the child is up, in order, with structured values', async () => {
      const child = subject.spawnEcho().spawn()
      const echoes = collect(child, 2)
      const exit = exitOf(child)
      child.send({ first: new Map([['key', 1n]]) })
      child.send({ second: new Uint8Array([1, 2, 3]) })
      expect(await echoes).toEqual([
        { echo: { first: new Map([['key', 1n]]) } },
        { echo: { second: new Uint8Array([1, 2, 3]) } },
      ])
      child.kill('SIGKILL')
      await exit
    })

    it('reports an exit once, with its code', async () => {
      const child = subject.spawnEcho().spawn()
      const exits: ChildExit[] = []
      const exit = new Promise<void>((resolve) => {
        child.onExit((ended) => {
          exits.push(ended)
          resolve()
        })
      })
      child.send({ exit: 3 })
      await exit
      child.kill('SIGKILL')
      child.send({ afterTheEnd: true })
      expect(exits).toEqual([{ code: 3, signal: null }])
    })

    it('kills a child that does not listen to SIGTERM', async () => {
      const child = subject.spawnEcho().spawn()
      const exit = exitOf(child)
      const echoes = collect(child, 1)
      child.send({ ignoreTerm: true })
      await echoes
      child.kill('SIGTERM')
      child.kill('SIGKILL')
      expect(await exit).toEqual({ code: null, signal: 'SIGKILL' })
    })

    it('reports a child that cannot be started as an exit', async () => {
      const exit = await exitOf(subject.spawnMissing().spawn())
      expect(exit.code).not.toBe(0)
    })
  })
}

function exitOf(child: ChildHandle): Promise<ChildExit> {
  return new Promise((resolve) => {
    child.onExit(resolve)
  })
}

function collect(child: ChildHandle, count: number): Promise<unknown[]> {
  return new Promise((resolve) => {
    const received: unknown[] = []
    child.onMessage((message) => {
      received.push(message)
      if (received.length === count) resolve(received)
    })
  })
}
