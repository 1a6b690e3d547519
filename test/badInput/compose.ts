import { readdir } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { expect } from 'vitest'
import { dhs } from '../cli/dhs.ts'
import type { Dhs, DhsEnd, DhsOptions } from '../cli/dhs.ts'
import type { GatewayRun } from '../cli/servers.ts'
import { AVATAR, VOICE } from './files.ts'

export interface ComposeArgs extends DhsOptions {
  readonly video?: string
  readonly audio?: string
  readonly out: string
  readonly more?: readonly string[]
  /** The gateway to use; one of its own otherwise. */
  readonly gateway?: GatewayRun
}

export function compose({ video = AVATAR, audio = VOICE, out, more = [], gateway, ...options }: ComposeArgs): Dhs {
  const files = ['--video', video, '--audio', audio, '--out', out]
  return dhs(['compose', ...files, '--json', ...more, ...(gateway?.client.args ?? [])], {
    ...options,
    env: { ...gateway?.client.env, ...options.env },
  })
}

/** A refusal as a person must get it: what, what to do, and nothing of ours; and nothing left where they work. */
export async function expectRefusal(
  end: DhsEnd,
  expected: {
    readonly code: string | RegExp
    readonly mentions?: string
    readonly out?: string
    readonly exit?: number
  },
): Promise<void> {
  expect({ exit: end.code, last: end.last, stderr: end.stderr }).toMatchObject({
    exit: expected.exit ?? 1,
    last: { event: 'error', code: expect.stringMatching(expected.code) as string },
  })
  const { message, hint } = end.last as { message?: unknown; hint?: unknown }
  const text = `${String(message)} ${String(hint)}`
  expect(text).toMatch(/^\S.+[.:)\w] \S.+$/s)
  expect(text).not.toMatch(/–|\{\w+\}|undefined|\n\s+at |ENOENT|EACCES|node:/)
  expect(text).not.toMatch(/(?:^|[\s“"(])\/(?:tmp|root|home|work|var)\//)
  if (expected.mentions !== undefined) expect(text).toContain(expected.mentions)
  if (expected.out !== undefined) expect(await leftBeside(expected.out)).toEqual([])
}

/** What of ours lies in the folder of an output. */
export async function leftBeside(out: string): Promise<string[]> {
  const names = await readdir(dirname(out))
  return names.filter((name) => name === basename(out) || /\.part$|\.tmp|^\.dhs/.test(name))
}

/** Unfinished files of a gateway's pool. */
export function leftInPool(dataDir: string): Promise<string[]> {
  return readdir(join(dataDir, 'pool', '.tmp'))
}
