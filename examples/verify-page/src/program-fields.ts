/** The fields of a program of WASI: arguments, standard input, files, and what is kept. */
import { addFile, addTree, Fault, type BlockSink, type NewTree, type Param, type Value } from 'ipvm-wasm'
import { h } from './dom.ts'
import { field, fileBytes } from './fields.ts'

/** The fields, and the parameter that they give. */
export interface ProgramFields {
  readonly elements: readonly HTMLElement[]
  /** The parameter of the program. Its files go into the store. */
  param(store: BlockSink): Promise<Param>
}

/** What stands for the program's own name. */
const ARGV0 = 'program'

/** The place of the files, as the program sees them. */
const PLACE = 'in'

/** The greatest size of standard input within a task, in bytes. */
const INLINE_BYTES = 1024

/** Makes the fields. */
export function programFields(): ProgramFields {
  const args = area('program-args')
  const stdin = area('program-stdin')
  const files = h('input', { id: 'program-files', 'data-testid': 'program-files', type: 'file', multiple: true })
  const keep = area('program-keep')
  return {
    elements: [
      field('program-args', 'Arguments, one per line', args),
      field('program-stdin', 'Standard input', stdin),
      field('program-files', `Files, which the program finds in /${PLACE}`, files),
      field('program-keep', 'Files and folders to keep, one per line, such as /out', keep),
    ],
    async param(store) {
      const map: Record<string, Value> = { args: [ARGV0, ...lines(args)] }
      const input = new TextEncoder().encode(stdin.value)
      if (input.length > INLINE_BYTES) map['stdin'] = await addFile(store, input)
      else if (input.length > 0) map['stdin'] = input
      const chosen = [...(files.files ?? [])]
      if (chosen.length > 0) map['files'] = { [PLACE]: await addTree(store, await folderOf(chosen)) }
      const kept = lines(keep).map(path => path.replaceAll(/^\/+|\/+$/g, '') || '.')
      if (kept.length > 0) map['keep'] = [...new Set(kept)]
      return map
    },
  }
}

/** Files under their own names, which are a part of the task. */
async function folderOf(files: readonly File[]): Promise<NewTree> {
  const entries = new Map<string, NewTree>()
  for (const file of files) {
    if (entries.has(file.name)) throw new Fault('bad-usage', `two of the files are called ${file.name}`)
    entries.set(file.name, { kind: 'file', bytes: await fileBytes(file) })
  }
  return { kind: 'directory', entries: [...entries] }
}

function area(id: string): HTMLTextAreaElement {
  return h('textarea', { id, 'data-testid': id, class: 'mono', rows: 2, spellcheck: 'false', autocapitalize: 'off' })
}

function lines({ value }: HTMLTextAreaElement): string[] {
  return value.split(/\r?\n/).filter(line => line !== '')
}
