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
  /** Added to the output, so that its upload takes a while. */
  readonly padKib: number
}

const DEFAULTS: TaskScript = {
  label: 'task',
  runMs: 20,
  fails: 0,
  failCode: 'ENGINE_FAILED',
  isPoison: false,
  hangs: false,
  padKib: 0,
}

export function writeScript(script: Partial<TaskScript>): string {
  const { label, runMs, fails, failCode, isPoison, hangs, padKib } = { ...DEFAULTS, ...script }
  return [label, runMs, fails, failCode, isPoison ? 'poison' : '', hangs ? 'hangs' : '', padKib].join('|')
}

export function readScript(name: string | undefined): TaskScript {
  const [label, runMs, fails, failCode, poison, hangs, padKib] = (name ?? '').split('|')
  if (padKib === undefined) return DEFAULTS
  return {
    label: label ?? '',
    runMs: Number(runMs),
    fails: Number(fails),
    failCode: failCode ?? DEFAULTS.failCode,
    isPoison: poison === 'poison',
    hangs: hangs === 'hangs',
    padKib: Number(padKib),
  }
}
