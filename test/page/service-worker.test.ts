/** The service worker in a scope of the test's: what it keeps, what it answers, and what it does not believe. */
import { createHash } from 'node:crypto'
import { beforeAll, beforeEach, describe, expect, test } from 'vitest'

const SCOPE = 'https://gateway.example/ipfs/bafy/'
const FILES: Readonly<Record<string, string>> = {
  'index.html': '<title>page</title>',
  'assets/index.js': 'page()',
  'engine-worker.js': 'work()',
  'binaryen.wasm': 'large',
}
const WHEN: Readonly<Record<string, string>> = { 'engine-worker.js': 'used', 'binaryen.wasm': 'used' }

/** The caches of an origin. */
class Caches {
  readonly held = new Map<string, Map<string, Response>>()

  open = async (name: string) => {
    const cache = this.held.get(name) ?? new Map<string, Response>()
    this.held.set(name, cache)
    return {
      match: async (url: string) => cache.get(url)?.clone(),
      put: async (url: string, response: Response) => void cache.set(url, response.clone()),
    }
  }

  keys = async (): Promise<string[]> => [...this.held.keys()]

  delete = async (name: string): Promise<boolean> => this.held.delete(name)
}

type Listener = (event: object) => void

const listeners = new Map<string, Listener>()
let caches: Caches
let requested: string[]
/** The files of the server. */
let server: Record<string, string>
let skipped = 0

beforeAll(async () => {
  const kept = Object.entries(FILES).map(([path, content]) => ({
    path,
    sha256: createHash('sha256').update(content).digest('base64'),
    when: WHEN[path] ?? 'first',
  }))
  Object.assign(globalThis, {
    __KEPT__: kept,
    __VERSION__: 'v2',
    registration: { scope: SCOPE },
    clients: { claim: async () => {} },
    skipWaiting: async () => void skipped++,
    addEventListener: (name: string, listener: Listener) => listeners.set(name, listener),
    caches: {
      open: (name: string) => caches.open(name),
      keys: () => caches.keys(),
      delete: (name: string) => caches.delete(name),
    },
    fetch: async (url: string) => {
      requested.push(url)
      const content = server[url.slice(SCOPE.length)]
      return content === undefined ? new Response('none', { status: 404 }) : new Response(content)
    },
  })
  await import('../../examples/verify-page/src/sw.ts')
})

beforeEach(() => {
  caches = new Caches()
  requested = []
  server = { ...FILES }
})

async function dispatch(name: string, event: object = {}): Promise<void> {
  const work: Promise<unknown>[] = []
  listeners.get(name)!({ ...event, waitUntil: (promise: Promise<unknown>) => work.push(promise) })
  await Promise.all(work)
}

/** The answer to a request, or undefined if the service worker leaves it to the network. */
async function answerTo(url: string, mode = 'cors', method = 'GET'): Promise<string | undefined> {
  let answer: Promise<Response> | undefined
  const respondWith = (response: Promise<Response>): void => void (answer = response)
  listeners.get('fetch')!({ request: { url, mode, method }, respondWith })
  return (await answer)?.text()
}

async function ask(question: string): Promise<unknown> {
  let told: unknown
  await dispatch('message', {
    data: { ask: question },
    source: { postMessage: (state: unknown) => void (told = state) },
  })
  return told
}

describe('keeping', () => {
  test('the first files when it installs, others when they are asked for', async () => {
    await dispatch('install')
    expect(requested.map(url => url.slice(SCOPE.length))).toEqual(['index.html', 'assets/index.js'])
    expect(await ask('state')).toEqual({ kept: 'page' })
    expect(requested).toHaveLength(2)
    expect(await ask('keep')).toEqual({ kept: 'all' })
    expect(requested).toHaveLength(4)
    expect(await ask('state')).toEqual({ kept: 'all' })
    expect(requested).toHaveLength(4)
  })

  test('a file of another version is not kept, and the version does not install', async () => {
    server['index.html'] = 'another version'
    await expect(dispatch('install')).rejects.toThrow('index.html')
  })

  test('without a network, the state is that of the page', async () => {
    await dispatch('install')
    server = {}
    expect(await ask('keep')).toEqual({ kept: 'page' })
  })

  test('caches of earlier versions of this place go, and those of others stay', async () => {
    const others = ['something else', 'ipvm-wasm-verify https://gateway.example/ipfs/other/ v1']
    for (const name of [...others, `ipvm-wasm-verify ${SCOPE} v1`]) await caches.open(name)
    await dispatch('install')
    await dispatch('activate')
    expect(await caches.keys()).toEqual([...others, `ipvm-wasm-verify ${SCOPE} v2`])
  })

  test('a new version takes over when it is told to', async () => {
    await ask('activate')
    expect(skipped).toBe(1)
  })
})

describe('answering', () => {
  test('from the cache, without a network', async () => {
    await dispatch('install')
    server = {}
    expect(await answerTo(SCOPE, 'navigate')).toBe(FILES['index.html'])
    expect(await answerTo(`${SCOPE}index.html?a#run`, 'navigate')).toBe(FILES['index.html'])
    expect(await answerTo(`${SCOPE}assets/index.js`)).toBe('page()')
  })

  test('a file that is loaded is kept', async () => {
    expect(await answerTo(`${SCOPE}binaryen.wasm`)).toBe('large')
    server = {}
    expect(await answerTo(`${SCOPE}binaryen.wasm`)).toBe('large')
  })

  test('what another page of the origin has put into the cache is not believed', async () => {
    await dispatch('install')
    const cache = await caches.open(`ipvm-wasm-verify ${SCOPE} v2`)
    await cache.put(`${SCOPE}assets/index.js`, new Response('sayConfirmed()'))
    expect(await answerTo(`${SCOPE}assets/index.js`)).toBe('page()')
    // It has been replaced by the right one.
    server = {}
    expect(await answerTo(`${SCOPE}assets/index.js`)).toBe('page()')
  })

  test.each([
    ['a gateway', 'https://other.example/ipfs/bafy?format=raw', 'cors', 'GET'],
    ['another path of the origin', 'https://gateway.example/ipfs/bafz/index.html', 'navigate', 'GET'],
    ['a file that is none of the page', `${SCOPE}secret.txt`, 'cors', 'GET'],
    ['another method', `${SCOPE}index.html`, 'cors', 'POST'],
  ])('%s is left to the network', async (_, url, mode, method) => {
    expect(await answerTo(url, mode, method)).toBeUndefined()
  })
})
