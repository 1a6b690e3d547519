import { z } from 'zod'

const LANGUAGES = ['system', 'zh-CN', 'en'] as const
const THEMES = ['system', 'light', 'dark'] as const

/** What a person can choose. The licence key is never part of it. */
export const settingsSchema = z.object({
  language: z.enum(LANGUAGES),
  theme: z.enum(THEMES),
  firstRunDone: z.boolean(),
  /** Bytes per second; null = as fast as the network goes. */
  uploadLimitBytesPerSecond: z.int().min(1024).nullable(),
})

export type Settings = z.infer<typeof settingsSchema>

export const settingsPatchSchema = settingsSchema.partial()

export type SettingsPatch = z.infer<typeof settingsPatchSchema>

/** What differs by door; the UI shows only what the door has. */
export const capabilitiesSchema = z.object({
  door: z.enum(['electron', 'web']),
  /** The door has a file dialog of its own; otherwise the renderer picks and streams the file. */
  pickFiles: z.boolean(),
  revealInFolder: z.boolean(),
  /** A save-as dialog; otherwise the video is downloaded by the browser. */
  saveAs: z.boolean(),
  notifications: z.boolean(),
  pickFolder: z.boolean(),
})

export type Capabilities = z.infer<typeof capabilitiesSchema>

/** A door whose windows are a browser's, or nobody's: it has nothing of its own to ask or show with. */
export const WINDOWLESS: Capabilities = {
  door: 'web',
  pickFiles: false,
  revealInFolder: false,
  saveAs: false,
  notifications: false,
  pickFolder: false,
}

export const studioInfoSchema = z.object({
  version: z.string(),
  capabilities: capabilitiesSchema,
  /** Short label of the output folder (its last two parts), for people. */
  outputFolder: z.string(),
  ffmpeg: z.object({ found: z.boolean(), version: z.string().nullable(), installCommand: z.string().nullable() }),
})

export type StudioInfo = z.infer<typeof studioInfoSchema>
