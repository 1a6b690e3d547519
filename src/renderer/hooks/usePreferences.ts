import { useMantineColorScheme } from '@mantine/core'
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { useEffect } from 'react'
import { useTranslation } from 'react-i18next'
import { pickLanguage } from '../../protocol/errors/language.ts'
import type { Language } from '../../protocol/errors/index.ts'
import type { Settings, SettingsPatch } from '../../protocol/studio/index.ts'
import { useStudio } from '../studio/index.ts'

const LAST_LANGUAGE = 'dhs.language'

/** The language before the settings are there: the one used last, else the system's. */
export function firstLanguage(): Language {
  return pickLanguage(localStorage.getItem(LAST_LANGUAGE) ?? navigator.languages.join(','))
}

const chosenLanguage = (choice: Settings['language']): Language =>
  choice === 'system' ? pickLanguage(navigator.languages.join(',')) : choice

/** Settings, and a setter that shows the change at once. */
export function useSettings() {
  const { queries } = useStudio()
  const cache = useQueryClient()
  const key = queries.settings.get.queryKey()
  const settings = useQuery(queries.settings.get.queryOptions())
  const set = useMutation({
    mutationFn: (patch: SettingsPatch) => queries.settings.set.call(patch),
    onMutate: (patch) => cache.setQueryData(key, (known) => known && merge(known, patch)),
    onSuccess: (stored) => cache.setQueryData(key, stored),
    onError: () => cache.invalidateQueries({ queryKey: key }),
  })
  return { settings: settings.data, set: set.mutate }
}

function merge(known: Settings, patch: SettingsPatch): Settings {
  const defined = Object.fromEntries(Object.entries(patch).filter(([, value]) => value !== undefined))
  return { ...known, ...defined }
}

/** Makes the page follow the chosen language and appearance. */
export function useApplyPreferences(): void {
  const { settings } = useSettings()
  const { i18n } = useTranslation()
  const { setColorScheme } = useMantineColorScheme()
  const theme = settings?.theme
  const language = settings === undefined ? undefined : chosenLanguage(settings.language)
  useEffect(() => {
    if (theme !== undefined) setColorScheme(theme === 'system' ? 'auto' : theme)
  }, [theme, setColorScheme])
  useEffect(() => {
    if (language === undefined) return
    localStorage.setItem(LAST_LANGUAGE, language)
    if (i18n.language !== language) void i18n.changeLanguage(language)
  }, [language, i18n])
  useEffect(() => {
    document.documentElement.lang = i18n.language
    document.title = i18n.t('app.name')
  }, [i18n, i18n.language])
}
