/** What a probe of a host gives (probe.mjs), and how a table shows it. */

/** The CID that a trial gave, or its fault or error. */
export type Trial =
  | { readonly cid: string; readonly fault?: undefined }
  | { readonly fault: string; readonly message: string; readonly cid?: undefined }

export const TRIALS = ['forms', 'inline', 'thread', 'process', 'worker'] as const
export type TrialName = (typeof TRIALS)[number]

/** The trials of a host. A trial that does not apply to the host is absent. */
export interface HostReport {
  readonly version: string
  readonly results: Readonly<Partial<Record<TrialName, Trial>>>
}

/** A cell of the table: `works`, or the fault. */
export function cellOf(trial: Trial | undefined): string {
  if (trial === undefined) return '–'
  return trial.cid !== undefined ? 'works' : `fault \`${trial.fault}\``
}

/** The faults of hosts, each message once. */
export function messagesOf(reports: readonly HostReport[]): string[] {
  const faults = reports.flatMap(({ results }) => Object.values(results).filter(trial => trial.fault !== undefined))
  return [...new Set(faults.map(({ fault, message }) => `\`${fault}\`: ${message}`))]
}
