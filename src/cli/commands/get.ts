import type { Context } from '../context.ts'
import { requireCid } from '../inputs.ts'
import { counted, writeOutput } from '../output.ts'
import { EXIT } from '../usage.ts'

/** Writes the content of a file, by its CID, to stdout or to a file. */
export async function get(
  context: Context,
  word: string,
  { output: path }: { readonly output?: string },
): Promise<number> {
  const { output } = context
  const cid = requireCid(word)
  const bytes = await context.loadFile(cid)
  if (path !== undefined) await writeOutput(path, bytes)
  if (context.json)
    await context.answer(
      { cid, size: bytes.length, ...(path === undefined ? { content: bytes } : { file: path }) },
      () => {},
    )
  else if (path === undefined) await output.bytes(bytes)
  else output.note(`${path}: ${counted(bytes.length, 'byte')}`)
  return EXIT.done
}
