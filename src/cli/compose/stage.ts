/** The stages that `dhs compose` tells, in order. */
export type Stage = 'hash' | 'upload' | 'queued' | 'submitted' | 'processing' | 'download'
