const KEY = 'dhs.token'

interface TokenPlace {
  readonly location: Pick<Location, 'hash' | 'pathname' | 'search'>
  readonly history: Pick<History, 'replaceState' | 'state'>
  readonly sessionStorage: Pick<Storage, 'getItem' | 'setItem'>
}

/**
 * Takes the token out of the address (`#token=…`) so that it is in no bookmark and no screenshot, and keeps it for
 * reloads of this tab. A token in the address wins over an older one.
 */
export function takeWebToken(place: TokenPlace): string | null {
  const fragment = new URLSearchParams(place.location.hash.replace(/^#\/?/, ''))
  const token = fragment.get('token')
  if (token === null || token === '') return place.sessionStorage.getItem(KEY)
  place.sessionStorage.setItem(KEY, token)
  place.history.replaceState(place.history.state, '', `${place.location.pathname}${place.location.search}#/`)
  return token
}
