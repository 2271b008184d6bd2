import { mutantsOf, type Mutant } from './mutant.ts'

const NAN = ['test/instrument/mutants-nan.test.ts']

/** A NaN that keeps the bits that the processor gave it though somebody sees them. */
export const NAN_MUTANTS: readonly Mutant[] = [
  ...mutantsOf('src/instrument/passes/canonicalize-nan.ts', NAN, [
    ['precise-is-not-canonical', 'canonicalize(edit, () => true)', 'canonicalize(edit, () => false)', 'The precise mode leaves every NaN as it is.'],
    ['scalars-are-not-canonical', 'if (shape === undefined || !needed(producer++)) continue', "if (shape === undefined || !needed(producer++) || shape === 'f64') continue",
      'NaNs of f64 stay as they are.'],
    ['vectors-are-not-canonical', 'if (shape === undefined || !needed(producer++)) continue', "if (shape === undefined || !needed(producer++) || shape === 'f32x4') continue",
      'NaNs in lanes of f32 stay as they are.'],
    ['large-bodies-are-not-canonical', 'edit.large ? byCall(edit.unit, shape, edit.read(site))', 'edit.large ? edit.read(site)',
      'In bodies beyond 64 KiB NaNs stay as they are.'],
    ['canonical-is-negative', 'build.float64(0x7ff8000000000000n)', 'build.float64(0xfff8000000000000n)', 'The canonical NaN of f64 is the negative one.'],
    ['one-lane-is-not-canonical', 'build.vector([0, 0x7ff80000, 0, 0x7ff80000])', 'build.vector([0, 0x7ff80000, 0, 0])', 'A NaN in the second lane of f64 becomes 0.'],
    ['lanes-change-places', 'raw.BitselectVec128(), value, canonical(build, shape), isNumber', 'raw.BitselectVec128(), canonical(build, shape), value, isNumber',
      'Lanes that hold numbers become NaNs, and NaNs stay.'],
    ['producers-are-miscounted', 'seen[producer]!', 'seen[producer + 1]!', 'What was found out about one instruction is applied to another.'],
  ]),
  ...mutantsOf('src/instrument/plan-nan.ts', NAN, [
    ['copysign-is-blind', 'const shape = nan !== undefined', "if (name.endsWith('.copysign')) return 2\n  const shape = nan !== undefined", 'copysign is taken not to see the sign of its operands.'],
    ['abs-is-blind', 'const shape = nan !== undefined', "if (name.endsWith('.abs')) return 2\n  const shape = nan !== undefined", 'abs is taken not to see bits.'],
    ['neg-is-blind', 'const shape = nan !== undefined', "if (name.endsWith('.neg')) return 2\n  const shape = nan !== undefined", 'neg is taken not to see bits.'],
    ['select-is-blind', 'const shape = nan !== undefined', "if (name === 'select') return 2\n  const shape = nan !== undefined", 'select is taken not to pass bits on.'],
    ['store-is-blind', 'const shape = nan !== undefined', "if (name === 'f64.store') return 2\n  const shape = nan !== undefined", 'A store is taken not to see bits.'],
    ['reinterpretation-is-blind', 'const shape = nan !== undefined', "if (name === 'i64.reinterpret_f64') return 2\n  const shape = nan !== undefined", 'A reinterpretation is taken not to see bits.'],
    ['pmin-is-blind', 'const shape = nan !== undefined', "if (name === 'f32x4.pmin') return 8\n  const shape = nan !== undefined", 'pmin is taken not to pass bits on.'],
    ['lanes-of-any-shape', 'f32x4: 4, f64x2: 8', 'f32x4: 4, f64x2: 4', 'Arithmetic on lanes of f64 is taken not to see the bits of NaNs in lanes of f32.'],
    ['arguments-are-not-seen', "for (let i = 0; i < taken; i++) this.#consume(EXACT)", 'for (let i = 0; i < taken; i++) this.#consume(0)',
      'A callee is taken not to see the bits of its arguments.'],
    ['results-are-not-seen', 'for (let i = 0; i < operands; i++) this.#consume(EXACT)', 'for (let i = 0; i < operands; i++) this.#consume(0)',
      'Where control leaves, operands are taken not to be seen.'],
    ['block-results-are-not-seen', 'for (let i = 0; i < frame.type.results.length; i++) this.#consume(EXACT)', 'for (let i = 0; i < frame.type.results.length; i++) this.#consume(0)',
      'The results of a block are taken not to be seen.'],
    ['br_if-values-are-not-seen', 'this.#stack[this.#stack.length - 1 - i]!, EXACT)', 'this.#stack[this.#stack.length - 1 - i]!, 0)',
      'What a br_if carries is taken not to be seen where it is taken.'],
    ['parameters-of-blocks-are-not-seen', 'for (let i = 0; i < type.params.length; i++) this.#consume(EXACT)', 'for (let i = 0; i < type.params.length; i++) this.#consume(0)',
      'The parameters of a block are taken not to be seen.'],
    ['locals-hold-no-vectors', 'type === F32 || type === F64 || type === V128', 'type === F32 || type === F64', 'What a local of type v128 holds is taken to be no NaN.'],
    ['promotion-sees-other-lanes', "'f64x2.promote_low_f32x4': 'f32x4'", "'f64x2.promote_low_f32x4': 'f64x2'", 'The promotion of lanes of f32 is taken not to see the bits of NaNs in lanes of f64.'],
  ]),
  ...mutantsOf('src/instrument/value-flow.ts', NAN, [
    ['demands-end-at-joins', 'for (const operand of this.#operands[next] ?? []) waiting.push(operand)', 'void this.#operands[next]',
      'Who sees what a local holds behind a join is not told to the values that meet there.'],
    ['loops-have-no-round', 'for (const [local, phi] of open) this.#unread.push({ phi, local, block: head })', 'open.clear()',
      'What a loop carries from round to round is taken not to be seen.'],
    ['only-the-first-way-into-a-join', 'for (const pred of block.preds) {', 'for (const pred of block.preds.slice(0, 1)) {',
      'Of the ways that lead to a join only the first is followed.'],
  ]),
]
