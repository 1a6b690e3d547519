export { ComposeView } from './ComposeView.tsx'
export { DropAnywhere } from './DropAnywhere.tsx'
