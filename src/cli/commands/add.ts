import type { CID } from 'multiformats/cid'
import { addFile } from '../../content/unixfs.ts'
import type { Context } from '../context.ts'
import { readInput } from '../inputs.ts'
import { counted } from '../output.ts'
import { withProgress } from '../progress.ts'
import { EXIT } from '../usage.ts'

/** Puts files into the store. All of them are read before the first one is stored. */
export async function add(context: Context, files: readonly string[]): Promise<number> {
  const { output, store, signal, json } = context
  const contents = []
  for (const file of files) contents.push({ file, bytes: await readInput(file) })
  const added: { readonly file: string; readonly cid: CID; readonly size: number }[] = []
  for (const { file, bytes } of contents) {
    const cid = await withProgress(`adding ${file}`, () => addFile(store, bytes, { signal }))
    if (!json) output.note(`${file}: ${counted(bytes.length, 'byte')}`)
    added.push({ file, cid, size: bytes.length })
  }
  await context.answer({ added, cid: added.at(-1)!.cid }, () => added.forEach(({ cid }) => output.line(cid.toString())))
  return EXIT.done
}
