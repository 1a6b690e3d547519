import i18next from 'i18next'
import type { BackendModule, i18n } from 'i18next'
import { initReactI18next } from 'react-i18next'
import type { Language } from '../../protocol/errors/index.ts'

const TEXTS = {
  en: async () => (await import('./en.ts')).en,
  'zh-CN': async () => (await import('./zhCN.ts')).zhCN,
}

/** A language's texts are fetched when it is first used. */
const backend: BackendModule = {
  type: 'backend',
  init: () => undefined,
  read(language, _namespace, done) {
    const texts = language === 'zh-CN' ? TEXTS['zh-CN']() : TEXTS.en()
    texts.then(
      (found) => done(null, found),
      (error: unknown) => done(error instanceof Error ? error : new Error(String(error)), false),
    )
  },
}

/** An instance of its own: nothing is shared between two windows of one test. */
export async function createI18n(language: Language): Promise<i18n> {
  const instance = i18next.createInstance()
  await instance
    .use(backend)
    .use(initReactI18next)
    .init({
      lng: language,
      // Both languages have every key (a test says so): there is nothing to fall back to.
      fallbackLng: false,
      load: 'currentOnly',
      interpolation: { escapeValue: false },
      returnNull: false,
      react: { useSuspense: false },
    })
  return instance
}
