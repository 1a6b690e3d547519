import { describe, expect, it, vi } from 'vitest'
import type { GatewayBench } from '../testing/gatewayBench.ts'
import { openBenches } from '../testing/openBenches.ts'
import { refOf } from '../testing/scriptedWorker.ts'
import { OUTPUT, resultFrame, submit, tusUpload } from '../testing/taskCalls.ts'

const { bench, worker } = openBenches()

/** `name{labels}` → value, as Prometheus would read it. */
async function scrape(at: GatewayBench): Promise<ReadonlyMap<string, number>> {
  const answer = await at.call('/metrics', { key: at.metricsToken })
  expect([answer.status, answer.headers.get('content-type')]).toEqual([200, 'text/plain; version=0.0.4; charset=utf-8'])
  const lines = answer.bytes.toString().split('\n')
  const samples = lines.filter((line) => line !== '' && !line.startsWith('#'))
  return new Map(samples.map((line) => [line.slice(0, line.lastIndexOf(' ')), Number(line.split(' ').at(-1))]))
}

const named = (samples: ReadonlyMap<string, number>, ...names: string[]): Record<string, number | undefined> =>
  Object.fromEntries(names.map((name) => [name, samples.get(name)]))

describe('/metrics', () => {
  it('is for the metrics token and the admin token, and for nobody else', async () => {
    const at = await bench()
    const statusOf = async (key: string | null, path = '/metrics'): Promise<number> =>
      (await at.call(path, { key })).status
    expect(await statusOf(at.metricsToken)).toBe(200)
    expect(await statusOf(at.adminToken)).toBe(200)
    expect(await statusOf(null)).toBe(401)
    expect(await statusOf('wrong')).toBe(401)
    expect(await statusOf(at.licenseKey)).toBe(403)
    // And it opens nothing but that.
    expect(await statusOf(at.metricsToken, '/api/admin/servers')).toBe(403)
    expect(await statusOf(at.metricsToken, '/api/heygem/tasks')).toBe(401)
  })

  it('tells of a task from its submit to its end, and of the server that ran it', async () => {
    const at = await bench()
    await submit(at, { request_id: 'first-task' })
    await submit(at, { request_id: 'first-task' })
    const waiting = await scrape(at)
    expect(
      named(waiting, 'dhs_tasks{state="queued"}', 'dhs_submits_total', 'dhs_submits_repeated_total', 'dhs_leases_live'),
    ).toEqual({
      'dhs_tasks{state="queued"}': 1,
      dhs_submits_total: 1,
      dhs_submits_repeated_total: 1,
      dhs_leases_live: 0,
    })
    expect(waiting.get('dhs_queue_oldest_wait_seconds')).toBeGreaterThan(0)
    expect(waiting.get('dhs_queue_tasks{class="normal"}')).toBe(1)

    const gpu = await worker(at, { slots: 2 })
    const job = await gpu.nextJob()
    gpu.send({ type: 'gpu.job.accept', ...refOf(job) })
    gpu.send({
      ...{ type: 'gpu.heartbeat', tasks: [{ ...refOf(job), stage: 'synthesize', progress: 10 }] },
      load: {
        ...{ cpu: 0.25, mem_used: 1_000 },
        gpus: [{ name: 'Test "GPU"', util: 0.5, mem_used: 2_000, mem_total: 4_000, temp: null }],
      },
    })
    await gpu.next('gpu.heartbeat.ack')
    const running = await scrape(at)
    const gpuLabels = '{server="GPU-001",gpu="0",name="Test \\"GPU\\""}'
    const expected = {
      'dhs_servers{state="online"}': 1,
      'dhs_server_up{server="GPU-001"}': 1,
      'dhs_server_cpu_ratio{server="GPU-001"}': 0.25,
      'dhs_server_slots{server="GPU-001"}': 2,
      'dhs_server_limit{server="GPU-001"}': 2,
      'dhs_server_held{server="GPU-001"}': 1,
      [`dhs_gpu_utilization_ratio${gpuLabels}`]: 0.5,
      [`dhs_gpu_memory_used_bytes${gpuLabels}`]: 2_000,
      [`dhs_gpu_temperature_celsius${gpuLabels}`]: undefined,
      dhs_leases_live: 1,
      dhs_leases_total: 1,
      dhs_task_wait_seconds_count: 1,
    }
    expect(named(running, ...Object.keys(expected))).toEqual(expected)

    await tusUpload(at, job.upload_url, OUTPUT, job)
    gpu.send({ ...resultFrame(refOf(job), OUTPUT), engine: 'preview' })
    await gpu.next('gpu.job.result.ack')
    const ended = await scrape(at)
    const after = {
      'dhs_tasks_finished_total{state="succeeded"}': 1,
      'dhs_task_run_seconds_count{engine="preview"}': 1,
      'dhs_tasks{state="succeeded"}': 1,
      dhs_leases_live: 0,
      dhs_pool_files: 3,
    }
    expect(named(ended, ...Object.keys(after))).toEqual(after)
    await gpu.cut()
    await vi.waitFor(async () => {
      const samples = await scrape(at)
      expect(named(samples, 'dhs_server_up{server="GPU-001"}', 'dhs_server_cpu_ratio{server="GPU-001"}')).toEqual({
        'dhs_server_up{server="GPU-001"}': 0,
        'dhs_server_cpu_ratio{server="GPU-001"}': undefined,
      })
    })
  })

  it('tells what was refused, how long answers took, and how this process is', async () => {
    const at = await bench()
    await at.call('/api/heygem/tasks', { key: 'wrong' })
    await at.call('/api/heygem/tasks', { headers: { origin: 'https://evil.example' } })
    const samples = await scrape(at)
    const route = 'route="/api/heygem/tasks"'
    expect(samples.get('dhs_refusals_total{door="http",code="AUTH_INVALID"}')).toBe(1)
    expect(samples.get('dhs_refusals_total{door="http",code="ORIGIN_NOT_ALLOWED"}')).toBe(1)
    expect(samples.get(`dhs_http_requests_total{method="GET",${route},status="401"}`)).toBe(1)
    expect(samples.get(`dhs_http_request_seconds_count{${route}}`)).toBe(1)
    for (const name of ['process_resident_memory_bytes', 'process_cpu_seconds_total', 'dhs_disk_free_bytes']) {
      expect([name, samples.get(name)]).toEqual([name, expect.closeTo(samples.get(name) ?? NaN)])
      expect(samples.get(name)).toBeGreaterThan(0)
    }
    expect(samples.get('dhs_database_bytes{file="gateway.db"}')).toBeGreaterThan(0)
    expect(samples.get('dhs_event_loop_delay_seconds{quantile="0.99"}')).toBeGreaterThanOrEqual(0)
    expect(samples.get('dhs_build_info{version="0.0.0-test"}')).toBe(1)
  })

  it('names tenants only when asked', async () => {
    const quiet = await bench()
    await submit(quiet)
    const text = (await quiet.call('/metrics', { key: quiet.metricsToken })).bytes.toString()
    expect(text).not.toMatch(/tenant=/)
    const asked = await bench({ metricsTenants: 1 })
    await submit(asked)
    const tenants = [...(await scrape(asked)).keys()].filter((name) => name.startsWith('dhs_tenant_tasks'))
    expect(tenants).toHaveLength(2)
  })

  it('has names and help as Prometheus wants them', async () => {
    const at = await bench()
    const lines = (await at.call('/metrics', { key: at.metricsToken })).bytes.toString().split('\n')
    const types = lines.filter((line) => line.startsWith('# TYPE ')).map((line) => line.split(' ').slice(2))
    expect(types.length).toBeGreaterThan(40)
    expect(new Set(types.map(([name]) => name)).size).toBe(types.length)
    for (const [name = '', type] of types) {
      expect([name, /^(?:dhs|process|nodejs)_[a-z_]+$/.test(name)]).toEqual([name, true])
      if (type === 'counter') expect(name).toMatch(/_total$/)
      expect(lines.some((line) => line.startsWith(`# HELP ${name} `))).toBe(true)
    }
  })
})
