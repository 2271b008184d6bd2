import type { CID } from 'multiformats/cid'
import { carPieces } from '../../content/car.ts'
import type { Context } from '../context.ts'
import { contentCid } from '../inputs.ts'
import { counted, requireOutput, STDOUT, writePieces } from '../output.ts'
import { withProgress } from '../progress.ts'
import { EXIT } from '../usage.ts'

/** The greatest number of bytes of blocks in one CAR: 64 GiB. Blocks are written as they are read. */
const MAX_CAR_BYTES = 64 * 1024 ** 3

/** Writes a CAR file with a CID and all blocks that it links to. */
export async function exportTo(
  context: Context,
  word: string,
  { output }: { readonly output?: string },
): Promise<number> {
  const path = requireOutput(output, 'a CAR', context.json)
  const cid = await contentCid(context, word)
  const { blocks, bytes } = await writeCar(context, cid, path)
  await context.answer({ cid, file: path, size: bytes, blocks }, output => {
    if (path !== STDOUT) output.note(`${path}: ${counted(blocks, 'block')}, ${counted(bytes, 'byte')}`)
  })
  return EXIT.done
}

/** Writes a CAR with a CID and all blocks that it links to, directly or indirectly. */
export async function writeCar(context: Context, cid: CID, path: string): Promise<{ blocks: number; bytes: number }> {
  const { signal } = context
  const source = await context.source()
  const written = await withProgress(`exporting ${cid}`, () =>
    writePieces(path, carPieces(source, [cid], { signal, maxBytes: MAX_CAR_BYTES })),
  )
  // The first piece is the header.
  return { blocks: written.pieces - 1, bytes: written.bytes }
}
