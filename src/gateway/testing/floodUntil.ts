// The kernel takes some megabytes before anything waits in the gateway; what never fills up is no flood.
const MOST_ROUNDS = 20_000

/** Sends again and again until `ended` settles; answers with it. */
export async function floodUntil(ended: Promise<unknown>, send: () => Promise<void>): Promise<void> {
  const isEnded = ended.then(() => true)
  const round = async (): Promise<boolean> => {
    await send()
    return false
  }
  for (let rounds = 0; rounds < MOST_ROUNDS; rounds++) if (await Promise.race([isEnded, round()])) return
  await ended
}
