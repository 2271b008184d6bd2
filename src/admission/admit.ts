/**
 * Admission: bytes and a profile to an admitted module, or to findings. The only maker of `AdmittedModule`, so that nothing
 * unchecked reaches the stages that follow.
 */
import { badUsage, fields, givenBytes, givenList } from '../base/usage.ts'
import type { Grant, Profile } from '../interface-profile.ts'
import type { Finding, Rejection } from '../interface.ts'
import { checkProfile } from '../profile/check.ts'
import type { Findings } from '../wasm/findings.ts'
import type { Export, Import, Module } from '../wasm/module.ts'
import { shortType } from '../wasm/types.ts'
import { validate } from '../wasm/validate.ts'
import { explain } from './reasons.ts'

declare const stage: unique symbol

/** A module that the profile accepts. Can be made by `admit` alone. */
export interface AdmittedModule {
  readonly [stage]: 'admitted'
  /** What the validator read. */
  readonly module: Module
  /** The rules that it was held against. */
  readonly profile: Profile
  /** The verdict on each import, in the order of the imports. */
  readonly imports: readonly ImportVerdict[]
}

/** What a profile makes of an import, and why. */
export interface ImportVerdict {
  /** The import as the module names it. */
  readonly import: Import
  /** Whether the profile provides it. */
  readonly verdict: 'granted' | 'denied'
  /** Present unless denied. */
  readonly grant: Grant | undefined
  /** Why, in words for people. */
  readonly reason: string
  /** For one that is denied: how to build the module without it, if that is known. A sentence or two for people. */
  readonly advice?: string
}

/** An admitted module, or what admission has to say against it; and the verdict on each import that could be read. */
export type Admission =
  | { readonly admitted: AdmittedModule; readonly findings: readonly []; readonly imports: readonly ImportVerdict[] }
  | { readonly admitted: undefined; readonly findings: readonly Finding[]; readonly imports: readonly ImportVerdict[] }

/** Export names that begin so belong to the instrumentation. */
export const RESERVED_PREFIX = 'ipvm:'

/**
 * Judges a module. The outcome depends on bytes and profile alone; time and memory are linear in the bytes.
 * Never throws for what the bytes hold. Throws Fault('bad-profile') for what is no profile.
 */
export function admit(bytes: Uint8Array, unchecked: Profile): Admission {
  const profile = checkProfile(unchecked)
  const rules = { features: new Set(profile.features), limits: profile.limits }
  const { module, imports, exports, findings } = validate(givenBytes(bytes, 'bytes'), rules)
  const verdicts = imports.map(entry => judgeImport(entry, profile))
  for (const verdict of verdicts) noteImport(verdict, profile, findings)
  noteReserved(exports, findings)
  if (module === undefined || !findings.none)
    return { admitted: undefined, findings: findings.sorted(), imports: verdicts }
  const admitted = { module, profile, imports: verdicts } as unknown as AdmittedModule
  made.add(admitted)
  return { admitted, findings: [], imports: verdicts }
}

/** What `admit` gave. A copy is none: whoever changes one could make it say what was never judged. */
const made = /* @__PURE__ */ new WeakSet<object>()

/** Throws Fault('bad-profile') for what is admitted under no profile, and Fault('bad-usage') for all else that `admit` did not give. */
export function requireAdmitted(admitted: AdmittedModule): void {
  checkProfile(fields(admitted, 'the admitted module').profile)
  if (!made.has(admitted)) throw badUsage('the admitted module', 'what admit gave, and no copy of it', admitted)
}

/** The finding that stands in a receipt: the one with the lowest offset, without the words. */
export function rejectionOf(findings: readonly Finding[]): Rejection {
  const [first] = givenList(findings, 'findings')
  if (first === undefined) throw badUsage('findings', 'those of a module that is not admitted', findings)
  const { kind, code, subject, offset } = fields(first, 'a finding')
  return subject === undefined ? { kind, code, offset } : { kind, code, subject, offset }
}

function judgeImport(entry: Import, profile: Profile): ImportVerdict {
  const named = profile.grants.find(g => g.module === entry.module && g.name === entry.name)
  if (named !== undefined && entry.type !== undefined && shortType(entry.type) === named.type) {
    return { import: entry, verdict: 'granted', grant: named, reason: `the profile provides it as ${named.semantics}` }
  }
  return { import: entry, verdict: 'denied', grant: undefined, ...explain(entry, named) }
}

function noteImport({ import: entry, verdict, reason }: ImportVerdict, profile: Profile, findings: Findings): void {
  if (verdict !== 'denied') return
  // A denied function can be linked to a trap; there is no such stand-in for memory, tables and globals.
  if (entry.kind === 'function' && profile.denied === 'trap-on-call') return
  findings.add('import', entry.offset, reason, `${entry.module}.${entry.name}`)
}

function noteReserved(exports: readonly Export[], findings: Findings): void {
  for (const { name, offset } of exports) {
    if (name.startsWith(RESERVED_PREFIX))
      findings.add('reserved-name', offset, 'the name is kept for the instrumentation', name)
  }
}
