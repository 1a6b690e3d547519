export type Language = 'zh-CN' | 'en'

/** The catalogue's language for an `Accept-Language` header or a locale such as `zh-Hans-CN`. English by default. */
export function pickLanguage(acceptLanguage: string | undefined): Language {
  for (const part of (acceptLanguage ?? '').split(',')) {
    const tag = part.split(';')[0]?.trim().toLowerCase() ?? ''
    if (tag.startsWith('zh')) return 'zh-CN'
    if (tag.startsWith('en')) return 'en'
  }
  return 'en'
}
