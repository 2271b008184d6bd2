import { admit, rejectionOf, type Admission } from '../../admission/admit.ts'
import { featuresOf } from '../../admission/features.ts'
import { measuresOf, type Measured } from '../../admission/measures.ts'
import type { Profile } from '../../interface.ts'
import { validate } from '../../wasm/validate.ts'
import type { Export, Module } from '../../wasm/module.ts'
import { typeName } from '../../wasm/types.ts'
import { isReactor } from '../../abi/lookup.ts'
import { signature, takesBytes } from '../abi.ts'
import { chooseProfile } from '../choices.ts'
import type { Context } from '../context.ts'
import { readTarget, type Target } from '../inputs.ts'
import { counted, grouped, harmless, type Output } from '../output.ts'
import { EXIT } from '../usage.ts'

/** What is found out about a module, in the form of the JSON answer. */
type Inspection = ReturnType<typeof inspection>

/** Shows what admission makes of a module. Nothing is stored. */
export async function inspect(context: Context, word: string, options: { readonly profile?: string }): Promise<number> {
  const profile = chooseProfile(options.profile)
  const target = await readTarget(context, word, { keep: false })
  const found = inspection(target, profile)
  await context.answer(found, output => print(output, found, profile))
  return found.verdict === 'admitted' ? EXIT.done : EXIT.negative
}

function inspection({ cid, bytes }: Target, profile: Profile) {
  const admission = admit(bytes, profile)
  // A module can be valid and still not be admitted, for what it imports.
  const { module } = validate(bytes, { features: new Set(profile.features), limits: profile.limits })
  return {
    module: cid,
    size: bytes.length,
    profile: profile.id,
    verdict: admission.admitted === undefined ? ('rejected' as const) : ('admitted' as const),
    rejection: admission.admitted === undefined ? rejectionOf(admission.findings) : undefined,
    findings: admission.findings,
    imports: importsOf(admission),
    features: featuresOf(bytes, profile),
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

function importsOf({ imports }: Admission) {
  return imports.map(({ import: entry, verdict, reason }) => ({
    module: entry.module,
    name: entry.name,
    kind: entry.kind,
    type: entry.type === undefined ? undefined : signature(entry.type),
    verdict,
    reason,
    offset: entry.offset,
  }))
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

/** The ABI that a call of an export gets unless another one is asked for. */
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

function print(output: Output, found: Inspection, profile: Profile): void {
  const { green, red } = output.colors
  output.field('module', `${found.module}, ${counted(found.size, 'byte')}`)
  output.field('verdict', `${found.verdict === 'admitted' ? green('admitted') : red('rejected')} under ${profile.id}`)
  for (const { code, subject, offset, detail } of found.findings) {
    const about = subject === undefined || detail.includes(subject) ? '' : ` ${harmless(subject)}`
    output.field('', `at byte ${offset}: ${red(code + about)}: ${harmless(detail)}`)
  }
  if (found.reactor) output.field('kind', 'a reactor: `_initialize` runs first, before every call')
  table(
    output,
    'features',
    found.features.map(feature => [feature]),
  )
  table(
    output,
    'imports',
    found.imports.map(({ module, name, type, kind, verdict, reason }) => [
      `${harmless(module)}.${harmless(name)}`,
      type ?? kind,
      verdict,
      reason,
    ]),
  )
  if (found.exports === undefined || found.limits === undefined) return
  table(
    output,
    'exports',
    found.exports.map(({ name, kind, type, abi }) => [
      harmless(name),
      kind === 'function' ? type : `${kind}, ${type}`,
      abi === undefined ? '' : abi,
    ]),
  )
  table(
    output,
    'limits',
    Object.entries(found.limits).map(([name, { has, limit }]) => [
      name,
      grouped(has).padStart(10),
      `of ${grouped(limit)}`,
    ]),
  )
}

/** Rows in columns, the first one next to their name. */
function table(output: Output, name: string, rows: readonly (readonly string[])[]): void {
  const widths = rows[0]?.map((_, column) => Math.min(30, Math.max(...rows.map(row => row[column]!.length)))) ?? []
  if (rows.length === 0) output.field(name, 'none')
  rows.forEach((row, i) =>
    output.field(
      i === 0 ? name : '',
      row
        .map((cell, column) => cell.padEnd(widths[column]!))
        .join('  ')
        .trimEnd(),
    ),
  )
}
