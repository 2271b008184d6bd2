import { exportCar, readCar } from '../../content/car.ts'
import type { Context } from '../context.ts'
import { requireCid } from '../inputs.ts'
import { counted, requireOutput, STDOUT, writeOutput } from '../output.ts'
import { withProgress } from '../progress.ts'
import { EXIT } from '../usage.ts'

/** Writes a CID and all that it links to into a CAR file. */
export async function exportTo(
  context: Context,
  word: string,
  { output }: { readonly output?: string },
): Promise<number> {
  const path = requireOutput(output, 'a CAR', context.json)
  const cid = requireCid(word)
  const { signal } = context
  const source = await context.source()
  const car = await withProgress(`exporting ${cid}`, () => exportCar(source, [cid], { signal }))
  await writeOutput(path, car)
  const blocks = (await readCar(car, { signal })).blocks.length
  await context.answer({ cid, file: path, size: car.length, blocks }, output => {
    if (path !== STDOUT) output.note(`${path}: ${counted(blocks, 'block')}, ${counted(car.length, 'byte')}`)
  })
  return EXIT.done
}
