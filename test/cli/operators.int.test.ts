import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createHash } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { z } from 'zod'
import {
  adminQueueSchema,
  adminServersAnswerSchema,
  adminTaskSchema,
  licenceKeySchema,
} from '../../src/protocol/admin/index.ts'
import type { AdminTask } from '../../src/protocol/admin/index.ts'
import { submitAnswerSchema, successEnvelope } from '../../src/protocol/http/index.ts'
import { dhs, isEvent, killAll } from './dhs.ts'
import { operate as operateOn } from './operate.ts'
import type { OperateEnd } from './operate.ts'
import { startGateway, startWorker } from './servers.ts'
import type { GatewayRun } from './servers.ts'

let dir: string
let gateway: GatewayRun

beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'dhs-operators-'))
  gateway = await startGateway(join(dir, 'gateway'))
})

afterAll(async () => {
  await killAll()
  await rm(dir, { recursive: true })
})

/** Runs a command as the operator of this machine's gateway. */
function operate(words: string, env: Readonly<Record<string, string>> = {}): Promise<OperateEnd> {
  return operateOn([...words.split(' '), '--gateway', gateway.url, '--data', gateway.dataDir], env)
}

async function told<T>(words: string, schema: z.ZodType<T>): Promise<T> {
  const end = await operate(`${words} --json`)
  expect([end.code, end.stderr]).toEqual([0, ''])
  return schema.parse(end.last)
}

const tasksSchema = z.object({ tasks: z.array(adminTaskSchema), cursor: z.string().nullable() })
const taskSchema = z.object({ task: adminTaskSchema })

/** Puts two files into the pool and submits a task; nothing here ever looks inside. */
async function submit(key = gateway.licenseKey, name = 'a video'): Promise<string> {
  const headers = { authorization: `Bearer ${key}` }
  const upload = async (content: string, ext: string): Promise<string> => {
    const hash = createHash('md5').update(content).digest('hex')
    const form = new FormData()
    for (const [field, value] of Object.entries({ hash, ext })) form.set(field, value)
    form.set('file', new Blob([content]), `file${ext}`)
    await fetch(`${gateway.url}/api/heygem/upload_file`, { method: 'POST', headers, body: form })
    return hash
  }
  const body = {
    ...{ video_hash: await upload('video', '.mp4'), video_ext: '.mp4' },
    ...{ audio_hash: await upload('voice', '.wav'), audio_ext: '.wav', options: { name } },
  }
  const answer = await fetch(`${gateway.url}/api/heygem/task/submit`, {
    ...{ method: 'POST', body: JSON.stringify(body) },
    headers: { ...headers, 'content-type': 'application/json' },
  })
  return successEnvelope(submitAnswerSchema).parse(await answer.json()).data.task_id
}

async function taskNow(id: string): Promise<AdminTask> {
  return (await told(`tasks show ${id}`, taskSchema)).task
}

describe('dhs tasks', () => {
  it('lists, shows, moves, cancels and runs again, also by the beginning of an id', async () => {
    const [first, second] = [await submit(), await submit()]
    const listed = await told('tasks list --state queued', tasksSchema)
    expect(listed.tasks.map(({ task_id }) => task_id)).toEqual([second, first])
    const page = await told('tasks list --limit 1', tasksSchema)
    expect(page.cursor).toBe(second)
    expect((await told(`tasks list --cursor ${String(page.cursor)}`, tasksSchema)).tasks.at(0)?.task_id).toBe(first)

    const short = second.slice(2, 24)
    expect((await told(`tasks front ${short}`, taskSchema)).task).toMatchObject({ task_id: second, position: 1 })
    expect((await told(`tasks priority ${short} batch`, taskSchema)).task).toMatchObject({ priority: 'batch' })
    expect((await told(`tasks cancel t_${short}`, taskSchema)).task).toMatchObject({ state: 'cancelled' })
    const again = (await told(`tasks retry ${short}`, taskSchema)).task
    expect(again).toMatchObject({ retry_of: second, state: 'queued', tenant: listed.tasks[0]?.tenant })
    expect((await told(`tasks retry ${short}`, taskSchema)).task.task_id).toBe(again.task_id)
    const more = (await told(`tasks retry ${short} --again`, taskSchema)).task
    expect([more.retry_of, more.task_id === again.task_id]).toEqual([second, false])
    await operate(`tasks cancel ${again.task_id}`)
    expect((await operate(`tasks retry ${short}`)).stdout).toContain(
      `as ${again.task_id} (cancelled). Once more: add --again`,
    )

    const text = await operate('tasks list')
    const line = text.stdout.split('\n').find((one) => one.startsWith(first.slice(0, 14)))
    expect(text.stdout.split('\n')[0]).toMatch(/^ID +STATE +TENANT +CLASS +CREATED +SERVER +MESSAGE$/)
    expect(line).toMatch(/ queued +t-[0-9a-f]{16} +normal +\d+ sec\. ago +– {3}/)
    for (const id of [first, more.task_id]) await operate(`tasks cancel ${id}`)
  })

  it('says what it does not find, or cannot do', async () => {
    const id = await submit()
    await operate(`tasks cancel ${id}`)
    const refused = async (words: string): Promise<unknown[]> => {
      const end = await operate(`${words} --json`)
      return [end.code, end.last?.['code']]
    }
    expect(await refused(`tasks cancel ${id}`)).toEqual([0, undefined])
    expect(await refused(`tasks front ${id}`)).toEqual([1, 'NOT_QUEUED'])
    expect(await refused('tasks show 0000000000')).toEqual([1, 'TASK_NOT_FOUND'])
    expect(await refused('tasks show x')).toEqual([1, 'ID_FORMAT'])
    expect(await refused('tasks show')).toEqual([2, 'USAGE'])
    expect(await refused('tasks list --state sleeping')).toEqual([2, 'USAGE'])
    expect(await refused(`tasks priority ${id} urgent`)).toEqual([2, 'USAGE'])
    expect((await operate('tasks dead')).stdout).toBe('No dead letters.\n')
    expect((await operate('tasks dead', { LC_ALL: 'zh_CN.UTF-8' })).stdout).toBe('没有死信任务。\n')
  })
})

describe('dhs queue', () => {
  it('is paused and resumed, and tells what waits', async () => {
    const before = (await told('queue stats', z.object({ queue: adminQueueSchema }))).queue
    const id = await submit()
    const paused = (await told('queue pause', z.object({ queue: adminQueueSchema }))).queue
    expect([paused.paused, paused.by_state.queued]).toEqual([true, before.by_state.queued + 1])
    expect((await operate('queue stats')).stdout).toMatch(/^Paused: .*\n1 waiting \(interactive 0, normal 1, batch 0\)/)
    expect((await told('queue resume', z.object({ queue: adminQueueSchema }))).queue.paused).toBe(false)
    await operate(`tasks cancel ${id}`)
  })
})

describe('dhs keys', () => {
  it('are made, open a tenant, and are revoked', async () => {
    const made = await operate('keys add --name Ann --tenant acme')
    const [sentence, secret = ''] = made.stdout.split('\n')
    expect(sentence).toMatch(/^Licence key k_[0-9a-f]{12} of Ann \(tenant acme\)\./)
    expect(secret).toMatch(/^lk_[0-9a-f]{64}$/)
    expect(made.stdout).toContain('That tenant is new')
    expect((await operate('keys add --name Bob --tenant acme')).stdout).not.toContain('new')
    expect((await operate('keys add --name Eve --tenant ../acme')).stderr).toContain('“../acme” cannot be the name')
    const id = await submit(secret)
    expect(await taskNow(id)).toMatchObject({ tenant: 'acme' })
    const keysSchema = z.object({ keys: z.array(licenceKeySchema) })
    const [file, ann] = (await told('keys list', keysSchema)).keys
    expect([file?.source, ann?.name, ann?.last_used_day]).toEqual([
      'file',
      'Ann',
      new Date().toISOString().slice(0, 10),
    ])
    const keyId = ann?.key_id ?? ''
    expect((await operate(`keys revoke ${keyId.slice(2, 8)}`)).stdout).toBe(
      `${keyId} opens nothing any more; its connections are closed.\n`,
    )
    const answer = await fetch(`${gateway.url}/api/heygem/tasks`, { headers: { authorization: `Bearer ${secret}` } })
    expect(answer.status).toBe(401)
    const list = await operate('keys list')
    expect(list.stdout).toMatch(new RegExp(`${keyId} +acme +Ann .*revoked`))
    expect(list.stdout).not.toContain(secret)
    const ofFile = await operate('keys revoke k_file --json')
    expect([ofFile.code, ofFile.last?.['code']]).toEqual([1, 'KEY_OF_THE_FILE'])
    await operate(`tasks cancel ${id}`)
  })
})

describe('dhs settings', () => {
  it('are shown and changed, and refused when they make no sense', async () => {
    expect((await operate('settings set strategy least-busy')).stdout).toBe('strategy: round-robin → least-busy\n')
    expect((await operate('settings set queued_ttl_hours=none')).stdout).toBe('queued_ttl_hours: 24 → none\n')
    expect((await operate('settings show')).stdout).toMatch(/^strategy +least-busy$/m)
    for (const words of [
      'settings set strategy fastest',
      'settings set max_threshold 0',
      'settings set colour red',
      'settings set strategy',
    ]) {
      expect([(await operate(words)).code, words]).toEqual([2, words])
    }
    const apart = await operate('settings set min_threshold 64 --json')
    expect([apart.code, apart.last?.['code']]).toEqual([1, 'THRESHOLDS_APART'])
    expect(apart.last?.['message']).toContain('min_threshold 64, default_threshold 12, max_threshold 12')
    await operate('settings set strategy round-robin')
  })
})

describe('dhs audit', () => {
  it('tells what was changed, by whom, and who was refused', async () => {
    await operate('settings set recovery_interval 90')
    await operateOn(['queue', 'pause', '--gateway', gateway.url], { DHS_ADMIN_TOKEN: gateway.licenseKey })
    const changed = (await operate('audit --limit 1')).stdout.split('\n')
    expect(changed[0]).toMatch(/^WHEN +WHO +FROM +CALL +RESULT +WHAT$/)
    expect(changed[1]).toMatch(/ admin +127\.0\.0\.1 +PATCH \/api\/admin\/settings +200 +recovery_interval: 60 → 90$/)
    expect(changed[2]).toMatch(/^More: add --cursor \d+$/)
    const refused = await operate('audit --kind refused --limit 1')
    expect(refused.stdout).toMatch(/ tenant:t-[0-9a-f]{16} +127\.0\.0\.1 +POST \/api\/admin\/queue\/pause +FORBIDDEN/)
    expect((await operate('audit --kind all --limit 3 --json')).last?.['entries']).toHaveLength(3)
    expect((await operate('audit --kind some')).code).toBe(2)
  })
})

describe('dhs servers', () => {
  it('tells a server that is drained from one that is away, and why', async () => {
    expect((await operate('servers list')).stdout).toBe(
      'No GPU server is known: none has connected yet, or all were removed.\n',
    )
    const worker = await startWorker(gateway, join(dir, 'worker'))
    const list = async () => (await told('servers list', adminServersAnswerSchema)).servers[0]
    expect(await list()).toMatchObject({ server_id: 'GPU-001', state: 'online', drained: false, reasons: [] })
    expect((await operate('servers drain gpu-1')).stdout).toBe('GPU-001 takes nothing new.\n')
    expect(await list()).toMatchObject({ drained: true })
    expect((await operate('servers list')).stdout).toMatch(/↳ Drained by an operator \(\d+ sec\. ago\)/)
    expect((await operate('servers remove 1 --json')).last).toMatchObject({ code: 'SERVER_CONNECTED' })
    expect((await operate('servers resume 001')).stdout).toBe('GPU-001 takes tasks again.\n')
    await worker.kill()
    await vi.waitFor(async () => {
      expect(await list()).toMatchObject({ state: 'offline' })
    })
    const away = await operate('servers show GPU-001')
    expect(away.stdout).toContain('Resumed by an operator')
    const nowhere = await operate('servers drain GPU-009 --json')
    expect([nowhere.code, nowhere.last?.['code']]).toEqual([1, 'SERVER_NOT_FOUND'])
    expect((await operate('servers remove 1')).stdout).toBe('GPU-001 is forgotten.\n')
    expect((await operate('servers power')).stdout).toMatch(/^Power hook: none; GPU servers: \w+\.\n$/)
    const power = await operate('servers power on --json')
    expect([power.code, power.last?.['code']]).toEqual([1, 'NO_POWER_HOOK'])
  })
})

describe('dhs servers power', () => {
  it('runs the hook of the gateway’s own command line, and says how it went', async () => {
    const hook = join(dir, 'gpu-power')
    await writeFile(hook, '#!/bin/sh\necho "$DHS_POWER_ACTION for $DHS_SERVER_ID"\n[ "$DHS_POWER_ACTION" = on ]\n')
    await chmod(hook, 0o755)
    const dataDir = join(dir, 'powered')
    const run = dhs(['gateway', '--port', '0', '--data', dataDir, '--power-command', hook, '--json'])
    const { url } = z.looseObject({ url: z.string() }).parse(await run.until(isEvent('ready')))
    const power = (...words: readonly string[]) =>
      operateOn(['servers', 'power', ...words, '--gateway', url, '--data', dataDir])
    expect(await power('on')).toMatchObject({ code: 0, stdout: 'The power hook turned it on: on for\n' })
    expect(await power('off')).toMatchObject({ code: 1, stdout: 'The power hook failed: exit code 1: off for\n' })
    expect((await power()).stdout).toMatch(
      /^Power hook: set; .*\nWHEN .*\n.* off .* operator +failed .*\n.* on .* operator +done /,
    )
    expect((await power('sideways')).code).toBe(2)
    await run.kill()
  })
})

describe('dhs itself', () => {
  it('knows these commands, and ends with their code', async () => {
    const { args, env } = { args: ['--gateway', gateway.url], env: { DHS_ADMIN_TOKEN: gateway.adminToken } }
    const fine = await dhs(['queue', 'stats', '--json', ...args], { env }).ended
    expect([fine.code, fine.last?.event]).toEqual([0, 'queue'])
    const refused = await dhs(['tasks', 'show', '00000000', ...args], { env: { ...env, LC_ALL: 'zh_CN.UTF-8' } }).ended
    expect([refused.code, refused.stderr]).toEqual([1, expect.stringContaining('网关上没有这个任务。')])
  })
})

describe('where to, and with what', () => {
  const run = (args: readonly string[], env: Readonly<Record<string, string>> = {}): Promise<OperateEnd> =>
    operateOn(['queue', 'stats', ...args], env)

  it('takes the token from a file or the environment, and none on the command line', async () => {
    const file = join(dir, 'admin.token')
    await writeFile(file, `${gateway.adminToken}\n`)
    expect((await run(['--gateway', gateway.url, '--token-file', file])).code).toBe(0)
    expect((await run(['--gateway', gateway.url], { DHS_ADMIN_TOKEN: gateway.adminToken })).code).toBe(0)
    expect((await run(['--gateway', gateway.url, '--token', gateway.adminToken])).code).toBe(2)
    const surroundings = { env: { XDG_DATA_HOME: join(dir, 'nowhere'), HOME: dir } }
    const none = await dhs(['queue', 'stats', '--gateway', gateway.url], surroundings).ended
    expect([none.code, none.stderr]).toEqual([2, expect.stringContaining('the admin token is missing')])
  })

  it('says that the gateway is away, that the token is wrong, and that a key is no token', async () => {
    const away = await run(['--gateway', 'http://127.0.0.1:9'], { DHS_ADMIN_TOKEN: gateway.adminToken })
    expect([away.code, away.stderr]).toEqual([1, expect.stringContaining('127.0.0.1:9 does not answer')])
    const wrong = await run(['--gateway', gateway.url], { DHS_ADMIN_TOKEN: gateway.workerSecret })
    expect([wrong.code, wrong.stderr]).toEqual([1, expect.stringContaining('The admin token was not accepted.')])
    const key = await run(['--gateway', gateway.url], { DHS_ADMIN_TOKEN: gateway.licenseKey })
    expect([key.code, key.stderr]).toEqual([1, expect.stringContaining('This key does not open that.')])
    const plain = await run(['--gateway', 'http://gpu.example:9501'], { DHS_ADMIN_TOKEN: gateway.adminToken })
    expect([plain.code, plain.stdout]).toEqual([1, ''])
  })

  it('helps with each group and each of its commands', async () => {
    const groups = ['tasks', 'servers', 'queue', 'keys', 'settings']
    const helped = await Promise.all(groups.map((group) => operateOn([group, '--help'])))
    expect(helped.map(({ code, stdout }) => [code, stdout.startsWith('Usage: dhs ')])).toEqual(
      groups.map(() => [0, true]),
    )
    expect((await operateOn(['servers'])).code).toBe(2)
    const unknown = await operateOn(['tasks', 'eat'])
    expect([unknown.code, unknown.stderr]).toEqual([2, expect.stringContaining('dhs tasks: there is no "eat"')])
    expect((await operateOn(['help', 'tasks', 'retry'])).stdout).toMatch(
      /^Usage: dhs tasks retry ID \[--again\] \[--gateway URL\]/,
    )
  })
})
