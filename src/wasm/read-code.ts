import type { Draft } from './draft.ts'
import { checkLimit, Refused, type Findings } from './findings.ts'
import { KEPT_PARTS } from './levels.ts'
import type { Body, LocalRun } from './module.ts'
import { readValueType } from './read-types.ts'
import { Reader, Unreadable } from './reader.ts'
import { wordsOf, wordsOfAll, type FunctionType } from './types.ts'
import { BodyValidator } from './validate-body.ts'

interface Totals {
  /** The size of the code section's contents. */
  readonly codeBytes: number
  localWords: number
  branchTargets: number
  keptValues: number
}

/** Reads the code section: validates and measures each body. */
export function readCode(reader: Reader, draft: Draft, bodies: Body[], findings: Findings): void {
  const at = reader.pos
  const count = reader.u32()
  if (count !== draft.functions.length - draft.importedFunctions) {
    throw new Refused('malformed', at, 'function and code section have inconsistent lengths')
  }
  const code = new Reader(reader.bytes)
  const { rules, types, functions, tables, globals, elements, dataCount, declared, referenced } = draft
  const hasMemory = draft.memories.length > 0
  const validator = new BodyValidator(
    { rules, types, functions, tables, globals, elements, dataCount, declared, referenced, hasMemory },
    code,
  )
  const locals = new Uint8Array(rules.limits.locals)
  const codeBytes = reader.end - at
  const totals: Totals = { codeBytes, localWords: paramWords(draft), branchTargets: 0, keptValues: 0 }
  checkLimit(rules, 'totalLocalWords', totals.localWords, at)
  for (let i = 0; i < count; i++) {
    const start = reader.pos
    const length = reader.u32()
    checkLimit(rules, 'bodyBytes', length, start)
    code.pos = reader.pos
    reader.skip(length)
    code.end = reader.pos
    try {
      bodies.push(readBody(code, draft, draft.functions[draft.importedFunctions + i]!, validator, locals, totals))
    } catch (error) {
      // The next body can still be read. So there can be one finding for each body, as long as more findings are kept.
      note(findings, error)
      if (findings.complete(reader.pos)) throw error
    }
  }
}

/** The words of the parameters of all functions that are not imported. */
function paramWords(draft: Draft): number {
  const cache = new Map<FunctionType, number>()
  let words = 0
  for (let i = draft.importedFunctions; i < draft.functions.length; i++) {
    const type = draft.functions[i]!
    const known = cache.get(type) ?? wordsOfAll(type.params)
    cache.set(type, known)
    words += known
  }
  return words
}

function readBody(
  reader: Reader,
  draft: Draft,
  type: FunctionType,
  validator: BodyValidator,
  locals: Uint8Array,
  totals: Totals,
): Body {
  const { rules } = draft
  const start = reader.pos
  const runs: LocalRun[] = []
  checkLimit(rules, 'locals', type.params.length, start)
  locals.set(type.params)
  let count = type.params.length
  let localWords = 0
  const groups = reader.u32()
  for (let i = 0; i < groups; i++) {
    const at = reader.pos
    const run = reader.u32()
    checkLimit(rules, 'locals', count + run, at)
    const local = readValueType(reader, rules)
    locals.fill(local, count, count + run)
    count += run
    localWords += run * wordsOf(local)
    if (run > 0) runs.push({ count: run, type: local })
  }
  totals.localWords += localWords
  checkLimit(rules, 'totalLocalWords', totals.localWords, start)
  const code = reader.pos
  const { parts, ...measures } = validator.validate(type, locals.subarray(0, count))
  const keptValues = Math.floor((parts * (count + measures.heightWords)) / KEPT_PARTS)
  totals.keptValues += keptValues
  checkLimit(rules, 'keptValues', totals.keptValues - totals.codeBytes, start)
  totals.branchTargets += measures.branchTargets
  checkLimit(rules, 'totalBranchTargets', totals.branchTargets, start)
  return { start, code, end: reader.end, locals: runs, localWords, keptValues, ...measures }
}

/** Adds the finding of an exception that ended the reading. Throws any other exception again. */
export function note(findings: Findings, error: unknown): void {
  if (error instanceof Refused) findings.add(error.code, error.offset, error.message, error.subject)
  else if (error instanceof Unreadable) findings.add('malformed', error.offset, error.message)
  else throw error
}
