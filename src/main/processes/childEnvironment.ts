/** What a child never inherits: our secrets, and switches that would change how it runs or what it loads. */
const WITHHELD = /^(DHS_|ELECTRON_|NODE_OPTIONS$|NODE_PATH$|NODE_EXTRA_CA_CERTS$|LD_PRELOAD$|LD_AUDIT$|DYLD_)/i

/** The whole environment of a utility process, from the app's own. */
export function childEnvironment(env: Readonly<Record<string, string | undefined>>): Record<string, string> {
  const kept = Object.entries(env).filter((entry): entry is [string, string] => {
    return entry[1] !== undefined && !WITHHELD.test(entry[0])
  })
  return Object.fromEntries(kept)
}
