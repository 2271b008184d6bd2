/** From the files that a program has left to blocks of UnixFS, and a link to them in its result (docs/spec/wasi.md, WASI-26). */
import { CID } from 'multiformats/cid'
import { Fault } from '../base/fault.ts'
import { isMap } from '../base/value.ts'
import { addTree, type NewTree } from '../content/add-tree.ts'
import type { InputEntry } from '../host/wasi/input.ts'
import type { KeptNode } from '../host/wasi/finish.ts'
import type { Link, Outcome, PlainBlock } from '../interface.ts'

/** The outcome of a program with the files that it has left. */
export async function withFiles(outcome: Outcome, left: KeptNode): Promise<Outcome> {
  const { out } = outcome
  if (!('ok' in out) || !isMap<Link>(out.ok)) return outcome
  const blocks: PlainBlock[] = []
  const put = async (cid: CID, bytes: Uint8Array): Promise<CID> => {
    blocks.push({ link: { '/': cid.toString() }, bytes })
    return cid
  }
  const cid = await addTree({ put } as Parameters<typeof addTree>[0], newTree(left))
  return { ...outcome, out: { ok: { ...out.ok, files: { '/': cid.toString() } } }, blocks }
}

function newTree(node: KeptNode): NewTree {
  switch (node.kind) {
    case 'input':
      return known(node.entry)
    case 'file':
      return { kind: 'file', bytes: node.read(0, node.size) }
    case 'link':
      return { kind: 'symlink', target: node.target }
    case 'directory':
      return { kind: 'directory', entries: node.entries.map(([name, below]) => [name, newTree(below)] as const) }
  }
}

/** What is still as the task has it is named as the task names it. Directories without a name there were listed (WASI-26). */
function known({ link }: InputEntry): NewTree {
  if (link === undefined) throw new Fault('internal', 'a file of the task has no CID')
  return { kind: 'known', cid: CID.parse(link['/']) }
}
