/** What needs Node: the file-system store and the engine on threads. */
export { createFsStore } from './content/fs-store.ts'
export { createThreadEngine, type ThreadOptions } from './engine/threads.ts'
