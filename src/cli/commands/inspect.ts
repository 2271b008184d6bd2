import { adviceOn } from '../../admission/advice.ts'
import { admit, rejectionOf, type Admission, type ImportVerdict } from '../../admission/admit.ts'
import { featuresOf } from '../../admission/features.ts'
import { measuresOf, type Measured } from '../../admission/measures.ts'
import { visible } from '../../base/visible.ts'
import type { Profile } from '../../interface-profile.ts'
import { validate } from '../../wasm/validate.ts'
import type { Export, Module } from '../../wasm/module.ts'
import { typeName } from '../../wasm/types.ts'
import { INITIALIZE, isReactor } from '../../abi/lookup.ts'
import { instantiationGas } from '../../engine/instantiation-gas.ts'
import { describe } from '../../receipt/describe.ts'
import { signature, takesBytes } from '../abi.ts'
import { chooseProfile } from '../choices.ts'
import type { Context } from '../context.ts'
import { readTarget, type Target } from '../inputs.ts'
import { counted, grouped, type Output } from '../output.ts'
import { green, red } from '../terminal.ts'
import { EXIT, UsageError } from '../usage.ts'
import { callCost, type CallCost } from './call-cost.ts'

/** The JSON answer. */
type Inspection = ReturnType<typeof inspection> & { readonly call?: CallCost }

interface Options {
  readonly profile?: string
  /** True if all limits are shown, and not only those that the module comes near. */
  readonly limits?: boolean
  /** A function and its arguments. */
  readonly call?: readonly string[]
  readonly abi?: string
  readonly params?: string
}

/** Shows the result of admission for a module. Stores nothing. */
export async function inspect(context: Context, word: string, options: Options): Promise<number> {
  const profile = chooseProfile(options.profile)
  const target = await readTarget(context, word, { keep: false })
  if (options.call?.[0]?.startsWith('--') === true)
    throw new UsageError(
      '--call is followed by the name of a function and its arguments, and other options stand before it',
    )
  for (const name of ['abi', 'params'] as const)
    if (options[name] !== undefined && options.call === undefined)
      throw new UsageError(`--${name} is of use with --call alone`)
  const module = inspection(target, profile)
  const call = options.call === undefined ? undefined : await callCost(context, target, profile, options.call, options)
  const found: Inspection = call === undefined ? module : { ...module, call }
  await context.answer(found, output => print(output, found, profile, options.limits === true))
  return found.verdict === 'admitted' ? EXIT.done : EXIT.negative
}

function inspection({ cid, bytes }: Target, profile: Profile) {
  const admission = admit(bytes, profile)
  // A module with denied imports is rejected, but may be valid.
  const { module } = validate(bytes, { features: new Set(profile.features), limits: profile.limits })
  return {
    module: cid,
    size: bytes.length,
    profile: profile.id,
    verdict: admission.admitted === undefined ? ('rejected' as const) : ('admitted' as const),
    rejection: admission.admitted === undefined ? rejectionOf(admission.findings) : undefined,
    findings: admission.findings,
    advice: adviceOn(bytes, profile, admission),
    imports: importsOf(admission),
    features: featuresOf(bytes, profile),
    instantiation: admission.admitted && instantiationGas(admission.admitted.module, profile),
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

/** The imports without repetitions. The offset is that of the first occurrence. */
function importsOf({ imports }: Admission) {
  const found = new Map<string, ReturnType<typeof importOf>>()
  for (const verdict of imports) {
    const entry = importOf(verdict)
    const key = JSON.stringify([entry.module, entry.name, entry.kind, entry.type])
    const before = found.get(key)
    if (before === undefined) found.set(key, entry)
    else before.count++
  }
  return [...found.values()]
}

function importOf({ import: entry, verdict, reason }: ImportVerdict) {
  const type = entry.type === undefined ? undefined : signature(entry.type)
  return {
    module: entry.module,
    name: entry.name,
    kind: entry.kind,
    type,
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
function abiOf(module: Module, { kind, index }: Export): string | undefined {
  if (kind !== 'function') return undefined
  return takesBytes(module, module.functions[index]!) ? 'bytes' : 'core'
}

function limitsOf(module: Module, { limits }: Profile): Record<string, { has: number; limit: number }> {
  const measures = measuresOf(module)
  return Object.fromEntries(
    Object.entries(measures).map(([name, has]) => [name, { has, limit: limits[name as Measured] }]),
  )
}

// ── For people ──────────────────────────────────────────────────────────────────────────────────────────────────────

/** A limit is shown if the module reaches this part of it. */
const NEAR = 0.8

/** The kind of a module (reactor or command) by the names of its exports, if calls depend on it. */
function kindOf({ reactor, exports }: Inspection): string | undefined {
  if (reactor) return 'a reactor: `_initialize` runs first, before every call'
  const typeOf = (wanted: string): string | undefined =>
    exports?.find(({ name, kind }) => name === wanted && kind === 'function')?.type
  const initialize = typeOf(INITIALIZE)
  if (typeOf('_start') !== undefined) {
    const alone = 'a command: `_start` is its whole program'
    return initialize === undefined ? alone : `${alone}, and \`${INITIALIZE}\` does not run before other calls`
  }
  if (initialize === undefined) return undefined
  return `no reactor: \`${INITIALIZE}\` is ${initialize} instead of () → (), and does not run before other calls`
}

function print(output: Output, found: Inspection, profile: Profile, all: boolean): void {
  const admitted = found.verdict === 'admitted'
  output.field('module', `${found.module}, ${counted(found.size, 'byte')}`)
  output.field('verdict', admitted ? green('admitted') : red('rejected'), ` under ${profile.id}`)
  printFindings(output, found)
  const kind = kindOf(found)
  if (kind !== undefined) output.field('kind', kind)
  table(
    output,
    'features',
    found.features.map(feature => [feature]),
  )
  table(
    output,
    'imports',
    found.imports.map(({ module, name, type, kind, verdict, reason, count }) => [
      `${module}.${name}${count === 1 ? '' : ` (${grouped(count)} times)`}`,
      type ?? kind,
      verdict,
      reason,
    ]),
  )
  if (found.exports !== undefined)
    table(
      output,
      'exports',
      found.exports.map(({ name, kind, type, abi }) => [
        name,
        kind === 'function' ? type : `${kind}, ${type}`,
        abi === undefined ? '' : abi,
      ]),
    )
  if (found.instantiation !== undefined)
    output.field('starting', `${grouped(found.instantiation)} gas for the module alone`)
  if (found.call !== undefined) printCall(output, found.call)
  if (found.limits !== undefined) printLimits(output, found.limits, all)
  found.advice.forEach((item, i) => output.field(i === 0 ? 'advice' : '', item))
}

function printCall(output: Output, { fun, abi, rejection, estimate }: CallCost): void {
  if (rejection !== undefined) return output.field('call', red(describe(rejection)))
  const { least, parameters, pages } = estimate!
  output.field(
    'call',
    `${fun} (${abi}) takes at least ${grouped(least)} gas and ${counted(pages, 'page')} before it begins`,
  )
  if (parameters > 0n) output.field('', `${grouped(parameters)} of it for moving the arguments`)
}

/** Prints the findings. Of the denied imports, which have their own table, only the first one is among them. */
function printFindings(output: Output, { findings }: Inspection): void {
  const first = findings.find(({ code }) => code === 'import')
  for (const finding of findings) {
    const { code, subject, offset, detail } = finding
    if (code === 'import' && finding !== first) continue
    const about = subject === undefined || detail.includes(subject) ? '' : ` ${subject}`
    output.field('', `at byte ${offset}: `, red(code + about), `: ${detail}`)
  }
}

function printLimits(output: Output, limits: NonNullable<Inspection['limits']>, all: boolean): void {
  const shown = Object.entries(limits).filter(([, { has, limit }]) => all || has >= NEAR * limit)
  if (shown.length === 0) return output.field('limits', 'far from all of them (--limits shows them)')
  table(
    output,
    'limits',
    shown.map(([name, { has, limit }]) => [name, grouped(has).padStart(10), `of ${grouped(limit)}`]),
  )
}

/** Prints rows in columns. The first row is beside the name. */
function table(output: Output, name: string, rows: readonly (readonly string[])[]): void {
  const shown = rows.map(row => row.map(visible))
  const widths = shown[0]?.map((_, column) => Math.min(30, Math.max(...shown.map(row => row[column]!.length)))) ?? []
  if (shown.length === 0) output.field(name, 'none')
  shown.forEach((row, i) =>
    output.field(
      i === 0 ? name : '',
      row
        .map((cell, column) => cell.padEnd(widths[column]!))
        .join('  ')
        .trimEnd(),
    ),
  )
}
