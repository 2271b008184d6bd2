/** The context of a command: the store, the gateway, the output, and the signal of an interruption. */
import { lstatSync } from 'node:fs'
import { join } from 'node:path'
import type { CID } from 'multiformats/cid'
import { Fault } from '../base/fault.ts'
import { createFsStore, type FsStore } from '../content/fs-store.ts'
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

/** The default folder of the block store, in the working directory. `--store` and the environment override it. */
export const DEFAULT_STORE = '.ipvm-wasm'

/** The greatest size of a file that is loaded as a module or as an argument, in bytes. */
export const MAX_FILE_BYTES = 64 * 1024 * 1024

export class Context {
  readonly output = new Output()
  readonly store: FsStore
  /** The folder of the store. */
  readonly folder: string
  readonly gateway: string | undefined
  readonly json: boolean
  /** Fires when the user interrupts the command. */
  readonly signal: AbortSignal

  constructor({ store, gateway, json = false }: Globals, signal: AbortSignal) {
    this.folder = store ?? (process.env['IPVM_WASM_STORE'] || defaultStore())
    this.store = createFsStore(this.folder)
    this.gateway = gateway
    this.json = json
    this.signal = signal
  }

  /** The same context with another signal. */
  withSignal(signal: AbortSignal): Context {
    return Object.assign(Object.create(Context.prototype) as Context, this, { signal })
  }

  /** Ends the use of the store, so that the next command finds its blocks at once. */
  close(): Promise<void> {
    return this.store.close()
  }

  /** Writes the answer: with `--json` as one dag-json object, otherwise by calling `people`. */
  async answer(object: object, people: (output: Output) => void): Promise<void> {
    if (this.json) this.output.json(await toDagJson(object))
    else people(this.output)
  }

  /** A store for reading documents: `local`, with the gateway as fallback if one is named. Blocks of the gateway are not stored. */
  async source(local: BlockStore = this.store): Promise<BlockStore> {
    if (this.gateway === undefined) return local
    const { createFallbackStore, createGatewayStore } = await remote()
    return createFallbackStore(local, createGatewayStore(this.gateway, { signal: this.signal }))
  }

  /** Loads the content of a file from the store, or else from the gateway. Then all of its blocks are stored. */
  loadFile(cid: CID, maxBytes?: number): Promise<Uint8Array> {
    const { gateway, signal, store } = this
    const bound = { signal, maxBytes }
    return withProgress(`loading ${cid}`, async () => {
      if (gateway === undefined) return load(store, cid, bound)
      const { loadThrough } = await remote()
      try {
        return await loadThrough(store, gateway, cid, bound)
      } catch (error) {
        // Some gateways do not offer archives. Then each block is requested.
        if (!refusesArchives(error)) throw error
        return loadThrough(store, gateway, cid, { ...bound, mode: 'raw' })
      }
    })
  }
}

/** The default store. A link in its place is refused, since the contents of the working directory may come from others. */
function defaultStore(): string {
  const folder = join(process.cwd(), DEFAULT_STORE)
  if (lstatSync(folder, { throwIfNoEntry: false })?.isSymbolicLink() !== true) return folder
  throw new Fault(
    'store-failed',
    `${folder} is a link: where blocks are to be kept elsewhere, name the place with --store`,
    { path: folder },
  )
}

/** Loads the code for gateways, which is needed only if one is named. */
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
