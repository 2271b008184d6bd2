import { importCar } from '../../content/car.ts'
import type { Context } from '../context.ts'
import { withPieces } from '../inputs.ts'
import { counted } from '../output.ts'
import { withProgress } from '../progress.ts'
import { EXIT } from '../usage.ts'

/**
 * Puts the blocks of a CAR into the store. A file is verified as a whole before its first block is stored. The blocks of standard
 * input and of pipes are stored as they come.
 */
export async function importFrom(
  context: Context,
  file: string,
  { maxBlocks }: { readonly maxBlocks: number },
): Promise<number> {
  const { store, signal } = context
  // The size is not bounded, since the memory that this takes does not depend on it.
  const bound = { signal, maxBytes: Number.MAX_SAFE_INTEGER, maxBlocks }
  const { roots, blocks } = await withProgress(`importing ${file}`, () =>
    withPieces(file, source => importCar(store, source, bound)),
  )
  await context.answer({ roots, blocks }, output => {
    output.note(`${file}: ${counted(blocks, 'block')}`)
    for (const root of roots) output.line(root.toString())
  })
  return EXIT.done
}
