/** What needs Node: the file-system store, the engine on threads, and the private index on disk. */
export { createFsStore } from './content/fs-store.ts'
export { createFsIndex, type FsIndexOptions } from './engine/fs-index.ts'
export { createThreadEngine, type ThreadOptions } from './engine/threads.ts'
