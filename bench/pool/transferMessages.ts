import type { LoopLag } from '../measure/loopLag.ts'

/** What the script asks of the process that stands for the studio. */
export type ToTransfer =
  | { readonly kind: 'hash'; readonly path: string }
  | { readonly kind: 'upload'; readonly path: string }
  | { readonly kind: 'download'; readonly path: string }
  | { readonly kind: 'stop' }

export type FromTransfer =
  | { readonly kind: 'ready' }
  | { readonly kind: 'done'; readonly tookMs: number; readonly lag: LoopLag }
  | { readonly kind: 'failed'; readonly message: string }
