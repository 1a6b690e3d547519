import type { IncomingMessage } from 'node:http'
import { pickLanguage } from '../../../protocol/errors/index.ts'
import type { Language } from '../../../protocol/errors/index.ts'

export function languageOf(request: Pick<IncomingMessage, 'headers'>): Language {
  return pickLanguage(request.headers['accept-language'])
}
