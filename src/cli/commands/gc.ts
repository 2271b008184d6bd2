import type { CID } from 'multiformats/cid'
import type { Context } from '../context.ts'
import { requireCid } from '../inputs.ts'
import { counted } from '../output.ts'
import { withProgress } from '../progress.ts'
import { EXIT, UsageError } from '../usage.ts'

export interface GcChoices {
  readonly dryRun?: boolean
  readonly all?: boolean
  /** In seconds. */
  readonly grace: number
}

/** Removes what neither a pin nor one of the CIDs reaches. With `dryRun` it lists that instead. */
export async function gc(
  context: Context,
  words: readonly string[],
  { dryRun = false, all = false, grace }: GcChoices,
): Promise<number> {
  const { store, signal } = context
  const roots = words.map(requireCid)
  if (!dryRun && !all && roots.length === 0 && (await store.pins().next()).done === true)
    throw new UsageError(
      'nothing is pinned, so that nearly all blocks would go',
      'ipvm-wasm pin CID keeps a CID and what it links to. --dry-run lists what would go, --all removes it.',
    )
  const gone: { readonly cid: CID; readonly size: number }[] = []
  const { blocks, bytes, reached } = await withProgress('collecting', () =>
    store.gc({
      roots,
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
