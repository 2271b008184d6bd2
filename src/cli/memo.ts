import { createFsMemo } from '../executor/fs-memo.ts'
import type { MemoStore } from '../executor/memo-store.ts'
import { cacheFolder } from './cache.ts'

/** The memo from which `run` answers. Undefined if none is wanted, or if nothing is cached. */
export function commandMemo(wanted: boolean): Required<MemoStore> | undefined {
  const folder = wanted ? cacheFolder('receipts') : undefined
  return folder === undefined ? undefined : createFsMemo(folder)
}
