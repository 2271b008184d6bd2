/** The form of `programs/<name>/expected.json`. */

export type Value = bigint | Uint8Array | string | null

export interface Call {
  /** Overrides the program's `abi`, where functions differ. */
  readonly abi?: string
  readonly fun: string
  readonly params: readonly Value[]
  /** A list in the `core` ABI, a single value in the others. */
  readonly ok: Value | readonly Value[]
}

/** A call whose arguments are files of `inputs/` and whose answer is given by its hash. */
export interface FileCall {
  readonly fun: string
  readonly files: readonly string[]
  readonly bytes: number
  readonly sha256: string
}

export interface Expected {
  readonly abi: string
  readonly calls: readonly Call[]
  readonly files?: readonly FileCall[]
}

type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json }

function encode(value: unknown): unknown {
  if (typeof value === 'bigint') {
    const number = Number(value)
    return Number.isSafeInteger(number) ? number : `${value}n`
  }
  if (value instanceof Uint8Array) return { '/': { bytes: Buffer.from(value).toString('base64').replace(/=+$/, '') } }
  return value
}

function decode(json: Json): Value {
  if (typeof json === 'number') return BigInt(json)
  if (typeof json === 'string') return /^-?\d+n$/.test(json) ? BigInt(json.slice(0, -1)) : json
  if (json === null) return null
  const { bytes } = (json as { '/': { bytes: string } })['/']
  return new Uint8Array(Buffer.from(bytes, 'base64'))
}

/** Integers beyond 2⁵³ as `"123n"`, bytes as in DAG-JSON; one call per line. */
export function stringify({ abi, calls, files }: Expected): string {
  const lines = (list: readonly object[]): string =>
    list.map(item => `    ${JSON.stringify(encodeDeep(item))}`).join(',\n')
  const rest = files === undefined ? '' : `,\n  "files": [\n${lines(files)}\n  ]`
  return `{\n  "abi": ${JSON.stringify(abi)},\n  "calls": [\n${lines(calls)}\n  ]${rest}\n}\n`
}

function encodeDeep(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(encodeDeep)
  if (value === null || typeof value !== 'object' || value instanceof Uint8Array) return encode(value)
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, encodeDeep(item)]))
}

interface CallJson {
  readonly abi?: string
  readonly fun: string
  readonly params: readonly Json[]
  readonly ok: Json
}

/** The inverse of `stringify`. */
export function parseExpected(text: string): Expected {
  const json = JSON.parse(text) as { abi: string; calls: CallJson[]; files?: FileCall[] }
  const calls = json.calls.map(({ ok, params, ...call }) => ({
    ...call,
    params: params.map(decode),
    ok: Array.isArray(ok) ? (ok as Json[]).map(decode) : decode(ok),
  }))
  return json.files === undefined ? { abi: json.abi, calls } : { abi: json.abi, calls, files: json.files }
}
