/** The fields of a program of WASI, and the parameter that they give. */
import { createMemoryStore, listFiles, type Value } from 'ipvm-wasm'
import { CID } from 'multiformats/cid'
import { beforeEach, expect, test } from 'vitest'
import { programFields, type ProgramFields } from '../../examples/verify-page/src/program-fields.ts'
import { named, useDocument } from './document.ts'

let document: Document
let fields: ProgramFields

beforeEach(() => {
  document = useDocument('')
  fields = programFields()
  document.body.append(...fields.elements)
})

function choose(...names: readonly string[]): void {
  const files = names.map(name => new File([`of ${name}`], name))
  Object.defineProperty(named(document, 'program-files'), 'files', { value: files })
}

test('files keep their names, whatever characters they have', async () => {
  choose('a+b.txt', 'a_b.txt', '.hidden')
  const store = createMemoryStore()
  const { files } = (await fields.param(store)) as Readonly<Record<string, Readonly<Record<string, Value>>>>
  const found: string[] = []
  for await (const { path } of listFiles(store, CID.asCID(files!['in'])!)) found.push(path)
  expect(found.sort()).toEqual(['.hidden', 'a+b.txt', 'a_b.txt'])
})

test('two files with one name are a fault that names it', async () => {
  choose('poem.txt', 'poem.txt')
  await expect(fields.param(createMemoryStore())).rejects.toMatchObject({
    code: 'bad-usage',
    message: expect.stringContaining('poem.txt') as string,
  })
})
