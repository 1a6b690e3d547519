/** What a trial's task tells the engine to do, written into the task's name. */
export interface TaskScript {
  readonly label: string
  /** How long a run takes, real milliseconds. */
  readonly runMs: number
  /** So many leases fail first. */
  readonly fails: number
  readonly failCode: string
  /** The worker's process dies of it. */
  readonly isPoison: boolean
  /** Never ends, while heartbeats go on. */
  readonly hangs: boolean
}

const DEFAULTS: TaskScript = {
  label: 'task',
  runMs: 20,
  fails: 0,
  failCode: 'ENGINE_FAILED',
  isPoison: false,
  hangs: false,
}

export function writeScript(script: Partial<TaskScript>): string {
  const { label, runMs, fails, failCode, isPoison, hangs } = { ...DEFAULTS, ...script }
  return [label, runMs, fails, failCode, isPoison ? 'poison' : '', hangs ? 'hangs' : ''].join('|')
}

export function readScript(name: string | undefined): TaskScript {
  const [label, runMs, fails, failCode, poison, hangs] = (name ?? '').split('|')
  if (hangs === undefined) return DEFAULTS
  return {
    label: label ?? '',
    runMs: Number(runMs),
    fails: Number(fails),
    failCode: failCode ?? DEFAULTS.failCode,
    isPoison: poison === 'poison',
    hangs: hangs === 'hangs',
  }
}
