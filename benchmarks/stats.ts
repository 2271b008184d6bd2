/** Statistics. Medians and quartiles are used, because disturbances only make runs slower, never faster. */

/** The distribution of a measurement. */
export interface Spread {
  readonly n: number
  readonly min: number
  readonly q1: number
  readonly median: number
  readonly q3: number
  readonly max: number
}

/** The distribution of one or more numbers. Quartiles are interpolated. */
export function spreadOf(numbers: readonly number[]): Spread {
  if (numbers.length === 0) throw new Error('no numbers')
  const sorted = [...numbers].sort((a, b) => a - b)
  const at = (share: number): number => {
    const place = share * (sorted.length - 1)
    const [low, high] = [sorted[Math.floor(place)]!, sorted[Math.ceil(place)]!]
    return round(low + (high - low) * (place - Math.floor(place)))
  }
  return { n: sorted.length, min: at(0), q1: at(0.25), median: at(0.5), q3: at(0.75), max: at(1) }
}

export function median(numbers: readonly number[]): number {
  return spreadOf(numbers).median
}

/** The geometric mean of positive numbers; NaN if there are none. */
export function geometricMean(numbers: readonly number[]): number {
  return round(Math.exp(numbers.reduce((sum, number) => sum + Math.log(number), 0) / numbers.length))
}

/** Rounds to five significant digits. More digits would be noise in the committed results. */
export function round(number: number): number {
  return Number(number.toPrecision(5))
}
