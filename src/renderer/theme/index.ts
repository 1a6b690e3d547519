export { cssVariables } from './cssVariables.ts'
export { theme } from './theme.ts'
