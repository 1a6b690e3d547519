import { useMemo } from 'react'
import { useTranslation } from 'react-i18next'
import { pickLanguage } from '../../protocol/errors/language.ts'
import type { Language } from '../../protocol/errors/index.ts'
import { createFormat } from '../i18n/index.ts'
import type { Format } from '../i18n/index.ts'

export function useLanguage(): Language {
  const { i18n } = useTranslation()
  return pickLanguage(i18n.language)
}

/** Numbers, sizes and times in the person's language. */
export function useFormat(): Format {
  const language = useLanguage()
  return useMemo(() => createFormat(language), [language])
}
