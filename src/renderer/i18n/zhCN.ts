import { composeZh } from './zh-CN/compose.ts'
import { frameZh } from './zh-CN/frame.ts'
import { recordsZh } from './zh-CN/records.ts'

export const zhCN = { ...frameZh, ...composeZh, ...recordsZh } as const
