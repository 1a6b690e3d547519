export { menuTemplate } from './menuTemplate.ts'
