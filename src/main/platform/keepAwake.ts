import { powerSaveBlocker } from 'electron'

export interface KeepAwake {
  /** Keeps the PC, not the screen, awake while on. */
  set(isOn: boolean): void
}

export function createKeepAwake(): KeepAwake {
  let blocker: number | undefined
  return {
    set(isOn) {
      if (isOn) blocker ??= powerSaveBlocker.start('prevent-app-suspension')
      else if (blocker !== undefined) {
        powerSaveBlocker.stop(blocker)
        blocker = undefined
      }
    },
  }
}
