/** What admission says about a module, as plain data for people. */
import { exportsFunction, isReactor } from '../abi/lookup.ts'
import { adviceOn } from '../admission/advice.ts'
import { admit, rejectionOf, type Admission, type ImportVerdict } from '../admission/admit.ts'
import { featuresOf } from '../admission/features.ts'
import { measuresOf, type Measured } from '../admission/measures.ts'
import { instantiationGas } from '../engine/instantiation-gas.ts'
import type { Profile } from '../interface-profile.ts'
import type { Finding, Rejection } from '../interface.ts'
import type { Export, ExternKind, Module } from '../wasm/module.ts'
import { typeName } from '../wasm/types.ts'
import { validate } from '../wasm/validate.ts'
import { signature, takesBytes } from './signature.ts'

/** An import, and what the profile says about it. */
export interface InspectedImport {
  /** The module that it is imported from. */
  readonly module: string
  /** Its name in that module. */
  readonly name: string
  /** What it imports. */
  readonly kind: ExternKind
  /** The type of a function, such as `(i32) → i64`. */
  readonly type: string | undefined
  /** What the profile says about it. */
  readonly verdict: 'granted' | 'denied'
  /** The reason, as text for people. */
  readonly reason: string
  /** The offset of the first occurrence, in bytes. */
  readonly offset: number
  /** The number of occurrences. */
  readonly count: number
}

/** An export, with its type as text. */
export interface InspectedExport {
  /** Its name. */
  readonly name: string
  /** What it exports. */
  readonly kind: ExternKind
  /** Such as `(i32, i32) → i64`, `1 or more pages`, or `mutable i32`. */
  readonly type: string
  /** The ABI that a call has if none is named; undefined if this is no function. */
  readonly abi: string | undefined
}

/** What a module has of something that the profile limits. */
export interface InspectedLimit {
  /** What it has. */
  readonly has: number
  /** The greatest number that is admitted. */
  readonly limit: number
}

/** What admission says about a module. Everything in it can be sent to another thread. */
export interface Inspection {
  /** The size of the module in bytes. */
  readonly size: number
  /** The id of the profile. */
  readonly profile: string
  /** Whether the profile admits the module. */
  readonly verdict: 'admitted' | 'rejected'
  /** The rejection that receipts have; undefined for a module that is admitted. */
  readonly rejection: Rejection | undefined
  /** All reasons for the rejection, in the order of their offsets. */
  readonly findings: readonly Finding[]
  /** What the author can do about them, one sentence or two each. */
  readonly advice: readonly string[]
  /** The imports without repetitions. */
  readonly imports: readonly InspectedImport[]
  /** The features beyond WebAssembly 1.0 that the module uses. */
  readonly features: readonly string[]
  /** The price of starting the module in gas; undefined for a module that is rejected. */
  readonly instantiation: bigint | undefined
  /** True if `_initialize` runs before every call. */
  readonly reactor: boolean
  /** The exports; undefined if the module is not valid. */
  readonly exports: readonly InspectedExport[] | undefined
  /** What the module has of each limited thing, and the limit; undefined if the module is not valid. */
  readonly limits: Readonly<Record<string, InspectedLimit>> | undefined
}

/**
 * Admits a module under a profile, and tells everything about the result. Nothing is compiled or run. Takes time and
 * memory linear in the bytes. A rejection is a value, and is not thrown.
 *
 * @throws Fault bad-profile, bad-usage
 */
export function inspectModule(bytes: Uint8Array, profile: Profile): Inspection {
  const admission = admit(bytes, profile)
  const { admitted, findings } = admission
  // A module with denied imports is rejected, but may be valid.
  const { module } = validate(bytes, { features: new Set(profile.features), limits: profile.limits })
  return {
    size: bytes.length,
    profile: profile.id,
    verdict: admitted === undefined ? 'rejected' : 'admitted',
    rejection: admitted === undefined ? rejectionOf(findings) : undefined,
    findings,
    advice: adviceOn(bytes, profile, admission),
    imports: importsOf(admission),
    features: featuresOf(bytes, profile),
    instantiation: admitted && instantiationGas(admitted.module, profile),
    reactor: module !== undefined && isReactor(module),
    exports: module?.exports.map(entry => ({
      name: entry.name,
      kind: entry.kind,
      type: exportType(module, entry),
      abi: abiOf(module, entry),
    })),
    limits: module === undefined ? undefined : limitsOf(module, profile),
  }
}

function importsOf({ imports }: Admission): InspectedImport[] {
  const found = new Map<string, InspectedImport>()
  for (const verdict of imports) {
    const entry = importOf(verdict)
    const key = JSON.stringify([entry.module, entry.name, entry.kind, entry.type])
    const before = found.get(key)
    found.set(key, before === undefined ? entry : { ...before, count: before.count + 1 })
  }
  return [...found.values()]
}

function importOf({ import: entry, verdict, reason }: ImportVerdict): InspectedImport {
  return {
    module: entry.module,
    name: entry.name,
    kind: entry.kind,
    type: entry.type === undefined ? undefined : signature(entry.type),
    verdict,
    reason,
    offset: entry.offset,
    count: 1,
  }
}

function exportType(module: Module, { kind, index }: Export): string {
  const bounds = ({ min, max }: { min: number; max: number | undefined }): string =>
    `${min}${max === undefined ? ' or more' : ` to ${max}`}`
  switch (kind) {
    case 'function':
      return signature(module.functions[index]!)
    case 'memory':
      return `${bounds(module.memory!)} pages`
    case 'table':
      return `${bounds(module.tables[index]!)} ${typeName(module.tables[index]!.element)}`
    case 'global':
      return `${module.globals[index]!.mutable ? 'mutable ' : ''}${typeName(module.globals[index]!.type)}`
  }
}

/** The default ABI for calls of an export; undefined if it is no function that can be called. */
function abiOf(module: Module, { kind, index, name }: Export): string | undefined {
  if (kind !== 'function') return undefined
  if (name === '_start' && exportsFunction(module, name, { params: [], results: [] })) return 'wasi'
  return takesBytes(module, module.functions[index]!) ? 'bytes' : 'core'
}

function limitsOf(module: Module, { limits }: Profile): Record<string, { has: number; limit: number }> {
  const measures = measuresOf(module)
  return Object.fromEntries(
    Object.entries(measures).map(([name, has]) => [name, { has, limit: limits[name as Measured] }]),
  )
}
