/** The counts of a run over hostile modules. They can be added up. */
export interface Tally {
  readonly counts: Record<string, number>
  /** The time, index and size of the slowest module. */
  readonly slowest: { readonly ms: number; readonly index: number; readonly bytes: number }
  /** The peak of the resident memory, in MiB. */
  readonly peakMb: number
}

export const NO_TALLY: Tally = { counts: {}, slowest: { ms: 0, index: -1, bytes: 0 }, peakMb: 0 }

export function added(a: Tally, b: Tally): Tally {
  const counts = { ...a.counts }
  for (const [key, count] of Object.entries(b.counts)) counts[key] = (counts[key] ?? 0) + count
  return { counts, slowest: a.slowest.ms >= b.slowest.ms ? a.slowest : b.slowest, peakMb: Math.max(a.peakMb, b.peakMb) }
}

/** The sum of all counts whose key has the prefix. */
export function total({ counts }: Tally, prefix = ''): number {
  return Object.entries(counts).reduce((sum, [key, count]) => (key.startsWith(prefix) ? sum + count : sum), 0)
}

/** A line for each family of outcomes. */
export function figures(tally: Tally): string[] {
  const family = (prefix: string): string =>
    Object.entries(tally.counts)
      .filter(([key]) => key.startsWith(prefix))
      .sort((a, b) => b[1] - a[1])
      .map(([key, count]) => `${key.slice(prefix.length)} ${count}`)
      .join(', ')
  const { ms, index, bytes } = tally.slowest
  return [
    `${total(tally)} mutants: ${total(tally, 'ran ')} accepted, ${total(tally, 'refused ')} refused, ${total(tally, 'failure ')} failures`,
    `refused: ${family('refused ')}`,
    `accepted: ${family('ran ')}`,
    `slowest: mutant ${index} of ${bytes} bytes, ${ms.toFixed(0)} ms; at most ${tally.peakMb.toFixed(0)} MiB resident`,
  ]
}
