/** The queue behind the peer's HTTP door. */
export const BULL_QUEUE = 'bench-http'
