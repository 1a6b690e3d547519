import { dialog } from 'electron'
import type { BrowserWindow, FileFilter, OpenDialogOptions, SaveDialogOptions } from 'electron'
import { join } from 'node:path'
import type { Language } from '../../protocol/errors/index.ts'
import type { FileRole } from '../../protocol/studio/index.ts'
import { safeFileName, splitExtension } from '../../shared/node/index.ts'

const EXTENSIONS: Readonly<Record<FileRole, readonly string[]>> = {
  avatar: ['mp4', 'mov', 'm4v', 'mkv', 'webm'],
  voice: ['wav', 'mp3', 'm4a', 'aac', 'flac', 'ogg'],
}

const WORDS = {
  en: {
    avatar: 'Videos',
    voice: 'Audio',
    all: 'All files',
    video: 'Video',
    connect: 'Continue',
    cancel: 'Cancel',
    question: (host: string) => `A link wants to use the gateway ${host}.`,
    detail:
      'Continue only if you trust who sent it. Nothing is connected by itself: in the app, open the connection, check this address and enter your key.',
  },
  'zh-CN': {
    avatar: '视频',
    voice: '音频',
    all: '所有文件',
    video: '视频',
    connect: '继续',
    cancel: '取消',
    question: (host: string) => `有链接请求使用网关 ${host}。`,
    detail: '仅在信任来源时继续。不会自动连接：请在应用中打开连接设置，核对此地址并输入密钥。',
  },
} as const satisfies Record<Language, unknown>

export interface DialogDeps {
  readonly language: Language
  /** The window they belong to; a dialog without one floats. */
  readonly window: () => BrowserWindow | undefined
  /** Where a copy is offered to be saved. */
  readonly saveDir: string
}

export interface Dialogs {
  pickFiles(role: FileRole, isMultiple: boolean): Promise<string[]>
  pickSavePath(suggestedName: string): Promise<string | null>
  askToConnect(host: string): Promise<boolean>
}

export function createDialogs({ language, window, saveDir }: DialogDeps): Dialogs {
  const words = WORDS[language]
  return {
    async pickFiles(role, isMultiple) {
      const filters: FileFilter[] = [
        { name: words[role], extensions: [...EXTENSIONS[role]] },
        { name: words.all, extensions: ['*'] },
      ]
      const options: OpenDialogOptions = {
        filters,
        properties: isMultiple ? ['openFile', 'multiSelections'] : ['openFile'],
      }
      const owner = window()
      const answer = await (owner === undefined
        ? dialog.showOpenDialog(options)
        : dialog.showOpenDialog(owner, options))
      return answer.canceled ? [] : answer.filePaths
    },
    async pickSavePath(suggestedName) {
      // The name may come from a task's title: it must not lead out of the folder the dialog opens.
      const name = safeFileName(suggestedName)
      const extension = splitExtension(name)[1].slice(1)
      const options: SaveDialogOptions = {
        defaultPath: join(saveDir, name),
        filters: extension === '' ? [] : [{ name: words.video, extensions: [extension] }],
        properties: ['showOverwriteConfirmation', 'createDirectory'],
      }
      const owner = window()
      const answer = await (owner === undefined
        ? dialog.showSaveDialog(options)
        : dialog.showSaveDialog(owner, options))
      return answer.canceled || answer.filePath === '' ? null : answer.filePath
    },
    async askToConnect(host) {
      const options = {
        type: 'question' as const,
        message: words.question(host),
        detail: words.detail,
        buttons: [words.connect, words.cancel],
        defaultId: 1,
        cancelId: 1,
      }
      const owner = window()
      const answer = await (owner === undefined
        ? dialog.showMessageBox(options)
        : dialog.showMessageBox(owner, options))
      return answer.response === 0
    },
  }
}
