import { useCallback } from 'react'
import { describeError } from '../../protocol/errors/index.ts'
import type { ErrorText } from '../../protocol/errors/index.ts'
import { useLanguage } from './useLanguage.ts'

export interface ShownError {
  readonly code: string
  readonly message?: string
  readonly data?: Readonly<Record<string, string | number | boolean>> | undefined
}

/** The sentence and the advice for an error, in the person's language. */
export function useErrorText(): (error: ShownError) => ErrorText {
  const language = useLanguage()
  return useCallback((error) => describeError(error, language), [language])
}
