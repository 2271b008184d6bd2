/** What every command works with: the store and the gateway that were named, the streams, and the way to give up. */
import { lstatSync } from 'node:fs'
import { join } from 'node:path'
import type { CID } from 'multiformats/cid'
import { Fault } from '../base/fault.ts'
import { createFsStore } from '../content/fs-store.ts'
import { load } from '../content/unixfs.ts'
import type { BlockStore } from '../interface.ts'
import { toDagJson } from './json.ts'
import { Output } from './output.ts'
import { withProgress } from './progress.ts'

/** The options that every command has. */
export interface Globals {
  readonly store?: string
  readonly gateway?: string
  readonly json?: boolean
}

/** Where blocks are kept unless `--store` or the environment says otherwise: in the working directory. */
export const DEFAULT_STORE = '.ipvm-wasm'

/** Most bytes of a file that is loaded to be run, or as an argument. */
export const MOST_BYTES = 64 * 1024 * 1024

export class Context {
  readonly output = new Output()
  readonly store: BlockStore
  readonly gateway: string | undefined
  readonly json: boolean
  /** Fires when the user interrupts. */
  readonly signal: AbortSignal

  constructor({ store, gateway, json = false }: Globals, signal: AbortSignal) {
    this.store = createFsStore(store ?? (process.env['IPVM_WASM_STORE'] || defaultStore()))
    this.gateway = gateway
    this.json = json
    this.signal = signal
  }

  /** The answer: as one dag-json object, or as `people` writes it. */
  async answer(object: object, people: (output: Output) => void): Promise<void> {
    if (this.json) this.output.json(await toDagJson(object))
    else people(this.output)
  }

  /** The store, or another one, to read documents from: and the gateway after it, if one is named. What the gateway sends is not kept. */
  async source(local: BlockStore = this.store): Promise<BlockStore> {
    if (this.gateway === undefined) return local
    const { createFallbackStore, createGatewayStore } = await remote()
    return createFallbackStore(local, createGatewayStore(this.gateway, { signal: this.signal }))
  }

  /** The content of a file from the store, or else through the gateway; then all of it is in the store, too. */
  loadFile(cid: CID, maxBytes?: number): Promise<Uint8Array> {
    const { gateway, signal, store } = this
    const bound = { signal, maxBytes }
    return withProgress(`loading ${cid}`, async () => {
      if (gateway === undefined) return load(store, cid, bound)
      const { loadThrough } = await remote()
      try {
        return await loadThrough(store, gateway, cid, bound)
      } catch (error) {
        // A gateway need not offer archives. Blocks are asked for one by one then.
        if (!refusesArchives(error)) throw error
        return loadThrough(store, gateway, cid, { ...bound, mode: 'raw' })
      }
    })
  }
}

/** The store that nobody named. What lies in the working directory may come from others, so a link is not gone along. */
function defaultStore(): string {
  const folder = join(process.cwd(), DEFAULT_STORE)
  if (lstatSync(folder, { throwIfNoEntry: false })?.isSymbolicLink() !== true) return folder
  throw new Fault(
    'store-failed',
    `${folder} is a link: where blocks are to be kept elsewhere, name the place with --store`,
    { path: folder },
  )
}

/** What it takes to fetch; loaded when a gateway is named. */
async function remote() {
  const [{ createGatewayStore }, { createFallbackStore }, { loadThrough }] = await Promise.all([
    import('../content/gateway.ts'),
    import('../content/fallback-store.ts'),
    import('../content/through.ts'),
  ])
  return { createGatewayStore, createFallbackStore, loadThrough }
}

function refusesArchives(error: unknown): boolean {
  return (
    error instanceof Fault &&
    error.code === 'gateway-failed' &&
    [400, 406, 415, 501].includes(Number(error.detail['status']))
  )
}
