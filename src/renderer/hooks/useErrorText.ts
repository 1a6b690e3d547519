import { use, useCallback } from 'react'
import type { ErrorText } from '../../protocol/errors/index.ts'
import { useLanguage } from './useLanguage.ts'

export interface ShownError {
  readonly code: string
  readonly message?: string
  readonly data?: Readonly<Record<string, string | number | boolean>> | undefined
}

const fetchCatalogue = async () => (await import('../../protocol/errors/catalogue.ts')).describeError

let catalogue: ReturnType<typeof fetchCatalogue> | null = null

/** The sentences of all errors, fetched when the first is to be told. */
const theCatalogue = (): ReturnType<typeof fetchCatalogue> => (catalogue ??= fetchCatalogue())

/** The sentence and the advice for an error, in the person's language. Suspends until the catalogue is there. */
export function useErrorText(): (error: ShownError) => ErrorText {
  const language = useLanguage()
  const describe = use(theCatalogue())
  return useCallback((error) => describe(error, language), [describe, language])
}

/** The same for handlers, which can wait. */
export function useErrorTeller(): (error: ShownError) => Promise<ErrorText> {
  const language = useLanguage()
  return useCallback(async (error) => (await theCatalogue())(error, language), [language])
}
