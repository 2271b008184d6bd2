import { mutantsOf, type Mutant } from './mutant.ts'

const NAN = ['test/instrument/mutants-nan.test.ts']
const WATCH = ['test/instrument/watch-nan.test.ts']

/** A NaN that keeps the bits that the processor gave it though somebody sees them, or one that loses bits of its own. */
export const NAN_MUTANTS: readonly Mutant[] = [
  ...mutantsOf('src/instrument/nan/passes/canonicalize.ts', NAN, [
    [
      'precise-is-not-canonical',
      'if (shape !== undefined) canonicalize',
      'if (shape === null) canonicalize',
      'The precise mode leaves every NaN as it is.',
    ],
    [
      'large-bodies-are-not-canonical',
      'edit.large ? byCall(edit.unit, shape, edit.read(slot))',
      'edit.large ? edit.read(slot)',
      'In bodies beyond 64 KiB NaNs stay as they are.',
    ],
    [
      'canonical-is-negative',
      'build.float64(0x7ff8000000000000n)',
      'build.float64(0xfff8000000000000n)',
      'The canonical NaN of f64 is the negative one.',
    ],
    [
      'one-lane-is-not-canonical',
      'build.vector([0, 0x7ff80000, 0, 0x7ff80000])',
      'build.vector([0, 0x7ff80000, 0, 0])',
      'A NaN in the second lane of f64 becomes 0.',
    ],
    [
      'lanes-change-places',
      'build.get(held, type), canonical(build, shape), compare(equal)',
      'canonical(build, shape), build.get(held, type), compare(equal)',
      'Lanes that hold numbers become NaNs, and NaNs stay.',
    ],
    ['zero-is-no-number', 'raw.GeFloat64()', 'raw.GtFloat64()', 'Numbers of f64 become NaNs.'],
  ]),
  ...mutantsOf('src/instrument/nan/passes/observed-nans.ts', NAN, [
    [
      'scalars-are-not-canonical',
      'if (shape !== undefined && producers[producer++])',
      "if (shape !== undefined && producers[producer++] && shape !== 'f64')",
      'NaNs of f64 stay as they are where they are produced.',
    ],
    [
      'vectors-are-not-canonical',
      'if (shape !== undefined && producers[producer++])',
      "if (shape !== undefined && producers[producer++] && shape !== 'f32x4')",
      'NaNs in lanes of f32 stay as they are where they are produced.',
    ],
    [
      'producers-are-miscounted',
      'producers[producer++]',
      'producers[++producer]',
      'What was found out about one instruction is applied to another.',
    ],
    [
      'takers-are-miscounted',
      'sinks.get(sink++)',
      'sinks.get(++sink)',
      'A NaN is made canonical by another store than the one that is to do it.',
    ],
    [
      'ends-take-as-they-are',
      "const end = sinks.get('end')",
      'const end = undefined as number | undefined',
      'The end of a body gives NaNs as they are, though it is to make them canonical.',
    ],
  ]),
  ...mutantsOf('src/instrument/nan/passes/watch.ts', WATCH, [
    ['sums-are-of-one-value', 'add(sum, sums.all)', 'add(sum, held)', 'A NaN is forgotten with the next value.'],
    [
      'blocks-forget-values',
      'first ? value : add(value, sums.block!)',
      'value',
      'Of several values in a block only the last one is watched.',
    ],
    ['no-look-at-the-end', 'edit.epilogue.push(', 'void (', 'The fast mode goes on where it met a NaN.'],
    [
      'lanes-with-numbers-are-nans',
      'unequal(raw.NeVecF64x2())',
      'unequal(raw.EqVecF64x2())',
      'The fast mode gives up where it met none but numbers.',
    ],
    [
      'nobody-says-that-it-watches',
      'build.raw.AddGlobalExport(ir, build.name(METER.trap), build.name(EXPORT.watches))',
      '',
      'What a run says that went wrong after a NaN is taken at its word.',
    ],
    ['one-sum-is-enough', '[...sums].map(', '[...sums].slice(0, 1).map(', 'NaNs of a second shape are not seen.'],
  ]),
  ...mutantsOf('src/instrument/gas/passes/carry-meter.ts', WATCH, [
    [
      'tail-calls-look-at-nothing',
      'tail ? gasAtExit(edit, block) :',
      'tail ? gasLeft(edit, block) :',
      'A NaN is not seen where a function ends with a call.',
    ],
    [
      'ends-look-at-nothing',
      'const gas = gasAtExit(edit, block)',
      'const gas = gasLeft(edit, block)',
      'A NaN is not seen where a function ends or returns.',
    ],
  ]),
  ...mutantsOf('src/engine/machine.ts', WATCH, [
    [
      'what-watches-is-believed',
      'const watches = this.#exports[EXPORT.watches] !== undefined',
      'const watches = this.#exports[EXPORT.watches] === null',
      'A run that may have gone wrong after a NaN is taken at its word.',
    ],
  ]),
  ...mutantsOf('src/instrument/nan/analysis/demands.ts', NAN, [
    [
      'reinterpretation-is-blind',
      '\\.trunc(?:_sat)?_(f32x4|f64x2|f32|f64)_/',
      '\\.(?:trunc(?:_sat)?|reinterpret)_(f32x4|f64x2|f32|f64)/',
      'A reinterpretation is taken not to see bits.',
    ],
    [
      'lanes-of-any-shape',
      'f32x4: 4, f64x2: 8',
      'f32x4: 4, f64x2: 4',
      'Arithmetic on lanes of f64 is taken not to see the bits of NaNs in lanes of f32.',
    ],
    [
      'promotion-sees-other-lanes',
      "'f64x2.promote_low_f32x4': 'f32x4'",
      "'f64x2.promote_low_f32x4': 'f64x2'",
      'The promotion of lanes of f32 is taken not to see the bits of NaNs in lanes of f64.',
    ],
    [
      'neg-keeps-the-canonical',
      "case 'neg': case 'copysign': return { result: own, operand: own, keepsCanonical: false }",
      "case 'neg': case 'copysign': return { result: own, operand: own, keepsCanonical: true }",
      'What neg makes of a NaN is made positive where it is stored.',
    ],
  ]),
  ...mutantsOf('src/instrument/nan/analysis/build-flow.ts', NAN, [
    [
      'copysign-is-blind',
      'for (const operand of operands.slice(1)) this.#flow.demand(operand, EXACT_BITS)',
      'for (const operand of operands.slice(1)) this.#flow.demand(operand, 0)',
      'copysign is taken not to see the sign of its second operand.',
    ],
    [
      'select-is-blind',
      'this.#stack.push(this.#phiOf([a, b]))',
      'this.#stack.push(this.#phiOf([a]))',
      'select is taken to pass on the first of its operands alone.',
    ],
    [
      'store-is-blind',
      'i === sinkOperand ? this.#useAtSink(sink, operand)',
      'i === sinkOperand ? undefined',
      'A store is taken not to see bits.',
    ],
    [
      'pmin-is-blind',
      'else if (selectsOperand) this.#stack.push(this.#phiOf(operands))',
      'else if (selectsOperand) this.#stack.push(UNKNOWN)',
      'pmin is taken not to pass bits on.',
    ],
    [
      'returns-are-not-seen',
      'if (this.#type.results.length === 1) this.#useAtSink(sink, this.#stack.pop()!)',
      'if (this.#type.results.length === 1) this.#stack.pop()',
      'What return gives is taken not to be seen.',
    ],
    [
      'bodies-end-unseen',
      "if (this.#type.results.length === 1) this.#useAtSink('end', this.#stack.pop()!)",
      'if (this.#type.results.length === 1) this.#stack.pop()',
      'What the end of a body gives is taken not to be seen.',
    ],
    [
      'arguments-are-not-seen',
      'for (let i = 0; i < popped; i++) this.#consume(EXACT_BITS)',
      'for (let i = 0; i < popped; i++) this.#consume(0)',
      'A callee is taken not to see the bits of its arguments.',
    ],
    [
      'results-are-not-seen',
      'for (let i = 0; i < operands; i++) this.#consume(EXACT_BITS)',
      'for (let i = 0; i < operands; i++) this.#consume(0)',
      'Where control leaves, operands are taken not to be seen.',
    ],
    [
      'block-results-are-not-seen',
      'results.forEach((phi, i) => this.#flow.addIncoming(phi, this.#stack[from + i]!))',
      'void from',
      'What a block gives is taken not to be seen by whoever takes it.',
    ],
    [
      'loop-parameters-are-not-seen',
      'this.#flow.demand(this.#stack[this.#stack.length - i]!, EXACT_BITS)',
      'void i',
      'What a branch gives to a loop is taken not to be seen there.',
    ],
    [
      'parameters-of-blocks-are-not-seen',
      'for (let i = 0; i < type.params.length; i++) this.#consume(EXACT_BITS)',
      'for (let i = 0; i < type.params.length; i++) this.#consume(0)',
      'The parameters of a block are taken not to be seen.',
    ],
  ]),
  ...mutantsOf('src/instrument/nan/analysis/float-locals.ts', NAN, [
    [
      'locals-hold-no-vectors',
      'type === F32 || type === F64 || type === V128',
      'type === F32 || type === F64',
      'What a local of type v128 holds is taken to be no NaN.',
    ],
  ]),
  ...mutantsOf('src/instrument/nan/analysis/effects.ts', NAN, [
    [
      'constants-are-numbers',
      'mayBeNan(8, 1, 0x7ff0) ? UNKNOWN : NUMBER',
      'mayBeNan(8, 1, 0x7ff0) ? NUMBER : NUMBER',
      'A NaN in the code loses its payload where a loop stores it.',
    ],
  ]),
  ...mutantsOf('src/instrument/nan/analysis/value-flow.ts', NAN, [
    [
      'demands-end-at-joins',
      'for (const operand of this.#operands[next] ?? []) waiting.push(operand, passed)',
      'void passed',
      'Who sees what a local holds behind a join is not told to the values that meet there.',
    ],
    [
      'what-is-passed-on-is-not-seen',
      '(added & ~through.result) === 0 ? through.operand : EXACT_BITS',
      'through.operand',
      'abs, neg, copysign and lanes are taken not to show the bits of what they are made of.',
    ],
    [
      'loops-have-no-round',
      'for (const [local, phi] of incomplete) this.#pendingPhis.push({ phi, local, block: head })',
      'incomplete.clear()',
      'What a loop carries from round to round is taken not to be seen.',
    ],
    [
      'only-the-first-way-into-a-join',
      'for (const pred of block.preds) this.addIncoming',
      'for (const pred of block.preds.slice(0, 1)) this.addIncoming',
      'Of the ways that lead to a join only the first is followed.',
    ],
    [
      'parameters-are-numbers',
      'local < this.#params ? UNKNOWN : NUMBER',
      'local < this.#params ? NUMBER : NUMBER',
      'A NaN that was passed in loses its payload where a loop stores it.',
    ],
    [
      'unknown-is-fresh',
      'if (next === UNKNOWN || --this.#budget < 0) return undefined',
      'if (next === UNKNOWN) continue\n      if (--this.#budget < 0) return undefined',
      'A NaN that was loaded loses its payload where a loop stores it.',
    ],
  ]),
]
