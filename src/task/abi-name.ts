/**
 * The names of ABIs in tasks: `core`, `bytes`, `wasi`, or `assemblyscript(T,T)->R` with the types of the source. A compiled module has
 * i32 for strings and pointers alike, so the task states the signature.
 */
import { Fault } from '../base/fault.ts'
import { badUsage, fields, givenList, givenText } from '../base/usage.ts'

/** The types of AssemblyScript that can cross. */
export const AS_TYPES = [
  'i32',
  'u32',
  'i64',
  'u64',
  'f32',
  'f64',
  'bool',
  'string',
  'ArrayBuffer',
  'Int8Array',
  'Uint8Array',
  'Uint8ClampedArray',
  'Int16Array',
  'Uint16Array',
  'Int32Array',
  'Uint32Array',
  'BigInt64Array',
  'BigUint64Array',
  'Float32Array',
  'Float64Array',
] as const

/** A type of AssemblyScript that can cross: a number, a string, an ArrayBuffer or a typed array. */
export type AsType = (typeof AS_TYPES)[number]

/** An ABI: the rules by which parameters and results cross between host and guest. */
export type Abi =
  | { readonly name: 'core' }
  | { readonly name: 'bytes' }
  | { readonly name: 'wasi' }
  | { readonly name: 'assemblyscript'; readonly params: readonly AsType[]; readonly result: AsType | 'void' }

const SIGNATURE = /^assemblyscript\(([^()]*)\)->(\w+)$/

/**
 * Parses the name of an ABI.
 *
 * @throws Fault bad-task if the text is not the name of an ABI, or contains spaces
 */
export function parseAbi(name: string): Abi {
  if (typeof name !== 'string') throw badUsage('the ABI', 'text', name)
  if (name === 'core' || name === 'bytes' || name === 'wasi') return { name }
  const [, params, result] = SIGNATURE.exec(name) ?? []
  if (params === undefined || result === undefined) throw badAbi(name, 'no such form')
  return {
    name: 'assemblyscript',
    params: params === '' ? [] : params.split(',').map(type => asType(type, name)),
    result: result === 'void' ? 'void' : asType(result, name),
  }
}

/** Returns the name of an ABI. It is the inverse of `parseAbi`. */
export function formatAbi(abi: Abi): string {
  fields(abi, 'the ABI')
  if (abi.name !== 'assemblyscript') return givenText(abi.name, "the ABI's name")
  return `assemblyscript(${givenList(abi.params, "the ABI's params").join(',')})->${abi.result}`
}

function asType(type: string, name: string): AsType {
  const found = AS_TYPES.find(known => known === type)
  if (found === undefined) throw badAbi(name, `${quoted(type)} is none of ${AS_TYPES.join(', ')}`)
  return found
}

function badAbi(name: string, reason: string): Fault {
  return new Fault(
    'bad-task',
    `not an ABI: ${quoted(name)} (${reason}). Write core, bytes, wasi, or assemblyscript(T,T)->R without spaces`,
    { field: 'args.abi' },
  )
}

/** The greatest length of a name that a message quotes in full, in code units. */
const MAX_QUOTED = 100

function quoted(name: string): string {
  return name.length <= MAX_QUOTED ? JSON.stringify(name) : `${JSON.stringify(name.slice(0, MAX_QUOTED))}…`
}
