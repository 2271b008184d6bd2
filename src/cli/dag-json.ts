/** Writing dag-json. Loaded when there is something to write. */
import { CID } from 'multiformats/cid'

/** A value of the IPLD data model as a line of dag-json. Fields that are `undefined` are left out. */
export async function writeDagJson(value: unknown): Promise<string> {
  const line = plainDagJson(value)
  if (line !== undefined) return line
  const { encode } = await import('@ipld/dag-json')
  return new TextDecoder().decode(encode(withoutUndefined(value)))
}

/**
 * What most answers are made of, without the encoder, which takes longer to load than a task to run. Undefined for
 * what needs it: floats, a key that is a slash, text that is no Unicode, other objects.
 */
function plainDagJson(value: unknown): string | undefined {
  switch (typeof value) {
    case 'boolean':
    case 'bigint':
      return String(value)
    case 'number':
      return Number.isSafeInteger(value) && !Object.is(value, -0) ? String(value) : undefined
    case 'string':
      return /\p{Surrogate}/u.test(value) ? undefined : JSON.stringify(value)
    case 'object':
      return value === null ? 'null' : plainObject(value)
    default:
      return undefined
  }
}

function plainObject(value: object): string | undefined {
  if (value instanceof Uint8Array) {
    const base64 = Buffer.from(value.buffer, value.byteOffset, value.length).toString('base64')
    return `{"/":{"bytes":"${base64.replace(/=+$/, '')}"}}`
  }
  const cid = CID.asCID(value)
  if (cid !== null) return `{"/":"${cid.toString()}"}`
  if (Array.isArray(value)) return joined('[', value.map(plainDagJson), ']')
  if (Object.getPrototypeOf(value) !== Object.prototype) return undefined
  const entries = Object.entries(value).filter(([, item]) => item !== undefined)
  const fields = entries
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([key, item]) => field(plainKey(key), plainDagJson(item)))
  return joined('{', fields, '}')
}

function plainKey(key: string): string | undefined {
  return key === '/' ? undefined : plainDagJson(key)
}

function field(key: string | undefined, item: string | undefined): string | undefined {
  return key === undefined || item === undefined ? undefined : `${key}:${item}`
}

function joined(open: string, items: readonly (string | undefined)[], close: string): string | undefined {
  return items.includes(undefined) ? undefined : `${open}${items.join(',')}${close}`
}

function withoutUndefined(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutUndefined)
  if (typeof value !== 'object' || value === null || Object.getPrototypeOf(value) !== Object.prototype) return value
  const entries = Object.entries(value).filter(([, item]) => item !== undefined)
  return Object.fromEntries(entries.map(([key, item]) => [key, withoutUndefined(item)]))
}
