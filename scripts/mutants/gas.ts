import { mutantsOf, type Mutant } from './mutant.ts'

const GAS = ['test/instrument/mutants-gas.test.ts']
const CHECKS = ['test/instrument/mutants-checks.test.ts']

/** A price that is wrong, missing on one path, or charged at the wrong time. */
export const GAS_MUTANTS: readonly Mutant[] = [
  ...mutantsOf('src/instrument/plan.ts', GAS, [
    ['else-ends-no-block', 'kinds[OP.else] = ANCHOR | BOUNDARY', 'kinds[OP.else] = ANCHOR',
      'What the second arm costs is charged in the first one.'],
    ['else-arm-is-dead', 'this.#mark(OP.else)\n    this.#live = true', 'this.#mark(OP.else)',
      'An else behind an arm that leaves is taken for unreachable and free.'],
    ['loop-ends-no-block', "const ends = new Set(['loop', ", 'const ends = new Set([',
      'What stands before a loop is charged with its first block, and again in each round.'],
    ['call-ends-no-block', "'return', 'call', 'callIndirect', 'unreachable'", "'return', 'callIndirect', 'unreachable'",
      'What stands behind a call is charged before it, and is paid for when the callee traps.'],
    ['fallthrough-of-br_if-is-dead', 'if (code !== OP.brIf) this.#live = false', 'this.#live = false',
      'Code behind a br_if is free.'],
    ['join-is-dead', 'this.#mark(STEP.join)\n      this.#live = true', 'this.#mark(STEP.join)',
      'Code behind a block that only branches leave is free.'],
    ['if-without-else-meets-nothing', 'frame.thenLive || this.#live : true', 'frame.thenLive || this.#live : this.#live',
      'Code behind an if without else is free when its arm leaves.'],
    ['br_table-misses-a-label', 'for (const label of this.#cursor.labels) this', 'for (const label of this.#cursor.labels.slice(1)) this',
      'The first label of a br_table is not counted among the places where control meets.'],
    ['traps-end-no-block', "mode === 'precise' && instruction.traps !== undefined", "mode === 'precise' && instruction.traps === 'memory'",
      'In the precise mode a division is paid together with what stands behind it.'],
    ['every-price-once', 'this.#price += this.#schedule', 'this.#price = this.#schedule',
      'Of a metered block only the last instruction is charged.'],
    ['price-is-carried-over', 'this.#ends.push(step)\n    this.#price = 0', 'this.#ends.push(step)',
      'A block is charged once more with the next one.'],
    ['fast-entry-is-free', "mode === 'fast' ? entryPrice(body, schedule) : 0", "mode === 'fast' ? 0 : 0",
      'The fast mode does not charge for entering a function.'],
    ['entry-ignores-locals', 'entry.flat + entry.perUnit * body.localWords', 'entry.flat + entry.perUnit * Math.min(body.localWords, 1)',
      'All locals of a function are zeroed for the price of one.'],
  ]),
  ...mutantsOf('src/instrument/attach.ts', GAS, [
    ['charge-behind-what-it-pays', 'this.#place(parent, index, false)\n    this.#position++', 'this.#place(parent, index, true)\n    this.#position++',
      'A block is charged behind its first operand instead of in front of it.'],
  ]),
  ...mutantsOf('src/instrument/precise/charge-blocks.ts', GAS, [
    ['small-charges-are-dropped', 'if (price > 0)', 'if (price > 8)', 'A block of one plain instruction is free in the precise mode.'],
    ['traps-are-noted-late', "memory: 'memory-out-of-bounds'", 'memory: undefined', 'No trap of a memory access is announced.'],
    ['tables-trap-as-memory', "table: 'table-out-of-bounds'", "table: 'memory-out-of-bounds'", 'An access past a table has the trap code of one past the memory.'],
  ]),
  ...mutantsOf('src/instrument/precise/charge-entry.ts', GAS, [
    ['precise-entry-is-free', 'if (price > 0)', 'if (price > 1000)', 'The precise mode does not charge for entering a function.'],
  ]),
  ...mutantsOf('src/instrument/precise/meter.ts', GAS, [
    ['last-unit-is-not-to-be-had', 'raw.LtSInt64(), left(), build.int64(0n)', 'raw.LtSInt64(), left(), build.int64(1n)',
      'A run is out of gas when it has used exactly its limit.'],
    ['one-unit-on-credit', 'raw.LtSInt64(), left(), build.int64(0n)', 'raw.LtSInt64(), left(), build.int64(-1n)',
      'A run may use one unit more than its limit.'],
    ['large-bodies-run-for-free', 'edit.large ? chargeByCall(unit, value)', 'edit.large ? unit.build.nop()',
      'Bodies beyond 64 KiB, whose charges are calls, are not charged in the precise mode.'],
  ]),
  ...mutantsOf('src/instrument/precise/tell-traps.ts', GAS, [
    ['overflow-of-any-dividend', 'raw.AndInt32(), least, minusOne', 'raw.AndInt32(), minusOne, minusOne',
      'Every division by minus one is an overflow.'],
    ['remainder-overflows', "if (instruction.traps === 'divideSigned')", 'if (true)', 'The remainder of the least integer and minus one traps.'],
    ['nan-is-an-overflow', "trap(build, 'invalid-conversion')", "trap(build, 'integer-overflow')", 'The truncation of a NaN has the trap code of an overflow.'],
    ['zero-is-not-looked-for', "build.if(build.unary(wide ? raw.EqZInt64() : raw.EqZInt32(), divisor()), trap(build, 'divide-by-zero'))",
      "build.if(build.unary(wide ? raw.EqZInt64() : raw.EqZInt32(), divisor()), trap(build, 'integer-overflow'))",
      'A division by zero has the trap code of an overflow.'],
  ]),
  ...mutantsOf('src/instrument/passes/charge-operands.ts', GAS, [
    ['ranges-are-free', 'if (perUnit === 0) continue', 'if (perUnit !== 0) continue', 'Bulk instructions cost the same whatever their size.'],
    ['wrong-operand-is-the-size', 'const size = { parent: site.expression, index: 2 }', 'const size = { parent: site.expression, index: 1 }',
      'Bulk instructions are charged by their second operand.'],
    ['table.init-is-free', "  tableInit: 'tableInit',\n", '', 'table.init is not charged for its slots.'],
    ['memory.copy-at-the-price-of-fill', "memoryCopy: 'memoryCopy'", "memoryCopy: 'memoryFill'", 'memory.copy has the price of memory.fill.'],
  ]),
  ...mutantsOf('src/instrument/traps.ts', GAS, [
    ['sizes-are-signed', 'build.unary(raw.ExtendUInt32(), operand), build.int64(BigInt(perUnit))', `build.binary(raw.SubInt64(), build.unary(raw.ExtendUInt32(), operand), build.binary(raw.ShlInt64(), build.binary(raw.ShrUInt64(),
      build.unary(raw.ExtendUInt32(), operand), build.int64(31n)), build.int64(32n))), build.int64(BigInt(perUnit))`,
      'A size above 2³¹ is charged as a negative number, and gives gas.'],
  ]),
  ...mutantsOf('src/instrument/fast/check-bounds.ts', CHECKS, [
    ['no-check-at-loops', 'if (before === OP.loop || before === STEP.loopWithParams) edit', 'if (before === STEP.loopWithParams) edit',
      'In the fast mode a loop is not stopped when its gas is out.'],
    ['no-check-at-loops-with-parameters', 'if (before === OP.loop || before === STEP.loopWithParams) edit', 'if (before === OP.loop) edit',
      'In the fast mode a loop with parameters is not stopped when its gas is out.'],
    ['no-check-at-entry', "build.if(isOverdrawn(build, gas), trap(build, 'out-of-gas')),\n      build.set(stack", 'build.set(stack',
      'In the fast mode functions that call each other last are not stopped when their gas is out.'],
  ]),
  ...mutantsOf('src/instrument/fast/check-bounds.ts', GAS, [
    ['fast-blocks-are-free', 'if (price > 0) edit.say(block, subtract(build, gas, price))',
      'if (price > 0 && block > 0) edit.say(block, subtract(build, gas, price))', 'In the fast mode the first block of a function is not charged.'],
  ]),
  ...mutantsOf('src/instrument/fast/meter.ts', CHECKS, [
    ['spends-first-asks-later', 'build.if(isOverdrawn(build, gas), build.unreachable()),\n  ], build.none)', '], build.none)',
      'In the fast mode bulk instructions and growth are done though they cannot be paid.'],
  ]),
  ...mutantsOf('src/instrument/fast/meter.ts', GAS, [
    ['callee-gives-no-gas-back', 'if (results.length === 0) return build.set(edit.gas, call)', 'if (results.length === 0) return build.raw.Drop(build.module, call)',
      'In the fast mode a call of a function without results is free.'],
  ]),
]
