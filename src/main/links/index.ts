export { createLinkRouter, placeOfRecord } from './linkRouter.ts'
export { LINK_SCHEME, linkOf } from './parseLink.ts'
