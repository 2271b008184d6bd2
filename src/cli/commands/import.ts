import { importCar } from '../../content/car.ts'
import type { Context } from '../context.ts'
import { readInput } from '../inputs.ts'
import { counted } from '../output.ts'
import { withProgress } from '../progress.ts'
import { EXIT } from '../usage.ts'

/** Puts the blocks of a CAR file into the store, once all of them are verified. */
export async function importFrom(context: Context, file: string): Promise<number> {
  const bytes = await readInput(file)
  const { store, signal } = context
  const { roots, blocks } = await withProgress(`importing ${file}`, () => importCar(store, bytes, { signal }))
  await context.answer({ roots, blocks }, output => {
    output.note(`${file}: ${counted(blocks, 'block')}`)
    for (const root of roots) output.line(root.toString())
  })
  return EXIT.done
}
