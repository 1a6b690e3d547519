import { WINDOWLESS } from '../../protocol/studio/index.ts'
import type { Connection, FileView, Preflight, Settings, StudioInfo, TaskRecord } from '../../protocol/studio/index.ts'

/** A fixed afternoon, so that texts with times are the same in every run. */
export const NOW_MS = new Date(2026, 4, 20, 14, 5, 0).getTime()

const hex = (seed: number): string => seed.toString(16).padStart(32, '0')

export const handleOf = (seed: number): string => `h_${hex(seed)}`

export const recordIdOf = (seed: number): string => `r_${hex(seed)}`

export function sampleFile(over: Partial<FileView> = {}): FileView {
  return {
    handle: handleOf(1),
    name: 'presenter.mp4',
    sizeBytes: 649_224,
    probe: {
      container: 'mp4',
      durationMs: 8_000,
      sizeBytes: 649_224,
      video: { codec: 'avc', width: 1280, height: 720, fps: 25, rotation: 0 },
      audio: { codec: 'aac', sampleRate: 48_000, channels: 2 },
    },
    error: null,
    mediaUrl: '/media/presenter.mp4',
    ...over,
  }
}

export function sampleVoice(over: Partial<FileView> = {}): FileView {
  return {
    handle: handleOf(2),
    name: 'welcome.wav',
    sizeBytes: 257_164,
    probe: {
      container: 'wav',
      durationMs: 8_034,
      sizeBytes: 257_164,
      audio: { codec: 'pcm', sampleRate: 16_000, channels: 1 },
    },
    error: null,
    mediaUrl: '/media/welcome.wav',
    ...over,
  }
}

export function samplePreflight(over: Partial<Preflight> = {}): Preflight {
  return {
    ok: true,
    problems: [],
    warnings: [],
    outputDurationMs: 8_034,
    upload: { avatar: 'needed', voice: 'needed', bytes: 906_388 },
    estimate: { seconds: 6, highSeconds: 9, basis: 'runs' },
    gpu: null,
    engine: { name: 'preview', lipSync: false, features: ['loop'] },
    ...over,
  }
}

export function sampleConnection(over: Partial<Connection> = {}): Connection {
  return {
    kind: 'embedded',
    state: 'online',
    host: '127.0.0.1:41237',
    gatewayVersion: '0.1.0',
    latencyMs: 1,
    gpu: {
      status: 'online',
      workers: 1,
      slots: 1,
      engines: [{ name: 'preview', version: '1.0', ready: true, features: ['loop'], lip_sync: false }],
    },
    queue: { queued: 0, running: 0 },
    error: null,
    ...over,
  }
}

export const sampleSettings = (over: Partial<Settings> = {}): Settings => ({
  language: 'en',
  theme: 'light',
  firstRunDone: true,
  uploadLimitBytesPerSecond: null,
  ...over,
})

export const sampleInfo = (over: Partial<StudioInfo> = {}): StudioInfo => ({
  version: '0.1.0',
  capabilities: WINDOWLESS,
  outputFolder: 'Videos/Digital Human Studio',
  ffmpeg: { found: true, version: '6.1', installCommand: null },
  ...over,
})

/** A finished video; every field can be replaced. */
export function sampleRecord(seed: number, over: Partial<TaskRecord> = {}): TaskRecord {
  const createdAtMs = NOW_MS - 20_000
  return {
    id: recordIdOf(seed),
    requestId: `req_${hex(seed).slice(-12)}`,
    taskId: `t_${hex(seed)}`,
    version: 1,
    name: `Video ${seed}`,
    phase: 'done',
    createdAtMs,
    endedAtMs: NOW_MS - 8_000,
    avatar: { name: 'presenter.mp4', sizeBytes: 649_224, durationMs: 8_000, available: true },
    voice: { name: 'welcome.wav', sizeBytes: 257_164, durationMs: 8_034, available: true },
    options: { loop: 'restart', superResolution: false, aiBadge: false, priority: 'normal' },
    progress: null,
    wait: null,
    timeline: sampleTimeline(createdAtMs),
    blocked: null,
    cancelling: false,
    error: null,
    output: {
      fileName: `Video ${seed}-preview.mp4`,
      sizeBytes: 1_204_113,
      durationMs: 8_040,
      width: 1280,
      height: 720,
      fps: 25,
      sha256: hex(seed) + hex(seed),
      missing: false,
      mediaUrl: '/media/presenter.mp4',
      posterUrl: '/media/presenter.jpg',
    },
    engine: 'preview',
    lipSync: false,
    serverId: 'GPU-001',
    retryOf: null,
    ...over,
  }
}

/** All steps done, one after the other. */
function sampleTimeline(startMs: number): TaskRecord['timeline'] {
  const steps = [
    ['hash', 120],
    ['upload', 640],
    ['wait', 900],
    ['inputs', 210],
    ['prepare', 300],
    ['synthesize', 7_400],
    ['encode', 1_200],
    ['store', 180],
    ['download', 260],
  ] as const
  let at = startMs
  return steps.map(([step, tookMs]) => {
    const startedAtMs = at
    at += tookMs
    return { step, startedAtMs, endedAtMs: at }
  })
}

/** A task that has reached `step` and is in it. */
export function activeRecord(
  seed: number,
  step: TaskRecord['timeline'][number]['step'],
  over: Partial<TaskRecord> = {},
): TaskRecord {
  const done = sampleTimeline(NOW_MS - 12_000)
  const index = done.findIndex((entry) => entry.step === step)
  const timeline = done.slice(0, index + 1).map((entry, at) => (at === index ? { ...entry, endedAtMs: null } : entry))
  return sampleRecord(seed, { phase: 'running', endedAtMs: null, output: null, timeline, ...over })
}
