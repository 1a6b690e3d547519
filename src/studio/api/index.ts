export { createTask, retryTask } from './commands.ts'
export { createStudioRouter } from './router.ts'
export type { StudioRouter } from './router.ts'
