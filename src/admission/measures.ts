import type { Limits } from '../interface-profile.ts'
import { Cursor } from '../wasm/code.ts'
import { codeBytes, plainBytes, type Module } from '../wasm/module.ts'
import { wordsOfAll } from '../wasm/types.ts'

/** The limits on modules, which admission checks. */
export type Measured = Exclude<
  keyof Limits,
  'stackWords' | 'reentryWords' | 'logBytes' | 'fileBytes' | 'valueBytes' | 'valueDepth' | 'inlineBytes'
>

/**
 * The measures of a valid module for each limit of a profile, in the units of `Limits`. The operand height is an upper bound,
 * since vectors count twice.
 */
export function measuresOf(module: Module): Readonly<Record<Measured, number>> {
  const { bytes, types, imports, functions, tables, globals, exports, elements, data, bodies } = module
  const nameBytes = [...imports.flatMap(entry => [entry.module, entry.name]), ...exports.map(({ name }) => name)]
  const declared = functions.slice(module.importedFunctions)
  const params = declared.reduce((sum, type) => sum + wordsOfAll(type.params), 0)
  return {
    moduleBytes: plainBytes(module),
    totalBytes: bytes.length,
    types: types.length,
    params: greatest(types, type => type.params.length),
    results: greatest(types, type => type.results.length),
    imports: imports.length,
    functions: functions.length,
    tables: tables.length,
    tableSlots: greatest(tables, table => table.min),
    globals: globals.length,
    exports: exports.length,
    exportedWords: module.exportedWords,
    nameBytes: greatest(nameBytes, name => new TextEncoder().encode(name).length),
    elementSegments: elements.length,
    elements: elements.reduce((sum, { length }) => sum + length, 0),
    dataSegments: data.length,
    bodyBytes: greatest(bodies, body => body.end - body.start),
    locals: greatest(bodies, ({ locals }, i) =>
      locals.reduce((sum, { count }) => sum + count, declared[i]!.params.length),
    ),
    totalLocalWords: bodies.reduce((sum, { localWords }) => sum + localWords, params),
    treeDepth: greatest(bodies, body => body.treeDepth),
    operandHeight: greatest(bodies, body => body.heightWords),
    branchTargets: greatest(
      bodies.filter(body => body.branchTargets > 0),
      body => widestTable(bytes, body),
    ),
    totalBranchTargets: bodies.reduce((sum, { branchTargets }) => sum + branchTargets, 0),
    keptValues: Math.max(0, bodies.reduce((sum, body) => sum + body.keptValues, 0) - codeBytes(module)),
    parameterLoops: greatest(bodies, body => body.parameterLoops),
    carriedValues: bodies.reduce((sum, body) => sum + body.carriedValues, 0),
  }
}

/** The greatest number of labels of a `br_table` in a body. */
function widestTable(bytes: Uint8Array, { code, end }: { readonly code: number; readonly end: number }): number {
  const cursor = new Cursor(bytes, code)
  let widest = 0
  while (cursor.pos < end) if (cursor.next().group === 'branchTable') widest = Math.max(widest, cursor.labels.length)
  return widest
}

function greatest<T>(list: readonly T[], of: (item: T, index: number) => number): number {
  return list.reduce((most, item, index) => Math.max(most, of(item, index)), 0)
}
