import { mutantsOf, type Mutant } from './mutant.ts'

const GAS = ['test/instrument/mutants-gas.test.ts']
const CHECKS = ['test/instrument/mutants-checks.test.ts']
const GRAPH = ['test/instrument/charge-graph.test.ts']
const COUNTED = ['test/instrument/counted-loops.long.test.ts']

/** Mutants with a price that is wrong, missing on one path, or charged at the wrong time. */
export const GAS_MUTANTS: readonly Mutant[] = [
  ...mutantsOf('src/instrument/gas/analysis/steps.ts', GAS, [
    [
      'else-ends-no-block',
      'kinds[OP.else] = ANCHOR | BOUNDARY',
      'kinds[OP.else] = ANCHOR',
      'The price of the second arm is charged in the first one.',
    ],
    [
      'loop-ends-no-block',
      "const ends = new Set(['loop', ",
      'const ends = new Set([',
      "The code before a loop is charged with the loop's first block, and so again in each iteration.",
    ],
    [
      'call-ends-no-block',
      "'return', 'call', 'callIndirect', 'unreachable'",
      "'return', 'callIndirect', 'unreachable'",
      'The code after a call is charged before the call, and so is paid even if the callee traps.',
    ],
    [
      'traps-end-no-block',
      "traps === 'exact' && instruction.traps !== undefined",
      "traps === 'exact' && instruction.traps === 'memory'",
      'In the precise mode a division is charged together with the code after it.',
    ],
  ]),
  ...mutantsOf('src/instrument/gas/analysis/plan.ts', GAS, [
    [
      'else-arm-is-unreachable',
      'this.#mark(OP.else, frame.labelNode)\n    this.#live = true',
      'this.#mark(OP.else, frame.labelNode)',
      'If the first arm branches away, the else is treated as unreachable and is free.',
    ],
    [
      'code-after-br_if-is-unreachable',
      'if (code !== OP.brIf) this.#live = false',
      'this.#live = false',
      'Code after a br_if is free.',
    ],
    [
      'code-after-block-is-unreachable',
      'this.#mark(STEP.join, frame.labelNode)\n      this.#live = true',
      'this.#mark(STEP.join, frame.labelNode)',
      'Code after a block is free if the block is left by branches only.',
    ],
    [
      'end-of-if-is-no-join',
      'frame.thenLive || this.#live : true',
      'frame.thenLive || this.#live : this.#live',
      'Code after an if without else is free if the arm branches away.',
    ],
    [
      'br_table-ignores-its-first-label',
      'this.#cursor.labels : code === OP.br',
      'this.#cursor.labels.slice(1) : code === OP.br',
      'The first label of a br_table is not treated as a join.',
    ],
    [
      'block-charges-its-last-instruction-only',
      'this.#price += this.#schedule',
      'this.#price = this.#schedule',
      'Only the last instruction of a metered block is charged.',
    ],
    [
      'block-is-charged-again-with-the-next',
      'this.#price = 0\n    this.#from = to',
      'this.#from = to',
      'The price of a block is charged again with the next block.',
    ],
    [
      'fast-entry-is-free',
      "mode.counters === 'globals' ? 0 : entryPrice(body, schedule)",
      "mode.counters === 'globals' ? 0 : 0",
      'The fast mode does not charge for entering a function.',
    ],
    [
      'arms-of-if-leave-different-lags',
      '        this.#graph?.unite(frame.startNode, frame.labelNode)\n',
      '',
      'In the fast mode the counter after an if without else depends on the arm that ran.',
    ],
    [
      'branches-leave-different-lags',
      '    else this.#graph?.unite(from, frame.labelNode)\n',
      '',
      'In the fast mode the counter after a block depends on the branch that left it.',
    ],
    [
      'counter-is-ahead-at-bulk-instruction',
      '    if (this.#pricedByOperand) this.#graph?.unite(to, EXACT_NODE)\n',
      '',
      'In the fast mode the counter may be ahead where a bulk instruction checks it.',
    ],
    [
      'blocks-after-an-arm-that-leaves-are-mixed-up',
      '    else this.#graph?.deadBlock()\n',
      '',
      'In the fast mode blocks after an arm that branches away get the charges of other blocks.',
    ],
    [
      'counter-is-ahead-at-return',
      'code === OP.return ? EXACT_NODE : this.#node()',
      'this.#node()',
      'In the fast mode a function returns a counter that is ahead.',
    ],
    [
      'counter-lags-at-tail-call',
      'isTail || mayEndRun ? EXACT_NODE : this.#checkedNode()',
      'mayEndRun ? EXACT_NODE : this.#checkedNode()',
      'In the fast mode code before a tail call may be charged after it.',
    ],
    [
      'counter-is-ahead-at-end-of-body',
      'this.#mark(STEP.end, EXACT_NODE)',
      'this.#mark(STEP.end, this.#node())',
      'In the fast mode the counter is ahead at the end of a body.',
    ],
  ]),
  ...mutantsOf('src/instrument/gas/analysis/gas-plan.ts', GAS, [
    [
      'entry-does-not-charge-locals',
      'entry.flat + entry.perUnit * body.localWords',
      'entry.flat + entry.perUnit * Math.min(body.localWords, 1)',
      'The entry of a function costs the same for any number of locals.',
    ],
  ]),
  ...mutantsOf('src/instrument/gas/analysis/plan.ts', GRAPH, [
    [
      'counter-is-ahead-at-loop-head',
      'this.#mark(hasParams ? STEP.loopWithParams : OP.loop, this.#checkedNode())',
      'this.#mark(hasParams ? STEP.loopWithParams : OP.loop, this.#node())',
      'In the fast mode the counter is ahead where a loop checks it.',
    ],
    [
      'counter-is-ahead-at-callee-entry',
      'isTail || mayEndRun ? EXACT_NODE : this.#checkedNode()',
      'isTail ? EXACT_NODE : this.#node()',
      'In the fast mode a callee may check a counter that is ahead.',
    ],
  ]),
  ...mutantsOf('src/instrument/gas/analysis/place-charges.ts', COUNTED, [
    [
      'any-exit-is-a-trapping-exit',
      'return target?.onlyTraps === true',
      'return target !== undefined',
      'A counted loop has an exit to code that does not trap, and charges all iterations.',
    ],
    [
      'iterations-are-charged-at-the-greatest-price',
      'slack -= Math.min(0, byBlock[block]!)',
      'slack -= 0',
      'A run is stopped for the price of expensive iterations, though cheap ones ran.',
    ],
    [
      'refund-is-too-small',
      'refunds.set(target!.blockAfter, Math.max(lead, refunds.get(target!.blockAfter) ?? 0))',
      'refunds.set(target!.blockAfter, lead - 1000)',
      'The counter is ahead after an early exit of a counted loop.',
    ],
  ]),
  ...mutantsOf('src/instrument/gas/analysis/plan.ts', COUNTED, [
    [
      'code-before-unreachable-only-traps',
      '    this.#lastJoin = undefined\n    const labels',
      '    const labels',
      'Code that branches away before an unreachable is treated as code that only traps.',
    ],
  ]),
  ...mutantsOf('src/instrument/optimise/counted-loops/find.ts', COUNTED, [
    [
      'induction-variable-need-not-advance',
      'loop.rejected |= ~this.#added\n',
      '\n',
      'An induction variable need not be incremented in each iteration.',
    ],
    [
      'induction-variable-is-written-twice',
      'if (known !== -1) loop.rejected |= 1 << known',
      '',
      'An induction variable may be written twice in an iteration.',
    ],
    [
      'second-back-edge-is-ignored',
      'test.backEdges === loop.backEdges && ',
      '',
      'A back edge that bypasses the test is ignored.',
    ],
    [
      'test-need-not-be-the-last-exit',
      ' && test.exit === exits - 1',
      '',
      'Any exit is treated as an early exit that only traps.',
    ],
  ]),
  ...mutantsOf('src/instrument/optimise/counted-loops/trip-count.ts', COUNTED, [
    [
      'limit-is-written-in-the-loop',
      "|| ('local' in limit && loop.written.has(limit.local))",
      '',
      'A limit that the loop writes is treated as constant.',
    ],
    [
      'unsigned-variable-ends-below-zero',
      'Math.min(first, limit, first + count * step) < 0',
      'Math.min(first, limit) < 0',
      'An unsigned induction variable that goes below zero is taken to end the loop.',
    ],
    [
      'any-step-reaches-the-limit',
      'Number.isInteger(steps) && steps >= 0 ? steps',
      'steps >= 0 ? Math.ceil(steps)',
      'A loop that steps over its limit is treated as one that ends there.',
    ],
  ]),
  ...mutantsOf('src/instrument/optimise/counted-loops/window.ts', COUNTED, [
    [
      'operands-are-read-across-a-join',
      'if (at < this.#blockStart || at',
      'if (at',
      'Instructions before a join are read as if control always came through them.',
    ],
  ]),
  ...mutantsOf('src/instrument/optimise/counted-loops/terms.ts', COUNTED, [
    [
      'swapped-test-is-read-unswapped',
      'SWAPPED[relation] as',
      'relation as',
      'A test with the limit on the left is read as if the limit were on the right.',
    ],
    [
      'negated-test-is-read-unnegated',
      '{ ...term, relation: NEGATED[term.relation]! }',
      'term',
      'A negated test is read as if it were not negated.',
    ],
  ]),
  ...mutantsOf(
    'src/instrument/optimise/counted-loops/trip-count-code.ts',
    [...COUNTED, ...CHECKS],
    [
      [
        'test-is-on-the-other-side-of-the-step',
        'return addsBeforeTest ? this.',
        'return !addsBeforeTest ? this.',
        'A loop is counted as if its test stood on the other side of the increment.',
      ],
      [
        'trip-count-is-one-too-many',
        "const last = this.#binary('Sub', this.#distance(this.#limit(), this.#first()), this.#constant(1))",
        'const last = this.#distance(this.#limit(), this.#first())',
        'One iteration too many is charged if the steps reach the limit exactly.',
      ],
      [
        'stepping-over-the-limit-is-not-detected',
        'this.#constant(2 ** this.#shift - 1))\n    const guard',
        'this.#constant(0))\n    const guard',
        'A loop that steps over its limit goes on without a check of the gas.',
      ],
      [
        'endless-loop-is-not-detected',
        'value > this.#turn :',
        'value < 0n :',
        'A loop that never ends is not detected.',
      ],
      [
        'finite-loop-is-taken-for-endless',
        'end - BigInt(this.#width) : least',
        'end - 2n * BigInt(this.#width) : least',
        'A loop that ends is treated as endless.',
      ],
      [
        'odd-step-gives-a-wrong-trip-count',
        'inverse * (2n - odd * inverse)',
        'inverse * (1n - odd * inverse)',
        'Steps that are no powers of two give a wrong trip count.',
      ],
      [
        'price-of-iterations-overflows',
        '/ BigInt(this.#loop.price)',
        '* 2n',
        'The price of many iterations wraps modulo 2⁶⁴.',
      ],
    ],
  ),
  ...mutantsOf(
    'src/instrument/optimise/counted-loops/prepay-loops.ts',
    [...COUNTED, ...CHECKS],
    [
      [
        'computed-trip-count-is-not-checked',
        'build.if(isShort, build.unreachable()),',
        '',
        'Computed trip counts are charged without a check of the gas.',
      ],
      [
        'early-exit-refunds-nothing',
        'build.set(gas, build.binary(raw.AddInt64(), build.get(gas, i64), refund))',
        'build.nop()',
        'At an early exit, iterations that did not run are not refunded.',
      ],
      [
        'known-trip-count-is-not-checked',
        'due > MAX_UNCHECKED ?',
        'due < 0 ?',
        'Known trip counts are charged without a check of the gas, however large they are.',
      ],
      [
        'known-trip-count-is-one-less',
        'const due = trips * price',
        'const due = (trips - 1) * price',
        'A known trip count is charged for one iteration too few.',
      ],
    ],
  ),
  ...mutantsOf('src/instrument/optimise/charge-graph/charge-graph.ts', GRAPH, [
    [
      'free-block-charges',
      'if (price === 0) {',
      'if (price < 0) {',
      'In the fast mode a free block may charge, though there may be no place for a charge.',
    ],
    [
      'counter-may-be-ahead-at-checks',
      'if (sum <= 0 && sum >=',
      'if (sum <= 1000 && sum >=',
      'In the fast mode the counter may be ahead where a callee or a loop checks it.',
    ],
    [
      'lag-is-unbounded',
      'sum >= pinnedLag - MAX_LAG',
      'sum > -Infinity',
      'In the fast mode the counter may lag without bound at a call.',
    ],
  ]),
  ...mutantsOf('src/instrument/optimise/charge-graph/charge-graph.ts', GAS, [
    [
      'predecessors-leave-different-lags',
      'this.#nodes.relate(a, b, 0)',
      'if (a !== EXACT_NODE && b !== EXACT_NODE) this.#nodes.relate(a, b, 0)',
      'In the fast mode the counter at a join depends on the predecessor.',
    ],
  ]),
  ...mutantsOf('src/instrument/attach/walk.ts', GAS, [
    [
      'charge-comes-after-the-first-operand',
      'this.#plan.placeBefore(parent, index)',
      'this.#plan.placeAtEnd({ parent, index })',
      'A block is charged after its first operand instead of before it.',
    ],
  ]),
  ...mutantsOf('src/instrument/gas/passes/charge-in-globals.ts', GAS, [
    [
      'small-charges-are-dropped',
      'if (price > 0)',
      'if (price > 8)',
      'A block of one plain instruction is free in the precise mode.',
    ],
    [
      'memory-traps-are-not-noted',
      "memory: 'memory-out-of-bounds'",
      'memory: undefined',
      'No trap of a memory access is announced.',
    ],
    [
      'table-trap-has-the-code-of-memory',
      "table: 'table-out-of-bounds'",
      "table: 'memory-out-of-bounds'",
      'An access out of bounds of a table has the trap code of the memory.',
    ],
  ]),
  ...mutantsOf('src/instrument/gas/passes/charge-entry.ts', GAS, [
    [
      'precise-entry-is-free',
      'if (price > 0)',
      'if (price > 1000)',
      'The precise mode does not charge for entering a function.',
    ],
  ]),
  ...mutantsOf('src/instrument/gas/passes/global-meter.ts', GAS, [
    [
      'last-unit-of-gas-cannot-be-used',
      'raw.LtSInt64(), left(), build.int64(0n)',
      'raw.LtSInt64(), left(), build.int64(1n)',
      'A run is out of gas when it has used exactly its limit.',
    ],
    [
      'one-unit-beyond-the-limit',
      'raw.LtSInt64(), left(), build.int64(0n)',
      'raw.LtSInt64(), left(), build.int64(-1n)',
      'A run may use one unit of gas more than its limit.',
    ],
    [
      'large-bodies-are-free',
      'edit.isLarge ? chargeByCall(unit, value)',
      'edit.isLarge ? unit.build.nop()',
      'Bodies beyond 64 KiB, whose charges are calls, are not charged in the precise mode.',
    ],
  ]),
  ...mutantsOf('src/instrument/traps/distinguish-traps.ts', GAS, [
    [
      'any-division-by-minus-one-overflows',
      'raw.AndInt32(), least, minusOne',
      'raw.AndInt32(), minusOne, minusOne',
      'Every division by minus one is an overflow.',
    ],
    [
      'remainder-overflows',
      "if (instruction.traps === 'divideSigned')",
      'if (true)',
      'The remainder of the least integer and minus one traps.',
    ],
    [
      'nan-traps-as-overflow',
      "trapHere(unit, 'invalid-conversion')",
      "trapHere(unit, 'integer-overflow')",
      'The truncation of a NaN has the trap code of an integer overflow.',
    ],
    [
      'division-by-zero-traps-as-overflow',
      "build.if(build.unary(wide ? raw.EqZInt64() : raw.EqZInt32(), divisor()), trapHere(unit, 'divide-by-zero'))",
      "build.if(build.unary(wide ? raw.EqZInt64() : raw.EqZInt32(), divisor()), trapHere(unit, 'integer-overflow'))",
      'A division by zero has the trap code of an overflow.',
    ],
  ]),
  ...mutantsOf('src/instrument/gas/passes/charge-operands.ts', GAS, [
    [
      'ranges-are-free',
      'if (perUnit === 0) continue',
      'if (perUnit !== 0) continue',
      'Bulk instructions cost the same for any size.',
    ],
    [
      'wrong-operand-is-the-size',
      'const size = { parent: site.expression, index: 2 }',
      'const size = { parent: site.expression, index: 1 }',
      'Bulk instructions are charged by their second operand.',
    ],
    ['table.init-is-free', "  tableInit: 'tableInit',\n", '', 'table.init is not charged for its slots.'],
    [
      'memory.copy-at-the-price-of-fill',
      "memoryCopy: 'memoryCopy'",
      "memoryCopy: 'memoryFill'",
      'memory.copy has the price of memory.fill.',
    ],
  ]),
  ...mutantsOf('src/instrument/edit/traps.ts', GAS, [
    [
      'sizes-are-signed',
      'build.unary(raw.ExtendUInt32(), operand), build.int64(BigInt(perUnit))',
      `build.binary(raw.SubInt64(), build.unary(raw.ExtendUInt32(), operand), build.binary(raw.ShlInt64(),
        build.binary(raw.ShrUInt64(), build.unary(raw.ExtendUInt32(), operand), build.int64(31n)), build.int64(32n))),
        build.int64(BigInt(perUnit))`,
      'A size above 2³¹ is charged as a negative number, and gives gas.',
    ],
  ]),
  ...mutantsOf('src/instrument/gas/passes/check-places.ts', CHECKS, [
    [
      'no-check-at-loops',
      '(before === OP.loop && !attached.loops.has(block)) || before',
      'before',
      'In the fast mode a loop does not check the counter.',
    ],
    [
      'no-check-at-loops-with-parameters',
      ' || before === STEP.loopWithParams\n',
      '\n',
      'In the fast mode a loop with parameters does not check the counter.',
    ],
  ]),
  ...mutantsOf('src/instrument/optimise/shared-checks/shared-checks.ts', CHECKS, [
    [
      'shared-checks-report-nothing',
      "build.block([inner, trap(build, 'out-of-gas')], never)",
      'build.block([inner, build.unreachable()], never)',
      'A function that checks the counter in many places does not say that the gas is out.',
    ],
  ]),
  ...mutantsOf('src/instrument/stack/bound-in-registers.ts', CHECKS, [
    [
      'no-check-at-entry',
      'if (plan.hasCalls) edit.prologue.push(checkCounter(edit))',
      '',
      'In the fast mode the entry of a function does not check the counter.',
    ],
  ]),
  ...mutantsOf('src/instrument/gas/passes/charge-in-registers.ts', GAS, [
    [
      'fast-blocks-are-free',
      'if (charge !== 0 && !plan',
      'if (charge !== 0 && block > 0 && !plan',
      'In the fast mode the first block of a function is not charged.',
    ],
    [
      'negative-charges-are-dropped',
      'if (charge !== 0 && !plan',
      'if (charge > 0 && !plan',
      'In the fast mode negative charges are dropped.',
    ],
    [
      'block-before-call-is-charged-twice',
      'if (charge !== 0 && !plan.chargedAtEnd[block])',
      'if (charge !== 0)',
      'In the fast mode a block that ends with a call is charged twice.',
    ],
  ]),
  ...mutantsOf(
    'src/instrument/optimise/compact/compact.ts',
    ['test/instrument/compact.test.ts'],
    [
      [
        'different-locals-become-a-tee',
        'cursor.u32() === local',
        'cursor.u32() >= 0',
        'A local.set and a local.get of different locals become a local.tee.',
      ],
    ],
  ),
  ...mutantsOf(
    'src/wasm/validate-body.ts',
    ['test/instrument/running.test.ts', 'test/wasm/validate-bytes.test.ts'],
    [
      [
        'unreachable-code-is-kept',
        'this.#hasDeadCode = true',
        'this.#hasDeadCode = false',
        'Unreachable code is left in for binaryen.',
      ],
    ],
  ),
  ...mutantsOf('src/instrument/gas/passes/carry-meter.ts', GAS, [
    [
      'block-before-call-is-free',
      'charge === 0 || !plan.chargedAtEnd[block] ? left',
      'charge === 0 || plan.chargedAtEnd[block] ? left',
      'In the fast mode a block that ends with a call or a return is free.',
    ],
  ]),
  ...mutantsOf('src/instrument/gas/passes/register-meter.ts', CHECKS, [
    [
      'bulk-instruction-runs-before-its-check',
      'build.if(isOverdrawn(build, gas), build.unreachable()),\n  ], build.none)',
      '], build.none)',
      'In the fast mode bulk instructions and growth run before their charge is checked.',
    ],
  ]),
  ...mutantsOf('src/instrument/gas/passes/register-meter.ts', GAS, [
    [
      'gas-of-a-callee-is-lost',
      'if (results.length === 0) return build.set(edit.gas, call)',
      'if (results.length === 0) return build.raw.Drop(build.module, call)',
      'In the fast mode a call of a function without results is free.',
    ],
  ]),
]
