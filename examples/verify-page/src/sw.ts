/**
 * The service worker: keeps this page for use without a network.
 *
 * The build replaces `__KEPT__` by the list of its files with their hashes, and `__VERSION__` by the hash of the list. A
 * new version installs beside the old one, and takes over when the page asks for it.
 *
 * Whatever comes out of the cache is checked by its hash. On a path gateway, other pages share the origin and can write
 * to its caches. Without the check they could replace the code of this page.
 */
import type { OfflineQuestion, OfflineState } from './offline.ts'

/** A file of this page. */
interface KeptFile {
  /** The path from the folder of the page. */
  readonly path: string
  /** The SHA-256 of the file in base 64. */
  readonly sha256: string
  /** `first` is kept when this version installs, and `used` once a check has needed it, or on request. */
  readonly when: 'first' | 'used'
}

/** The part of the global scope of a service worker that is used here. */
interface Scope extends EventTarget {
  readonly registration: { readonly scope: string }
  readonly clients: { claim(): Promise<void> }
  skipWaiting(): Promise<void>
}

interface Lifetime extends Event {
  waitUntil(work: Promise<unknown>): void
}

interface Fetched extends Lifetime {
  readonly request: Request
  respondWith(response: Promise<Response>): void
}

interface Asked extends Lifetime {
  readonly data: OfflineQuestion
  readonly source: { postMessage(message: OfflineState): void } | null
}

declare const __KEPT__: readonly KeptFile[]
declare const __VERSION__: string

const scope = globalThis as unknown as Scope
const PREFIX = `ipvm-wasm-verify ${scope.registration.scope} `
const CACHE = PREFIX + __VERSION__
const FILES = new Map(__KEPT__.map(file => [new URL(file.path, scope.registration.scope).href, file]))
const INDEX = new URL('index.html', scope.registration.scope).href

const on = <E extends Event>(name: string, listener: (event: E) => void): void =>
  scope.addEventListener(name, event => listener(event as E))

on<Lifetime>('install', event => event.waitUntil(keep(file => file.when === 'first')))

on<Lifetime>('activate', event =>
  event.waitUntil(
    (async () => {
      for (const name of await caches.keys()) if (name.startsWith(PREFIX) && name !== CACHE) await caches.delete(name)
      await scope.clients.claim()
    })(),
  ),
)

on<Fetched>('fetch', event => {
  const { request } = event
  if (request.method !== 'GET') return
  const url = request.url.replace(/[?#].*$/, '')
  const own = FILES.has(url) ? url : request.mode === 'navigate' && url === scope.registration.scope ? INDEX : undefined
  if (own !== undefined) event.respondWith(answer(own))
})

on<Asked>('message', event => {
  const { ask } = event.data
  const work = async (): Promise<void> => {
    if (ask === 'activate') return scope.skipWaiting()
    if (ask === 'keep') await keep(() => true).catch(() => {})
    const held = await Promise.all([...FILES.keys()].map(url => fromCache(url)))
    event.source?.postMessage({ kept: held.includes(undefined) ? 'page' : 'all' })
  }
  event.waitUntil(work().catch(() => {}))
})

/** A file from the cache, or else from the network, from where it goes into the cache. */
async function answer(url: string): Promise<Response> {
  return (await fromCache(url)) ?? fetchFile(url)
}

/** A file that is in the cache with the right bytes. */
async function fromCache(url: string): Promise<Response | undefined> {
  const cache = await caches.open(CACHE)
  const found = await cache.match(url)
  if (found === undefined) return undefined
  const bytes = await found.clone().arrayBuffer()
  return (await isRight(url, bytes)) ? found : undefined
}

/** Fetches a file. It is kept if it is the one of this version. */
async function fetchFile(url: string): Promise<Response> {
  const response = await fetch(url)
  if (!response.ok) return response
  const bytes = await response.clone().arrayBuffer()
  if (await isRight(url, bytes)) {
    const { headers, status, statusText } = response
    const cache = await caches.open(CACHE)
    await cache.put(url, new Response(bytes, { headers, status, statusText })).catch(() => {})
  }
  return response
}

/** Keeps the files that are wanted and not kept yet. Throws if one of them cannot be had. */
async function keep(wanted: (file: KeptFile) => boolean): Promise<void> {
  for (const [url, file] of FILES) {
    if (!wanted(file) || (await fromCache(url)) !== undefined) continue
    const response = await fetchFile(url)
    if (!response.ok || (await fromCache(url)) === undefined)
      throw new Error(`${file.path} is not the file of this version`)
  }
}

async function isRight(url: string, bytes: ArrayBuffer): Promise<boolean> {
  const digest = new Uint8Array(await crypto.subtle.digest('SHA-256', bytes))
  return btoa(String.fromCharCode(...digest)) === FILES.get(url)!.sha256
}
