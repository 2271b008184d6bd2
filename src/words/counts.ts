/** Numbers as people read them. */

/** A whole number with its digits in groups of three, as the command line accepts it: `12_345_678`. */
export function grouped(number: bigint | number): string {
  return String(number).replaceAll(/\B(?=(?:\d{3})+$)/g, '_')
}

/** A number with a noun: `1 byte`, `2 bytes`. */
export function counted(number: number, what: string): string {
  return `${grouped(number)} ${what}${number === 1 ? '' : 's'}`
}

/** A number with a verb: `1 is given`, `2 are given`. */
export function isGiven(number: number): string {
  return `${number} ${number === 1 ? 'is' : 'are'} given`
}
