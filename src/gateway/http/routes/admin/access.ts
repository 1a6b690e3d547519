/** What every operator's route says of itself. */
export const ADMIN_READ = { access: { auth: 'admin', body: 'none', rate: 'admin' } } as const

export const ADMIN_WRITE = { access: { auth: 'admin', body: 'json', rate: 'admin' } } as const

/** A change that the address alone says all about. */
export const ADMIN_ACT = ADMIN_READ

/** A success without a sentence of its own. */
export function ok<T>(data: T): { code: 0; msg: 'ok'; data: T } {
  return { code: 0, msg: 'ok', data }
}
