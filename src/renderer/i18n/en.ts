import { composeEn } from './en/compose.ts'
import { frameEn } from './en/frame.ts'
import { recordsEn } from './en/records.ts'

/** English, and the shape every language has. */
export const en = { ...frameEn, ...composeEn, ...recordsEn } as const
