import { existsSync } from 'node:fs'
import { join } from 'node:path'

/** The avatar and the voice that ship with the app; the voice in the person's language where there is one. */
export function samplePaths(resourcesDir: string, locale: string): { readonly avatar: string; readonly voice: string } {
  const samples = join(resourcesDir, 'samples')
  const chineseVoice = join(samples, 'welcome-zh.wav')
  const isChinese = locale.toLowerCase().startsWith('zh') && existsSync(chineseVoice)
  return { avatar: join(samples, 'presenter.mp4'), voice: isChinese ? chineseVoice : join(samples, 'welcome.wav') }
}
