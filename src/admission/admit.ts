/**
 * Admission: validates a module and checks it against a profile. Returns an admitted module or findings. Only this file can make
 * an `AdmittedModule`, so that no unchecked module reaches later stages.
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

/** A module that the profile accepts. Only `admit` can make one. */
export interface AdmittedModule {
  readonly [stage]: 'admitted'
  /** The contents of the module. */
  readonly module: Module
  /** The profile that accepts it. */
  readonly profile: Profile
  /** The verdict on each import, in the order of the imports. */
  readonly imports: readonly ImportVerdict[]
}

/** The verdict of a profile on an import, with the reason. */
export interface ImportVerdict {
  /** The import. */
  readonly import: Import
  /** `granted` if the profile provides the import. */
  readonly verdict: 'granted' | 'denied'
  /** The grant that provides it; undefined if it is denied. */
  readonly grant: Grant | undefined
  /** The reason, as text for people. */
  readonly reason: string
  /** For a denied import: how to build the module without it, as text for people. Absent if that is not known. */
  readonly advice?: string
}

/** The result of admission: an admitted module or findings, and the verdict on each import that could be read. */
export type Admission =
  | { readonly admitted: AdmittedModule; readonly findings: readonly []; readonly imports: readonly ImportVerdict[] }
  | { readonly admitted: undefined; readonly findings: readonly Finding[]; readonly imports: readonly ImportVerdict[] }

/** Names of exports that begin with this prefix are reserved for instrumentation. */
export const RESERVED_PREFIX = 'ipvm:'

/**
 * Admits a module under a profile. The result depends on bytes and profile alone. Time and memory are linear in the bytes. Never
 * throws because of the module. Throws Fault('bad-profile') if `unchecked` is no profile.
 */
export function admit(bytes: Uint8Array, unchecked: Profile): Admission {
  const profile = checkProfile(unchecked)
  const rules = { features: new Set(profile.features), limits: profile.limits }
  const { module, imports, exports, findings } = validate(givenBytes(bytes, 'bytes'), rules)
  const verdicts = imports.map(entry => verdictOnImport(entry, profile))
  for (const verdict of verdicts) noteImport(verdict, profile, findings)
  noteReserved(exports, findings)
  if (module === undefined || !findings.none)
    return { admitted: undefined, findings: findings.sorted(), imports: verdicts }
  const admitted = { module, profile, imports: verdicts } as unknown as AdmittedModule
  made.add(admitted)
  return { admitted, findings: [], imports: verdicts }
}

/** The admitted modules that `admit` has returned. A copy of one is not accepted, since it may have been changed. */
const made = /* @__PURE__ */ new WeakSet<object>()

/** Throws Fault('bad-usage') unless `admit` has returned this object. Throws Fault('bad-profile') if its profile is none. */
export function requireAdmitted(admitted: AdmittedModule): void {
  checkProfile(fields(admitted, 'the admitted module').profile)
  if (!made.has(admitted)) throw badUsage('the admitted module', 'what admit gave, and no copy of it', admitted)
}

/** The rejection for a receipt: the finding with the lowest offset, without the text for people. */
export function rejectionOf(findings: readonly Finding[]): Rejection {
  const [first] = givenList(findings, 'findings')
  if (first === undefined) throw badUsage('findings', 'those of a module that is not admitted', findings)
  const { kind, code, subject, offset } = fields(first, 'a finding')
  return subject === undefined ? { kind, code, offset } : { kind, code, subject, offset }
}

function verdictOnImport(entry: Import, profile: Profile): ImportVerdict {
  const named = profile.grants.find(g => g.module === entry.module && g.name === entry.name)
  if (named !== undefined && entry.type !== undefined && shortType(entry.type) === named.type) {
    return { import: entry, verdict: 'granted', grant: named, reason: `the profile provides it as ${named.semantics}` }
  }
  return { import: entry, verdict: 'denied', grant: undefined, ...explain(entry, named) }
}

function noteImport({ import: entry, verdict, reason }: ImportVerdict, profile: Profile, findings: Findings): void {
  if (verdict !== 'denied') return
  // A denied function can be replaced by one that traps. Memories, tables and globals have no such replacement.
  if (entry.kind === 'function' && profile.denied === 'trap-on-call') return
  findings.add('import', entry.offset, reason, `${entry.module}.${entry.name}`)
}

function noteReserved(exports: readonly Export[], findings: Findings): void {
  for (const { name, offset } of exports) {
    if (name.startsWith(RESERVED_PREFIX))
      findings.add('reserved-name', offset, 'the name is kept for the instrumentation', name)
  }
}
