/** What every operator's route says of itself; this one is told all by its address. */
export const WITHOUT_BODY = { access: { auth: 'admin', body: 'none', rate: 'admin' } } as const

export const WITH_JSON = { access: { auth: 'admin', body: 'json', rate: 'admin' } } as const

/** A success without a sentence of its own. */
export function ok<T>(data: T): { code: 0; msg: 'ok'; data: T } {
  return { code: 0, msg: 'ok', data }
}
