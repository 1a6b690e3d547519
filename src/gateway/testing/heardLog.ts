import type { Logger } from '../../shared/node/index.ts'

/** A log that is only listened to: resolves `heard(words)` with the first warning that contains them. */
export function createHeardLog(): {
  readonly log: Logger
  readonly heard: (words: string) => Promise<void>
} {
  const warnings: string[] = []
  const waiting: { readonly words: string; readonly resolve: () => void }[] = []
  const ignore = (): void => undefined
  const log: Logger = {
    ...{ debug: ignore, info: ignore, error: ignore, close: ignore },
    warn: (message) => {
      warnings.push(message)
      for (const { words, resolve } of waiting) if (message.includes(words)) resolve()
    },
    child: () => log,
  }
  return {
    log,
    heard: (words) =>
      new Promise((resolve) => {
        if (warnings.some((message) => message.includes(words))) resolve()
        else waiting.push({ words, resolve })
      }),
  }
}
