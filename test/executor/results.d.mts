export const RESULTS: Readonly<Record<string, () => unknown>>
