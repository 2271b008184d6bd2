import type { CID } from 'multiformats/cid'
import { memoRoots } from '../../executor/memo-roots.ts'
import type { Context } from '../context.ts'
import { requireCid } from '../inputs.ts'
import { commandMemo } from '../memo.ts'
import { counted } from '../output.ts'
import { withProgress } from '../progress.ts'
import { EXIT, UsageError } from '../usage.ts'

export interface GcChoices {
  readonly dryRun?: boolean
  readonly all?: boolean
  /** In seconds. */
  readonly grace: number
  /** False to keep no receipts of earlier runs. */
  readonly memo: boolean
}

/** Removes what no pin, none of the CIDs and no receipt of an earlier run reaches. With `dryRun` it lists that instead. */
export async function gc(
  context: Context,
  words: readonly string[],
  { dryRun = false, all = false, grace, memo }: GcChoices,
): Promise<number> {
  const { store, signal } = context
  const roots = words.map(requireCid)
  if (!dryRun && !all && roots.length === 0 && (await store.pins().next()).done === true)
    throw new UsageError(
      'nothing is pinned and no CID is given, so that nearly all blocks would go',
      'ipvm-wasm pin CID keeps a CID and what it links to. --dry-run lists what would go, --all removes it.',
    )
  const gone: { readonly cid: CID; readonly size: number }[] = []
  const { blocks, bytes, reached } = await withProgress('collecting', () =>
    store.gc({
      roots: rootsOf(roots, commandMemo(memo)),
      graceMs: Math.round(grace * 1000),
      dryRun,
      signal,
      onBlock: (cid, size) => void (dryRun && gone.push({ cid, size })),
    }),
  )
  await context.answer({ blocks, bytes, reached, ...(dryRun && { gone }) }, output => {
    for (const { cid, size } of gone) output.line(cid.toString(), `  ${counted(size, 'byte')}`)
    const verb = dryRun ? 'would go' : 'removed'
    const sum = `${counted(blocks, 'block')}, ${counted(bytes, 'byte')} ${verb}; ${counted(reached, 'block')} reached`
    if (dryRun) output.note(sum)
    else output.line(sum)
  })
  return EXIT.done
}

async function* rootsOf(cids: readonly CID[], memo: ReturnType<typeof commandMemo>): AsyncGenerator<CID> {
  yield* cids
  if (memo !== undefined) yield* memoRoots(memo)
}
