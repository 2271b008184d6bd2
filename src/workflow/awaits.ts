/**
 * Reads awaits (docs/spec/workflow.md, WF-4). An await is a map that stands for the result, the error or the outcome of
 * another task. For example, `{ 'await/ok': 'resize' }` stands for the result of the task `resize`.
 */
import type { CID } from 'multiformats/cid'
import { fieldIn } from '../base/field.ts'
import { Misfit } from '../base/shape.ts'
import { isMap } from '../base/value.ts'
import type { Value } from '../interface.ts'
import type { Await, Branch } from './form.ts'

const BRANCHES: Readonly<Record<string, Branch>> = { 'await/ok': 'ok', 'await/error': 'error', 'await/*': '*' }

/**
 * The prefix of the keys of awaits. Data must not use keys with this prefix, so that a misspelt key such as
 * `await/okay` is refused and is not taken for data.
 */
const PREFIX = 'await/'

/** The greatest number of steps of one await. A value has at most this many levels. */
const MAX_STEPS = 64

/** The longest label, in characters. */
export const MAX_LABEL = 64

const LABEL = /^[A-Za-z0-9_.-]+$/

/**
 * Reads the label of a task.
 *
 * @throws Misfit if the value is not a label
 */
export function readLabel(value: unknown, field: string): string {
  if (typeof value !== 'string' || value.length > MAX_LABEL || !LABEL.test(value))
    throw new Misfit(field, `a label: 1 to ${MAX_LABEL} letters, digits, "_", "-" and "."`)
  return value
}

/**
 * Reads an await. Returns undefined for a value that has no key of an await.
 *
 * @throws Misfit if the value has such a key but is not an await, such as `{ 'await/ok': 'a', size: 1 }`
 */
export function awaitOf(value: Value, field: string): Await | undefined {
  if (!isMap<CID>(value)) return undefined
  const keys = Object.keys(value)
  const key = keys.find(name => name.startsWith(PREFIX))
  if (key === undefined) return undefined
  const branch = Object.hasOwn(BRANCHES, key) ? BRANCHES[key] : undefined
  if (branch === undefined)
    throw new Misfit(fieldIn(field, key), 'absent: what is awaited is await/ok, await/error or await/*')
  if (keys.length > 1) throw new Misfit(field, `a map of ${key} alone, since it stands for the outcome of a task`)
  return { field, branch, ...readTarget(value[key]!, fieldIn(field, key)) }
}

/**
 * Reads the value of an await: a label, or a list of a label and steps. For example, `['sum', 0]` is the first item of
 * the result of `sum`.
 */
function readTarget(value: Value, field: string): Pick<Await, 'label' | 'path'> {
  if (!Array.isArray(value)) return { label: readLabel(value, field), path: [] }
  const [label, ...steps] = value as readonly Value[]
  if (steps.length === 0 || steps.length > MAX_STEPS)
    throw new Misfit(field, `a label, or a list of a label and 1 to ${MAX_STEPS} keys and indices`)
  return {
    label: readLabel(label, fieldIn(field, 0)),
    path: steps.map((step, i) => readStep(step, fieldIn(field, i + 1))),
  }
}

function readStep(step: Value, field: string): string | number {
  if (typeof step === 'string') return step
  if (typeof step === 'bigint' && step >= 0n && step <= BigInt(Number.MAX_SAFE_INTEGER)) return Number(step)
  throw new Misfit(field, 'the key of a map, as text, or the index of a list, from 0')
}

/**
 * Returns all awaits in a value, in order.
 *
 * @throws Misfit if a map has a key of an await but is not an await
 */
export function awaitsIn(value: Value, field: string): readonly Await[] {
  const found: Await[] = []
  collect(value, field, found)
  return found
}

function collect(value: Value, field: string, found: Await[]): void {
  if (Array.isArray(value)) {
    for (const [i, item] of (value as readonly Value[]).entries()) collect(item, fieldIn(field, i), found)
    return
  }
  const own = awaitOf(value, field)
  if (own !== undefined) found.push(own)
  else if (isMap<CID>(value)) for (const [key, item] of Object.entries(value)) collect(item, fieldIn(field, key), found)
}
