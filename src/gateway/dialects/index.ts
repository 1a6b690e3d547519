export { fieldProgress } from './fieldProgress.ts'
export { statesOf, submitAnswer, taskName } from './heygem.ts'
export { TaskViews } from './taskViews.ts'
