export { Banners } from './Banners.tsx'
export { ConnectionButton } from './ConnectionButton.tsx'
