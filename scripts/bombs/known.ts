/** Modules whose preparation once cost far more than their price. */
import { repeat, s33 } from '../../test/wasm/bytes.ts'
import { Draft, NUMBERS, T, zero, type Kind } from './draft.ts'

const forms = (count: number): Kind[][] =>
  Array.from({ length: count }, (_, i) => [
    NUMBERS[i % 5]!,
    NUMBERS[Math.floor(i / 5) % 5]!,
    NUMBERS[Math.floor(i / 25) % 5]!,
  ])

/** 9 990 locals and 5 000 `if … end` in 25 KB. The baseline compiler of an engine took 1.4 GB for it. */
export function localsAndIfs(locals = 9_990, ifs = 5_000): Uint8Array {
  const draft = new Draft()
  return draft.bytes([draft.function(draft.type([]), repeat(ifs, 0x41, 0, 0x04, 0x40, 0x0b), [[locals, T.i32]])])
}

/** The same in many bodies, which a compiler may compile in parallel. */
export function manyBodiesOfLocalsAndIfs(bodies = 60, ifs = 790): Uint8Array {
  const draft = new Draft()
  const code = repeat(ifs, 0x41, 0, 0x04, 0x40, 0x0b)
  return draft.bytes(Array.from({ length: bodies }, () => draft.function(draft.type([]), code, [[9_990, T.i32]])))
}

/**
 * Exports of functions with 255 vectors as results. An export takes a few bytes, and instrumentation adds 3 600 bytes
 * for it.
 */
export function exportsAndResults(exports = 999): Uint8Array {
  const draft = new Draft()
  const type = draft.type(
    [],
    Array.from({ length: 255 }, () => 'v128' as const),
  )
  for (let i = 0; i < exports; i++) draft.export(i.toString(36), 0, draft.function(type, 0x00))
  return draft.bytes([])
}

/**
 * A sequence of blocks with three or more results, all of different types. Binaryen had separate locals for each list
 * of types. `f` calls itself n times after the blocks, and returns 7.
 */
export function blockResults(count = 64, width = 3): Uint8Array {
  const draft = new Draft()
  const wide = Array.from({ length: width - 3 }, () => 'i32' as const)
  const blocks = forms(count)
    .map(form => [...form, ...wide])
    .map(form => [0x02, s33(draft.type([], form)), form.map(zero), 0x0b, repeat(form.length, 0x1a)])
  const recurses = [0x20, 0, 0x45, 0x04, 0x40, 0x41, 7, 0x0f, 0x0b, blocks, 0x20, 0, 0x41, 1, 0x6b, 0x10, 0]
  draft.export('f', 0, draft.function(draft.type(['i32'], ['i32']), recurses))
  return draft.bytes([])
}
