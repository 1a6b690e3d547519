export function median(values: readonly number[]): number {
  return percentile(values, 0.5)
}

/** Linear between the two nearest values; `share` from 0 to 1. Throws when there is no value. */
export function percentile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b)
  const place = share * (sorted.length - 1)
  const below = sorted[Math.floor(place)]
  const above = sorted[Math.ceil(place)]
  if (below === undefined || above === undefined) throw new Error('a percentile needs at least one value')
  return below + (above - below) * (place - Math.floor(place))
}
