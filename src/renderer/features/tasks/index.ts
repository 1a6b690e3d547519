export { TasksView } from './TasksView.tsx'
export { isActive } from './groups.ts'
