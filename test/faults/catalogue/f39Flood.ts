import { z } from 'zod'
import { createAdminClient } from '../../../src/client/index.ts'
import { HTTP_ROUTES } from '../../../src/protocol/http/index.ts'
import { isTerminal, TASK_STATES } from '../../../src/protocol/task/index.ts'
import type { Violation } from '../auditor/evidence.ts'
import { found } from '../auditor/violations.ts'
import { bodyOf, jsonPost } from '../rig/client.ts'
import { voiceFile } from '../rig/fixtures.ts'
import { writeScript } from '../rig/taskScript.ts'
import type { World } from '../rig/world.ts'
import { pause } from './busyDay.ts'
import type { Inputs } from './busyDay.ts'
import type { FaultCase } from './fault.ts'

/** The first trial of a campaign is shorter, so that a commit can afford it. */
const FLOOD = { first: 10_000, later: 100_000 } as const
const IN_FLIGHT = 30
/** By setting, so that what was let in can also be run to its end. */
const QUEUED_PER_TENANT = 200
const MOST_WAIT_MS = 200
const OTHERS_SUBMITS = 50
const END_LIMIT_MS = 20_000

export const queueFlood: FaultCase = {
  id: 'F39',
  title: 'one tenant submits 100,000 tasks (10,000 in the first trial)',
  trials: { commit: 1, night: 3, release: 10 },
  sample: 0,
  async run(trial) {
    const limits = { queuedPerTenant: QUEUED_PER_TENANT }
    const world = await trial.openWorld({ overrides: { limits } })
    await world.gateway.start()
    const files = { voice: voiceFile(trial.random.bytes(32)), avatar: trial.random.bytes(4_000) }
    const inputs = await upload(world, world.credentials.licenseKey, files)
    const otherKey = await newTenant(world)
    await upload(world, otherKey, files)
    const total = trial.index === 0 ? FLOOD.first : FLOOD.later
    const isOver = new AbortController()
    const others = submitBeside(world, otherKey, inputs, isOver.signal)
    const outcomes = await flood(world, inputs, total).finally(() => {
      isOver.abort()
    })
    const waitsMs = await others
    await world.startWorker({ slots: 8 })
    await othersEnd(world, otherKey)
    return [...(await world.verify()), ...judge(outcomes, total), ...tooSlow(waitsMs)]
  },
}

function judge(outcomes: ReadonlyMap<string, number>, total: number): Violation[] {
  const isRight = outcomes.get('200') === QUEUED_PER_TENANT
  const refused = outcomes.get('429 QUEUE_FULL_TENANT') === total - QUEUED_PER_TENANT
  return isRight && refused ? [] : [found('I11', `the flood was answered ${JSON.stringify([...outcomes])}`)]
}

function tooSlow(waitsMs: readonly number[]): Violation[] {
  const sorted = waitsMs.toSorted((one, other) => one - other)
  const slow = sorted[Math.floor(sorted.length * 0.95)] ?? Infinity
  const text = `others waited ${slow.toFixed(0)} ms for a submit (p95 of ${String(sorted.length)})`
  return slow < MOST_WAIT_MS ? [] : [found('I14', text)]
}

async function newTenant(world: World): Promise<string> {
  const admin = createAdminClient({ baseUrl: world.gateway.url, token: world.credentials.adminToken, language: 'en' })
  return (await admin.keys.add({ name: 'another tenant', tenant: 'another' })).secret
}

interface Files {
  readonly voice: Buffer
  readonly avatar: Buffer
}

async function upload(world: World, key: string, { voice, avatar }: Files): Promise<Inputs> {
  const client = world.openClient(undefined, key)
  return { voice: await client.upload(voice, '.wav'), avatar: await client.upload(avatar, '.mp4') }
}

const failureSchema = z.object({ error: z.object({ code: z.string() }) })

/** How often which answer came. Not through the ledger: a hundred thousand refusals say nothing more than one. */
async function flood(world: World, inputs: Inputs, total: number): Promise<ReadonlyMap<string, number>> {
  const outcomes = new Map<string, number>()
  let sent = 0
  const lane = async (): Promise<void> => {
    while (sent < total) {
      sent += 1
      const answer = await submit(world, world.credentials.licenseKey, inputs, `flood-request-${String(sent)}`)
      const outcome = answer.status === 200 ? '200' : `${String(answer.status)} ${codeOf(answer.text)}`
      outcomes.set(outcome, (outcomes.get(outcome) ?? 0) + 1)
    }
  }
  await Promise.all(Array.from({ length: IN_FLIGHT }, lane))
  return outcomes
}

function codeOf(text: string): string {
  return failureSchema.parse(JSON.parse(text)).error.code
}

async function submit(
  world: World,
  key: string,
  inputs: Inputs,
  requestId: string,
): Promise<{ readonly status: number; readonly text: string }> {
  const body = bodyOf({ requestId, ...inputs, name: writeScript({ label: requestId, runMs: 1 }) })
  const init = jsonPost(body)
  const headers = { ...(init.headers as Record<string, string>), authorization: `Bearer ${key}` }
  const answer = await fetch(new URL(HTTP_ROUTES.submit, world.gateway.url), { ...init, headers })
  return { status: answer.status, text: await answer.text() }
}

/** What another tenant's submits take meanwhile, milliseconds. Throws when one is refused. */
async function submitBeside(world: World, key: string, inputs: Inputs, signal: AbortSignal): Promise<number[]> {
  const waitsMs: number[] = []
  while (!signal.aborted && waitsMs.length < OTHERS_SUBMITS) {
    const sentAt = performance.now()
    const { status, text } = await submit(world, key, inputs, `beside-request-${String(waitsMs.length)}`)
    if (status !== 200) throw new Error(`another tenant was refused: ${text.slice(0, 200)}`)
    waitsMs.push(performance.now() - sentAt)
    await pause(50)
  }
  return waitsMs
}

const listSchema = z.object({ data: z.object({ tasks: z.array(z.object({ state: z.enum(TASK_STATES) })) }) })

async function othersEnd(world: World, key: string): Promise<void> {
  const deadline = performance.now() + END_LIMIT_MS
  while (performance.now() < deadline) {
    const url = new URL(`${HTTP_ROUTES.tasks}?limit=200`, world.gateway.url)
    const answer = await fetch(url, { headers: { authorization: `Bearer ${key}` } })
    const { tasks } = listSchema.parse(await answer.json()).data
    if (tasks.every((task) => isTerminal(task.state))) return
    await pause(50)
  }
}
