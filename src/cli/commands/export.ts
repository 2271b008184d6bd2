import type { CID } from 'multiformats/cid'
import { carPieces, type ExportOptions } from '../../content/car.ts'
import type { Context } from '../context.ts'
import { contentCid } from '../inputs.ts'
import { counted, requireOutput, STDOUT, writePieces } from '../output.ts'
import { withProgress } from '../progress.ts'
import { EXIT } from '../usage.ts'

/** The greatest number of bytes of blocks in one CAR: 64 GiB. Blocks are written as they are read. */
const MAX_CAR_BYTES = 64 * 1024 ** 3

/** Writes a CAR file with CIDs, which are its roots, and all blocks that they link to. */
export async function exportTo(
  context: Context,
  words: readonly string[],
  { output }: { readonly output?: string },
): Promise<number> {
  const path = requireOutput(output, 'a CAR', context.json)
  const cids: CID[] = []
  for (const word of words) cids.push(await contentCid(context, word))
  const { blocks, bytes } = await writeCar(context, cids, path)
  const named = cids.length === 1 ? { cid: cids[0]! } : { cids }
  await context.answer({ ...named, file: path, size: bytes, blocks }, output => {
    if (path !== STDOUT) output.note(`${path}: ${counted(blocks, 'block')}, ${counted(bytes, 'byte')}`)
  })
  return EXIT.done
}

/** Writes a CAR with CIDs and all blocks that they link to, directly or indirectly. */
export async function writeCar(
  context: Context,
  cids: readonly CID[],
  path: string,
  options: Pick<ExportOptions, 'skipMissing'> = {},
): Promise<{ blocks: number; bytes: number }> {
  const { signal } = context
  const source = await context.source()
  const written = await withProgress(
    cids.length === 1 ? `exporting ${cids[0]}` : `exporting ${counted(cids.length, 'CID')}`,
    () => writePieces(path, carPieces(source, cids, { ...options, signal, maxBytes: MAX_CAR_BYTES })),
  )
  // The first piece is the header.
  return { blocks: written.pieces - 1, bytes: written.bytes }
}
