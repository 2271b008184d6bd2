import type { CID } from 'multiformats/cid'
import { visible } from '../../base/visible.ts'
import type { Profile } from '../../interface-profile.ts'
import { describe } from '../../receipt/describe.ts'
import { inspectModule, type Inspection as Inspected } from '../../words/inspection.ts'
import { describeKind } from '../../words/module-kind.ts'
import { chooseProfile } from '../choices.ts'
import type { Context } from '../context.ts'
import { readTarget } from '../inputs.ts'
import { counted, grouped, type Output } from '../output.ts'
import { green, red } from '../terminal.ts'
import { EXIT, UsageError } from '../usage.ts'
import { callCost, type CallCost } from './call-cost.ts'

/** The JSON answer. */
type Inspection = { readonly module: CID } & Inspected & { readonly call?: CallCost }

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
  const module = { module: target.cid, ...inspectModule(target.bytes, profile) }
  const call = options.call === undefined ? undefined : await callCost(context, target, profile, options.call, options)
  const found: Inspection = call === undefined ? module : { ...module, call }
  await context.answer(found, output => print(output, found, profile, options.limits === true))
  return found.verdict === 'admitted' ? EXIT.done : EXIT.negative
}

// ── For people ──────────────────────────────────────────────────────────────────────────────────────────────────────

/** A limit is shown if the module reaches this part of it. */
const NEAR = 0.8

function print(output: Output, found: Inspection, profile: Profile, all: boolean): void {
  const admitted = found.verdict === 'admitted'
  output.field('module', `${found.module}, ${counted(found.size, 'byte')}`)
  output.field('verdict', admitted ? green('admitted') : red('rejected'), ` under ${profile.id}`)
  printFindings(output, found)
  const kind = describeKind(found)
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
