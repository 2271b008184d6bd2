/** Classifies abilities and resources: HTTP, content by CID, e-mail. */
import { CID } from 'multiformats/cid'
import { isRecord } from '../base/shape.ts'
import { CAUTION, found, type Found } from './finding.ts'
import type { WorkKind } from './classes.ts'

/** The kinds of HTTP methods (RFC 9110 §9.2, RFC 5789). Any other method is a command. */
const METHODS: Readonly<Record<string, WorkKind>> = Object.freeze({
  get: 'query',
  head: 'query',
  options: 'query',
  trace: 'query',
  put: 'idempotent-command',
  delete: 'idempotent-command',
  post: 'command',
  patch: 'command',
  connect: 'command',
})

/** The kinds of other abilities. Any other ability is a command. */
const ABILITIES: Readonly<Record<string, WorkKind>> = Object.freeze({
  'ipfs/get': 'resolve-cid',
  'ipfs/cat': 'resolve-cid',
  'ipfs/resolve': 'resolve-cid',
  'crud/read': 'query',
  'crud/create': 'command',
  // An update may append, so doing it twice may differ from doing it once. A removal is always idempotent.
  'crud/update': 'command',
  'crud/delete': 'idempotent-command',
  'crud/destroy': 'idempotent-command',
  'email/send': 'command',
  'msg/send': 'command',
})

const KIND_WORDS: Readonly<Record<WorkKind, string>> = Object.freeze({
  'pure-function': 'only computes',
  'resolve-cid': 'loads content that its hash proves',
  query: 'reads from a source that may answer otherwise next time',
  'idempotent-command': 'changes something, the same however often it is done',
  command: 'changes something, once more each time it is done',
})

/** Classifies an HTTP request by its method; `null` stands for GET. */
export function classifyHttp(method: string | null): Found {
  const name = (method ?? 'get').toLowerCase()
  const kind = own(METHODS, name)
  const known = kind === undefined ? `is no method known here, ${CAUTION}` : KIND_WORDS[kind]
  const who = method === null ? 'no method is given; a plain GET' : `HTTP ${name.toUpperCase()}`
  return found('http', kind ?? 'command', 'method', `${who} ${known}`)
}

/** Classifies work by an ability, such as `http/put`, and by its resource if that is known. */
export function classifyAbility(ability: string, resource: unknown): Found {
  const name = normalAbility(ability)
  const [namespace = '', action, ...rest] = name.split('/')
  if ((namespace === 'http' || namespace === 'https') && action !== undefined && rest.length === 0) {
    const scheme = schemeOf(resource)
    if (scheme === null || scheme === 'http' || scheme === 'https' || scheme === 'did') return classifyHttp(action)
    return found('http', 'command', 'ability', `${quote(ability)} has no meaning for a ${scheme} URI, ${CAUTION}`)
  }
  const kind = own(ABILITIES, name)
  if (kind === undefined) {
    return found(namespace, 'command', 'ability', `${quote(ability)} is no ability known here, ${CAUTION}`)
  }
  if (kind === 'resolve-cid' && resource !== null && contentOf(resource) === null) {
    return found(namespace, 'query', 'resource', 'the resource is no CID, so no hash proves what comes back')
  }
  return found(namespace, kind, 'ability', `${quote(ability)} ${KIND_WORDS[kind]}`)
}

/** Classifies work that consists of a resource alone: fetching a URL, resolving a CID, or writing an e-mail. */
export function classifyResource(resource: unknown): Found | null {
  if (contentOf(resource) !== null) {
    return found('ipfs', 'resolve-cid', 'resource', `a CID: it ${KIND_WORDS['resolve-cid']}`)
  }
  switch (schemeOf(resource)) {
    case 'http':
    case 'https':
      return classifyHttp(null)
    case 'ipns':
      return found('ipfs', 'query', 'resource', 'an IPNS name points to other content when its owner says so')
    case 'mailto':
      return found('email', 'command', 'resource', 'an e-mail that is sent twice arrives twice')
    default:
      return null
  }
}

/**
 * Returns the CID and path in a value, which may be a link, `{"/": text}`, the text of a CID, `ipfs://CID/path` or
 * `/ipfs/CID/path`.
 */
export function contentOf(value: unknown): { readonly cid: CID; readonly path: string } | null {
  const cid = CID.asCID(value)
  if (cid !== null) return { cid, path: '' }
  if (isRecord(value) && typeof value['/'] === 'string') return contentOf(value['/'])
  if (typeof value !== 'string') return null
  const [, name, path = ''] = /^(?:ipfs:\/\/|\/ipfs\/)?([A-Za-z0-9]+)((?:\/.*)?)$/.exec(value) ?? []
  const parsed = name === undefined ? null : parseCid(name)
  return parsed === null ? null : { cid: parsed, path: path === '/' ? '' : path }
}

/** Returns the scheme of a URI in lower case, or `null` if the value is not a URI. */
export function schemeOf(value: unknown): string | null {
  if (Object.prototype.toString.call(value) === '[object URL]') return schemeOf((value as URL).href)
  return typeof value === 'string' ? (/^([a-z][a-z0-9+.-]*):/i.exec(value)?.[1]?.toLowerCase() ?? null) : null
}

/** Returns the entry of a table. Inherited properties, such as `constructor`, are not entries. */
function own<T>(table: Readonly<Record<string, T>>, name: string): T | undefined {
  return Object.hasOwn(table, name) ? table[name] : undefined
}

/** Returns an ability in the spelling of the tables, without the leading slash of UCAN 1.0. */
export function normalAbility(ability: string): string {
  return ability.trim().toLowerCase().replace(/^\//, '')
}

/** Quotes foreign text for a sentence. */
export function quote(foreign: string): string {
  return JSON.stringify(foreign)
}

function parseCid(name: string): CID | null {
  try {
    return CID.parse(name)
  } catch {
    return null
  }
}
