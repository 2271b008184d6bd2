import { mutantsOf, type Mutant } from './mutant.ts'

const NAN = ['test/instrument/mutants-nan.test.ts']
const WATCH = ['test/instrument/watch-nan.test.ts']

/** Mutants in which an observed NaN is not made canonical, or a NaN loses bits that must be kept. */
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
      'edit.isLarge ? byCall(edit.unit, shape, edit.read(slot))',
      'edit.isLarge ? edit.read(slot)',
      'In bodies beyond 64 KiB NaNs stay as they are.',
    ],
    [
      'canonical-nan-is-negative',
      'build.float64(0x7ff8000000000000n)',
      'build.float64(0xfff8000000000000n)',
      'The canonical NaN of f64 is the negative one.',
    ],
    [
      'second-lane-becomes-zero',
      'build.vector([0, 0x7ff80000, 0, 0x7ff80000])',
      'build.vector([0, 0x7ff80000, 0, 0])',
      'A NaN in the second lane of f64 becomes 0.',
    ],
    [
      'numbers-in-lanes-become-nans',
      'build.get(held, type), canonical(build, shape), compare(equal)',
      'canonical(build, shape), build.get(held, type), compare(equal)',
      'Lanes that hold numbers become NaNs, and NaNs stay.',
    ],
    ['numbers-become-nans', 'raw.GeFloat64()', 'raw.GtFloat64()', 'Numbers of f64 become NaNs.'],
  ]),
  ...mutantsOf('src/instrument/nan/passes/observed-nans.ts', NAN, [
    [
      'fresh-scalar-nans-are-not-canonical',
      'if (shape !== undefined && producers[producer++])',
      "if (shape !== undefined && producers[producer++] && shape !== 'f64')",
      'NaNs of f64 stay as they are where they are produced.',
    ],
    [
      'fresh-vector-nans-are-not-canonical',
      'if (shape !== undefined && producers[producer++])',
      "if (shape !== undefined && producers[producer++] && shape !== 'f32x4')",
      'NaNs in lanes of f32 stay as they are where they are produced.',
    ],
    [
      'producers-are-numbered-wrong',
      'producers[producer++]',
      'producers[++producer]',
      'The plan of one instruction is applied to another.',
    ],
    [
      'sinks-are-numbered-wrong',
      'sinks.get(sink++)',
      'sinks.get(++sink)',
      'The plan of one sink is applied to another.',
    ],
    [
      'end-of-body-does-not-canonicalise',
      "const end = sinks.get('end')",
      'const end = undefined as number | undefined',
      'The end of a body does not make NaNs canonical where the plan says so.',
    ],
  ]),
  ...mutantsOf('src/instrument/nan/passes/watch.ts', WATCH, [
    [
      'sum-holds-the-last-value-only',
      'add(sum, sums.all)',
      'add(sum, held)',
      'The sum of watched values holds only the last one.',
    ],
    [
      'block-watches-its-last-value-only',
      'first ? value : add(value, sums.block!)',
      'value',
      'Only the last of several values in a block is watched.',
    ],
    ['watched-nan-is-ignored', 'edit.epilogue.push(', 'void (', 'The fast mode goes on after it met a NaN.'],
    [
      'numbers-in-lanes-are-taken-for-nans',
      'unequal(raw.NeVecF64x2())',
      'unequal(raw.EqVecF64x2())',
      'The fast mode gives up though it met only numbers.',
    ],
    [
      'watching-module-is-not-marked',
      'build.raw.AddGlobalExport(ir, build.name(METER.trap), build.name(EXPORT.watches))',
      '',
      'A module that watches for NaNs does not export its mark, so its traps are final.',
    ],
    [
      'second-lane-shape-is-not-watched',
      '[...sums].map(',
      '[...sums].slice(0, 1).map(',
      'NaNs of a second lane shape are not watched.',
    ],
  ]),
  ...mutantsOf('src/instrument/gas/passes/carry-meter.ts', WATCH, [
    [
      'sums-are-not-checked-before-tail-call',
      'tail ? gasAtExit(edit, block) :',
      'tail ? gasLeft(edit, block) :',
      'The sums are not checked before a tail call.',
    ],
    [
      'sums-are-not-checked-at-return',
      'const gas = gasAtExit(edit, block)',
      'const gas = gasLeft(edit, block)',
      'The sums are not checked where a function ends or returns.',
    ],
  ]),
  ...mutantsOf('src/engine/machine.ts', WATCH, [
    [
      'trap-after-a-nan-is-believed',
      'const watches = this.#exports[EXPORT.watches] !== undefined',
      'const watches = this.#exports[EXPORT.watches] === null',
      'A trap that may follow from a NaN is final.',
    ],
  ]),
  ...mutantsOf('src/instrument/nan/analysis/demands.ts', NAN, [
    [
      'reinterpretation-is-blind',
      '\\.trunc(?:_sat)?_(f32x4|f64x2|f32|f64)_/',
      '\\.(?:trunc(?:_sat)?|reinterpret)_(f32x4|f64x2|f32|f64)/',
      'A reinterpretation is treated as blind to bits.',
    ],
    [
      'lanes-of-another-shape-are-blind',
      'f32x4: 4, f64x2: 8',
      'f32x4: 4, f64x2: 4',
      'Arithmetic on lanes of f64 is treated as blind to NaNs in lanes of f32.',
    ],
    [
      'promotion-is-blind-to-other-lanes',
      "'f64x2.promote_low_f32x4': 'f32x4'",
      "'f64x2.promote_low_f32x4': 'f64x2'",
      'The promotion of lanes of f32 is treated as blind to NaNs in lanes of f64.',
    ],
    [
      'neg-of-nan-loses-its-sign',
      "case 'neg': case 'copysign': return { result: own, operand: own, keepsCanonical: false }",
      "case 'neg': case 'copysign': return { result: own, operand: own, keepsCanonical: true }",
      'The result of neg loses its sign where it is stored.',
    ],
  ]),
  ...mutantsOf('src/instrument/nan/analysis/build-flow.ts', NAN, [
    [
      'copysign-is-blind',
      'for (const operand of operands.slice(1)) this.#flow.demand(operand, EXACT_BITS)',
      'for (const operand of operands.slice(1)) this.#flow.demand(operand, 0)',
      'copysign is treated as blind to the sign of its second operand.',
    ],
    [
      'select-is-blind',
      'this.#stack.push(this.#phiOf([a, b]))',
      'this.#stack.push(this.#phiOf([a]))',
      'select is treated as passing on only its first operand.',
    ],
    [
      'store-is-blind',
      'i === sinkOperand ? this.#useAtSink(sink, operand)',
      'i === sinkOperand ? undefined',
      'A store is treated as blind to bits.',
    ],
    [
      'pmin-is-blind',
      'else if (selectsOperand) this.#stack.push(this.#phiOf(operands))',
      'else if (selectsOperand) this.#stack.push(UNKNOWN)',
      'pmin is treated as passing on no bits.',
    ],
    [
      'return-is-unobserved',
      'if (this.#type.results.length === 1) this.#useAtSink(sink, this.#stack.pop()!)',
      'if (this.#type.results.length === 1) this.#stack.pop()',
      'The operands of return are treated as unobserved.',
    ],
    [
      'end-of-body-is-unobserved',
      "if (this.#type.results.length === 1) this.#useAtSink('end', this.#stack.pop()!)",
      'if (this.#type.results.length === 1) this.#stack.pop()',
      'The operands of the end of a body are treated as unobserved.',
    ],
    [
      'arguments-are-unobserved',
      'for (let i = 0; i < popped; i++) this.#consume(EXACT_BITS)',
      'for (let i = 0; i < popped; i++) this.#consume(0)',
      'The arguments of a call are treated as unobserved.',
    ],
    [
      'results-are-unobserved',
      'for (let i = 0; i < operands; i++) this.#consume(EXACT_BITS)',
      'for (let i = 0; i < operands; i++) this.#consume(0)',
      'The operands that leave a function are treated as unobserved.',
    ],
    [
      'block-results-are-unobserved',
      'results.forEach((phi, i) => this.#flow.addIncoming(phi, this.#stack[from + i]!))',
      'void from',
      'The results of a block are treated as unobserved.',
    ],
    [
      'loop-parameters-are-unobserved',
      'this.#flow.demand(this.#stack[this.#stack.length - i]!, EXACT_BITS)',
      'void i',
      'The operands of a branch to a loop are treated as unobserved.',
    ],
    [
      'block-parameters-are-unobserved',
      'for (let i = 0; i < type.params.length; i++) this.#consume(EXACT_BITS)',
      'for (let i = 0; i < type.params.length; i++) this.#consume(0)',
      'The parameters of a block are treated as unobserved.',
    ],
  ]),
  ...mutantsOf('src/instrument/nan/analysis/float-locals.ts', NAN, [
    [
      'locals-hold-no-vectors',
      'type === F32 || type === F64 || type === V128',
      'type === F32 || type === F64',
      'A local of type v128 is treated as holding no NaN.',
    ],
  ]),
  ...mutantsOf('src/instrument/nan/analysis/effects.ts', NAN, [
    [
      'constants-are-numbers',
      'mayBeNan(8, 1, 0x7ff0) ? UNKNOWN : NUMBER',
      'mayBeNan(8, 1, 0x7ff0) ? NUMBER : NUMBER',
      'A constant NaN loses its payload where it is stored after a loop.',
    ],
  ]),
  ...mutantsOf('src/instrument/nan/analysis/value-flow.ts', NAN, [
    [
      'demands-stop-at-phis',
      'for (const operand of this.#operands[next] ?? []) waiting.push(operand, passed)',
      'void passed',
      'Demands on a phi of a local are not passed on to its operands.',
    ],
    [
      'demands-stop-at-pass-through',
      '(added & ~through.result) === 0 ? through.operand : EXACT_BITS',
      'through.operand',
      'abs, neg, copysign and lanes do not pass demands on to their operands.',
    ],
    [
      'loop-carried-values-are-unobserved',
      'for (const [local, phi] of incomplete) this.#pendingPhis.push({ phi, local, block: head })',
      'incomplete.clear()',
      'Values that a loop carries along its back edge are treated as unobserved.',
    ],
    [
      'only-the-first-predecessor-counts',
      'for (const pred of block.preds) this.addIncoming',
      'for (const pred of block.preds.slice(0, 1)) this.addIncoming',
      'Only the first predecessor of a join is followed.',
    ],
    [
      'parameters-are-numbers',
      'local < this.#params ? UNKNOWN : NUMBER',
      'local < this.#params ? NUMBER : NUMBER',
      'A NaN that was passed in loses its payload where it is stored after a loop.',
    ],
    [
      'loaded-nan-is-fresh',
      'if (next === UNKNOWN || --this.#budget < 0) return undefined',
      'if (next === UNKNOWN) continue\n      if (--this.#budget < 0) return undefined',
      'A NaN that was loaded loses its payload where it is stored after a loop.',
    ],
  ]),
]
