import type { Logger } from '../../shared/node/index.ts'

/** A log that is only listened to: resolves `heard(words)` with the first warning that contains them; `infos` has the rest. */
export function createHeardLog(): {
  readonly log: Logger
  readonly heard: (words: string) => Promise<void>
  readonly infos: readonly { readonly message: string; readonly fields: unknown }[]
} {
  const infos: { message: string; fields: unknown }[] = []
  const warnings: string[] = []
  const waiting: { readonly words: string; readonly resolve: () => void }[] = []
  const ignore = (): void => undefined
  const log: Logger = {
    ...{ debug: ignore, error: ignore, close: ignore },
    info: (message, fields) => void infos.push({ message, fields }),
    warn: (message) => {
      warnings.push(message)
      for (const { words, resolve } of waiting) if (message.includes(words)) resolve()
    },
    child: () => log,
  }
  return {
    log,
    infos,
    heard: (words) =>
      new Promise((resolve) => {
        if (warnings.some((message) => message.includes(words))) resolve()
        else waiting.push({ words, resolve })
      }),
  }
}
