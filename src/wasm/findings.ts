import type { Feature, Limits } from '../interface-profile.ts'
import type { Finding, RejectionCode } from '../interface.ts'

/** The greatest number of findings that are kept of one module: those with the lowest offsets. */
const MAX_FINDINGS = 100

/**
 * Collects the findings against a module. They depend on its bytes and the profile alone, so that every verifier comes to the
 * same rejection.
 */
export class Findings {
  /** Ordered by offset, and findings with the same offset in the order in which they were added. */
  readonly #list: Finding[] = []

  add(code: RejectionCode, offset: number, detail: string, subject?: string): void {
    let place = this.#list.length
    while (place > 0 && this.#list[place - 1]!.offset > offset) place--
    if (place === MAX_FINDINGS) return
    const finding: Finding = { kind: 'rejection', code, ...(subject !== undefined && { subject }), offset, detail }
    this.#list.splice(place, 0, finding)
    // Offsets need not rise. The finding with the highest offset is removed, so that the lowest is never lost.
    if (this.#list.length > MAX_FINDINGS) this.#list.pop()
  }

  /** The findings, ordered by offset, and those with the same offset in the order in which they were added. */
  sorted(): readonly Finding[] {
    return [...this.#list]
  }

  /** True if a finding at this offset or a higher one would not be kept. */
  complete(offset: number): boolean {
    return this.#list.length === MAX_FINDINGS && this.#list[MAX_FINDINGS - 1]!.offset <= offset
  }

  get none(): boolean {
    return this.#list.length === 0
  }
}

/** A finding as an exception: it ends the reading of the section or body that contains it. */
export class Refused extends Error {
  readonly code: RejectionCode
  readonly offset: number
  readonly subject: string | undefined

  constructor(code: RejectionCode, offset: number, detail: string, subject?: string) {
    super(detail)
    this.code = code
    this.offset = offset
    this.subject = subject
  }
}

/** The rules of a profile that the validator applies. */
export interface Rules {
  readonly features: ReadonlySet<Feature>
  readonly limits: Limits
}

/** Throws `Refused` if a count exceeds the limit with this name. */
export function checkLimit(rules: Rules, limit: keyof Limits, count: number, offset: number): void {
  if (count > rules.limits[limit]) {
    throw new Refused('limit', offset, `${count} is more than ${rules.limits[limit]} for ${limit}`, limit)
  }
}

/** Throws `Refused` if the profile does not accept a feature. */
export function checkFeature(rules: Rules, feature: Feature | undefined, offset: number, what: string): void {
  if (feature !== undefined && !rules.features.has(feature))
    throw new Refused('feature', offset, `${what} needs ${feature}`, feature)
}
