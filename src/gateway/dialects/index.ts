export { fieldProgress } from './fieldProgress.ts'
export { statesOf, submitAnswer, taskName } from './heygem.ts'
export { stateSentence } from './sentences.ts'
export { TaskViews } from './taskViews.ts'
