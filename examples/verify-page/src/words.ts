/** Numbers and sizes as this page writes them. */

/** A whole number with its digits in groups: `5,000,000`. */
export function digits(value: bigint | number): string {
  return value.toLocaleString('en')
}

/** A number with a noun: `1 byte`, `2 bytes`. */
export function counted(value: number, noun: string): string {
  return `${digits(value)} ${noun}${value === 1 ? '' : 's'}`
}

/** A size for people: `512 bytes`, `1.5 MiB`. */
export function size(bytes: number): string {
  if (bytes < 1024) return counted(bytes, 'byte')
  const inKib = bytes / 1024
  return inKib < 1024 ? `${trimmed(inKib)} KiB` : `${trimmed(inKib / 1024)} MiB`
}

/** A time for people, from milliseconds: `40 ms`, `2.5 s`. */
export function duration(ms: number): string {
  return ms < 1000 ? `${Math.round(ms)} ms` : `${trimmed(ms / 1000)} s`
}

/** The first letter as a capital. */
export function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1)
}

function trimmed(value: number): string {
  return value >= 100 ? String(Math.round(value)) : String(Number(value.toFixed(1)))
}
