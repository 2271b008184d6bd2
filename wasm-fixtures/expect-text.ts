/** Checks one fixture in text on the bare engine. What that engine cannot tell, such as gas, is left to the tests. */
import { callCore } from './bare.ts'
import type { Value } from './expected.ts'
import type { Letter } from './signature.ts'
import { signatures } from './signature.ts'
import type { Directives } from './wat.ts'
import { assemble, parseDirectives, parseHex } from './wat.ts'

/** V8's words for each trap. They serve to check the fixtures alone: the project never reads an engine's messages. */
const WORDS: Readonly<Record<string, RegExp>> = {
  'unreachable': /^unreachable$/,
  'memory-out-of-bounds': /memory access out of bounds|data segment/,
  'table-out-of-bounds': /table index is out of bounds|table initializer|element segment out of bounds/,
  'bad-indirect-call': /table index is out of bounds|null function or function signature mismatch/,
  'divide-by-zero': /divide by zero|remainder by zero/,
  'integer-overflow': /divide result unrepresentable|float unrepresentable/,
  'invalid-conversion': /float unrepresentable/,
  'stack-exhausted': /Maximum call stack size exceeded/,
  'abort': /^env\.abort$/,
}

/** What is wrong with the fixture, or undefined. */
export async function checkText(file: string, text: string): Promise<string | undefined> {
  const directives = parseDirectives(text)
  const bytes = file.endsWith('.hex') ? parseHex(text) : await assemble(text)
  const [kind] = directives.expect
  if (kind === 'trap') return checkTrap(bytes, directives)
  if (kind === 'ok') return checkOk(bytes, directives, file.startsWith('nan-'))
  return checkVerdict(bytes, kind!)
}

/** The engine accepts other features and limits than the profile does, but agrees on what is wrong and on imports. */
function checkVerdict(bytes: Uint8Array, kind: string): string | undefined {
  if (kind === 'feature' || kind === 'limit') return undefined
  const valid = WebAssembly.validate(bytes as Uint8Array<ArrayBuffer>)
  const expected = kind !== 'malformed' && kind !== 'invalid'
  return valid === expected ? undefined : `${kind}, but the engine says ${valid ? 'valid' : 'invalid'}`
}

function run(bytes: Uint8Array, { run: call }: Directives): Promise<Value[]> {
  const abort = (): never => {
    throw new Error('env.abort')
  }
  const params = signatures(bytes).get(call!.fun)!.params.map((type, i) => parse(type, call!.args[i]!))
  return callCore(bytes, call!.fun, params, { env: { abort } })
}

async function checkTrap(bytes: Uint8Array, directives: Directives): Promise<string | undefined> {
  const code = directives.expect[1]!
  if (code === 'out-of-gas') return WebAssembly.validate(bytes as Uint8Array<ArrayBuffer>) ? undefined : 'invalid'
  const words = WORDS[code]
  if (words === undefined) return `no such code: ${code}`
  return run(bytes, directives).then(
    () => 'does not trap',
    (error: Error) => (words.test(error.message) ? undefined : `${code}, but: ${error.message}`),
  )
}

async function checkOk(bytes: Uint8Array, directives: Directives, nan: boolean): Promise<string | undefined> {
  if (directives.pages !== undefined) return undefined // the engine has no such limit
  const { results } = signatures(bytes).get(directives.run!.fun)!
  const words = directives.expect.slice(1)
  if (words.length !== results.length) return 'as many values as results are expected'
  const actual = (await run(bytes, directives)).map((value, i) => toText(results[i]!, value)).join(' ')
  const expected = results.map((type, i) => toText(type, parse(type, words[i]!))).join(' ')
  // What a NaN's bits are is up to the engine, that is what these fixtures are for.
  return nan || actual === expected ? undefined : `${actual} instead of ${expected}`
}

/** Integers in decimal or as bits in hex, floats and vectors as bits in hex, the highest first. */
function parse(type: Letter, word: string): Value {
  if (type === 'i32') return BigInt.asIntN(32, BigInt(word))
  if (type === 'i64') return BigInt.asIntN(64, BigInt(word))
  return new Uint8Array(Buffer.from(word.slice(2), 'hex').reverse())
}

function toText(type: Letter, value: Value): string {
  if (value instanceof Uint8Array) return `0x${Buffer.from(value).reverse().toString('hex')}`
  const bits = type === 'i32' ? 32 : 64
  return `0x${BigInt.asUintN(bits, value as bigint).toString(16).padStart(bits / 4, '0')}`
}
