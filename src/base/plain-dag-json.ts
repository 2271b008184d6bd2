/**
 * Writes common values as dag-json without the encoder of `@ipld/dag-json`. Loading that encoder takes longer than many
 * tasks.
 */
import { base64 } from 'multiformats/bases/base64'
import { CID } from 'multiformats/cid'
import { isBytes, isPlainObject } from './realms.ts'

/**
 * Writes a value as a line of dag-json. Returns undefined for a value that needs the encoder. These are values with a
 * float, the key `/`, text with a lone surrogate, or an object of a class other than bytes and CIDs.
 */
export function plainDagJson(value: unknown): string | undefined {
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
  if (isBytes(value)) return `{"/":{"bytes":"${base64.baseEncode(value)}"}}`
  const cid = CID.asCID(value)
  if (cid !== null) return `{"/":"${cid.toString()}"}`
  if (Array.isArray(value)) return joined('[', value.map(plainDagJson), ']')
  if (!isPlainObject(value)) return undefined
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
