/** The engine of this page, and what is made with it. */
import {
  createExecutor,
  createVerifier,
  createWorkerEngine,
  PROFILES,
  type BlockSource,
  type BlockStore,
  type Executor,
  type PreparingEngine,
  type Profile,
  type Verifier,
} from 'ipvm-wasm'
import { MAX_MODULE_BYTES } from './bounds.ts'
import { controlled } from './offline.ts'

let engine: PreparingEngine | undefined

/**
 * The engine, which computes in a Web Worker: nothing is compiled or run on the main thread, and a guest that never
 * ends is ended with its worker.
 *
 * It keeps prepared modules in memory alone. In IndexedDB they would survive a reload, but on a path gateway many pages
 * share an origin. Whoever can plant prepared code there decides what a verdict says.
 */
async function theEngine(): Promise<PreparingEngine> {
  // The worker loads the instrumenter. If the service worker is there by then, it keeps it for use without a network.
  await controlled()
  return (engine ??= createWorkerEngine())
}

/** A verifier of the claims of a store. It trusts the profiles that the library defines. */
export async function verifierOf(store: BlockSource): Promise<Verifier> {
  return createVerifier({
    store,
    engine: await theEngine(),
    profiles: Object.values(PROFILES),
    maxModuleBytes: MAX_MODULE_BYTES,
    maxParamBytes: MAX_MODULE_BYTES,
  })
}

/** An executor under a profile. */
export async function executorOf(store: BlockStore, profile: Profile): Promise<Executor> {
  return createExecutor({
    store,
    engine: await theEngine(),
    profile,
    maxModuleBytes: MAX_MODULE_BYTES,
    maxParamBytes: MAX_MODULE_BYTES,
  })
}
