/**
 * The parts of this library that need Node: the file-system store, gateways, key files, the engines on threads and on
 * processes, and the private index and the memo on disk.
 */
export { createFsStore, type FsStore, type FsStoreOptions, type PinOptions } from './content/fs-store.ts'
export type { GcOptions, GcReport } from './content/gc.ts'
export type { Pin } from './content/pins.ts'
export { createFsIndex, type FsIndexOptions } from './engine/fs-index.ts'
export { createFsMemo, type FsMemoOptions } from './executor/fs-memo.ts'
export type { MemoEntries, MemoStore } from './executor/memo-store.ts'
export type { PreparingEngine } from './engine/engine.ts'
export type { PreparedIndex } from './engine/prepared-index.ts'
export type { PreparerOptions } from './engine/preparer.ts'
export { createThreadEngine, type ThreadOptions } from './engine/threads.ts'
export { createProcessEngine, type ProcessOptions } from './engine/processes.ts'
export { createGateway, type Gateway } from './gateway/gateway.ts'
export {
  serveGateway,
  type CloseGatewayOptions,
  type GatewayServer,
  type ServeGatewayOptions,
} from './gateway/serve.ts'
export type { CreateGatewayOptions } from './gateway/settings.ts'
export { readKeyFile, writeKeyFile } from './envelope/key-file.ts'
export type { Signer, SigningKey } from './envelope/key.ts'
