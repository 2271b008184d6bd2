import type { CID } from 'multiformats/cid'
import type { Context } from '../context.ts'
import { contentCid } from '../inputs.ts'
import { counted, requireOutput, STDOUT, writeOutput } from '../output.ts'
import { stdout } from '../terminal.ts'
import { EXIT, UsageError } from '../usage.ts'
import { printable } from '../../words/bytes.ts'

/** Writes the content of a file, by its CID or a path from one, to stdout or to a file. */
export async function get(
  context: Context,
  word: string,
  { output: path }: { readonly output?: string },
): Promise<number> {
  const { output, json } = context
  const cid = await contentCid(context, word)
  if (path !== undefined) requireOutput(path, 'content', json)
  const bytes = await context.loadFile(cid)
  if (path !== undefined) await writeOutput(path, bytes)
  else if (!json) await writeOutput(openTo(bytes, cid), bytes)
  if (json)
    await context.answer(
      { cid, size: bytes.length, ...(path === undefined ? { content: bytes } : { file: path }) },
      () => {},
    )
  else if (path !== undefined && path !== STDOUT) output.note(`${path}: ${counted(bytes.length, 'byte')}`)
  return EXIT.done
}

/** The path of standard output. Throws UsageError if it is a terminal and the bytes contain more than plain text. */
function openTo(bytes: Uint8Array, cid: CID): string {
  if (!stdout.isTerminal || printable(bytes) !== undefined) return STDOUT
  throw new UsageError(
    `the content of ${cid} is not plain text, so it is not written to a terminal: name a file for it with -o FILE`,
    'With -o - it is written to the terminal all the same.',
  )
}
