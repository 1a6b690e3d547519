import { dialog } from 'electron'
import type { BrowserWindow } from 'electron'
import { describeError } from '../../protocol/errors/index.ts'
import type { Language } from '../../protocol/errors/index.ts'
import type { AppError } from '../../shared/index.ts'

const BUTTONS = { en: ['Try again', 'Quit'], 'zh-CN': ['重试', '退出'] } as const satisfies Record<Language, unknown>

export interface TroubleDeps {
  readonly language: Language
  readonly window: () => BrowserWindow | undefined
  readonly quit: () => void
}

/** Tells the person what does not run any more, one thing at a time; they try again or quit. */
export function createTroubles({ language, window, quit }: TroubleDeps): (error: AppError, again: () => void) => void {
  let turn: Promise<void> = Promise.resolve()
  const tell = async (error: AppError, again: () => void): Promise<void> => {
    const { message, hint } = describeError(error, language)
    const options = {
      type: 'error' as const,
      message,
      detail: hint,
      buttons: [...BUTTONS[language]],
      defaultId: 0,
      cancelId: 0,
    }
    const owner = window()
    const answer = await (owner === undefined ? dialog.showMessageBox(options) : dialog.showMessageBox(owner, options))
    if (answer.response === 0) again()
    else quit()
  }
  return (error, again) => {
    turn = turn.then(() => tell(error, again))
  }
}
