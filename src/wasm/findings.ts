import type { Feature, Limits } from '../interface-profile.ts'
import type { Finding, RejectionCode } from '../interface.ts'

/** Findings kept of one module, those with the lowest offsets: what a hostile one adds beyond them says nothing new. */
const MOST = 100

/**
 * What is wrong with a module so far. The findings of a module are a function of its bytes and of the profile, so that
 * every verifier gives the same rejection.
 */
export class Findings {
  /** The lowest offset first; of two with the same offset the one that was found first. */
  readonly #list: Finding[] = []

  add(code: RejectionCode, offset: number, detail: string, subject?: string): void {
    let place = this.#list.length
    while (place > 0 && this.#list[place - 1]!.offset > offset) place--
    if (place === MOST) return
    const finding: Finding = { kind: 'rejection', code, ...(subject !== undefined && { subject }), offset, detail }
    this.#list.splice(place, 0, finding)
    // What was found late may stand early: it takes the place of the last one, so that the lowest offset is never lost.
    if (this.#list.length > MOST) this.#list.pop()
  }

  /** The findings kept, the lowest offset first; of two with the same offset the one that was found first. */
  sorted(): readonly Finding[] {
    return [...this.#list]
  }

  /** Whether nothing at this offset or after it would be kept. */
  complete(offset: number): boolean {
    return this.#list.length === MOST && this.#list[MOST - 1]!.offset <= offset
  }

  get none(): boolean {
    return this.#list.length === 0
  }
}

/** A finding that ends the reading of what it stands in: a section, a body. */
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

/** Refuses a count beyond the limit of that name. */
export function checkLimit(rules: Rules, limit: keyof Limits, count: number, offset: number): void {
  if (count > rules.limits[limit]) {
    throw new Refused('limit', offset, `${count} is more than ${rules.limits[limit]} for ${limit}`, limit)
  }
}

/** Refuses a feature that the profile does not accept. */
export function checkFeature(rules: Rules, feature: Feature | undefined, offset: number, what: string): void {
  if (feature !== undefined && !rules.features.has(feature))
    throw new Refused('feature', offset, `${what} needs ${feature}`, feature)
}
