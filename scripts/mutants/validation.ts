import { mutantsOf, type Mutant } from './mutant.ts'

const ADMISSION = ['test/admission/admit.test.ts']
const BODIES = [
  'test/wasm/validate-body.test.ts',
  'test/wasm/validate-bytes.test.ts',
  'test/instrument/mutants-admission.test.ts',
]
const SECTIONS = ['test/wasm/validate.test.ts', 'test/admission/admit.test.ts']
const RULES = ['test/wasm/validate-rules.test.ts']

/** Mutants in which a module is wrongly accepted, wrongly rejected, or rejected for another reason. */
export const VALIDATION_MUTANTS: readonly Mutant[] = [
  ...mutantsOf('src/admission/admit.ts', ADMISSION, [
    [
      'reserved-names-pass',
      'if (name.startsWith(RESERVED_PREFIX))',
      'if (name === RESERVED_PREFIX)',
      'Exports may have the names of the instrumentation.',
    ],
    [
      'types-of-imports-are-ignored',
      ' && shortType(entry.type) === named.type',
      '',
      'A granted import may have any type.',
    ],
    [
      'modules-of-imports-are-ignored',
      'g.module === entry.module && g.name === entry.name',
      'g.name === entry.name',
      'An import is granted by its name, in any module.',
    ],
    [
      'denied-memories-are-linked',
      "if (entry.kind === 'function' && profile.denied",
      'if (profile.denied',
      'Under trap-on-call denied memories, tables and globals are accepted.',
    ],
    [
      'denied-function-never-rejects',
      "&& profile.denied === 'trap-on-call') return",
      ') return',
      'Denied functions never reject a module.',
    ],
    [
      'rejection-has-no-subject',
      'return subject === undefined ?',
      'return subject !== undefined ?',
      'A rejection has no subject.',
    ],
  ]),
  ...mutantsOf('src/wasm/findings.ts', ADMISSION, [
    [
      'rejection-is-the-first-finding',
      'while (place > 0 && this.#list[place - 1]!.offset > offset) place--',
      '',
      'The rejection is the first finding that was made, not the one with the lowest offset.',
    ],
  ]),
  ...mutantsOf(
    'src/wasm/findings.ts',
    ['test/instrument/mutants-admission.test.ts'],
    [
      [
        'rejection-is-the-last-of-equal-offsets',
        'this.#list[place - 1]!.offset > offset) place--',
        'this.#list[place - 1]!.offset >= offset) place--',
        'Of two findings with the same offset, the last one is the rejection.',
      ],
    ],
  ),
  ...mutantsOf(
    'src/wasm/findings.ts',
    [...ADMISSION, ...SECTIONS],
    [
      [
        'limits-off-by-one',
        'if (count > rules.limits[limit])',
        'if (count >= rules.limits[limit])',
        'A count that equals its limit is refused.',
      ],
      [
        'limits-off-by-one-upwards',
        'if (count > rules.limits[limit])',
        "if (count > rules.limits[limit] + (limit === 'operandHeight' ? 0 : 1))",
        'One more than a limit is accepted.',
      ],
      [
        'features-are-not-checked',
        'if (feature !== undefined && !rules.features.has(feature))',
        "if (feature === 'simd' && !rules.features.has(feature))",
        'Features that the profile lacks are accepted.',
      ],
    ],
  ),
  ...mutantsOf('src/wasm/typing.ts', BODIES, [
    [
      'types-are-not-checked',
      'if (type !== expected && type !== UNKNOWN && expected !== UNKNOWN) {',
      'if (type !== expected && type !== UNKNOWN && expected === V128) {',
      'A value is accepted in place of one of another type.',
    ],
    [
      'operand-types-are-not-checked',
      'if (type !== types[i] && type !== UNKNOWN) {\n        this.invalid(`',
      'if (type !== types[i] && type === V128) {\n        this.invalid(`',
      'Operands of instructions and calls may be of other types.',
    ],
    [
      'block-may-leave-values',
      'if (this.#height !== frame.base) this.invalid',
      'if (this.#height < frame.base) this.invalid',
      'A block may leave more on the stack than it says.',
    ],
    [
      'operands-from-outside-the-block',
      'if (height === frame.base) {',
      'if (height === 0) {',
      'An instruction may take operands from outside of its block.',
    ],
    [
      'loop-labels-carry-results',
      'return frame.opcode === OP.loop ? frame.type.params : frame.type.results',
      'return frame.type.results',
      'A branch to a loop carries its results instead of its parameters.',
    ],
    [
      'unreachable-flag-is-inverted',
      'if (frame.unreachable) return UNKNOWN',
      'if (!frame.unreachable) return UNKNOWN',
      'Operands may be missing in reachable code, and may not in unreachable code.',
    ],
  ]),
  ...mutantsOf(
    'src/wasm/typing.ts',
    ['test/instrument/mutants-bounds.test.ts'],
    [
      [
        'held-results-of-calls-do-not-count',
        'if (types.length < 2 || this.#seenLists.has(types)) return',
        'if (types.length < 200) return',
        'Several results of a call do not count in the weight of a frame.',
      ],
      [
        'equal-result-lists-count-twice',
        'if (this.#lists.has(list)) return',
        '',
        'Results of two calls with the same types count twice in the weight of a frame.',
      ],
      [
        'held-parameters-of-ifs-do-not-count',
        'opcode === OP.loop || opcode === OP.if || opcode === OP.else',
        'opcode === OP.loop',
        'Parameters of an if do not count in the weight of a frame.',
      ],
      [
        'nested-loop-parameters-count-once',
        'const held = (parent?.held ?? 0) + ',
        'const held = ',
        'Only the largest of nested loops with parameters counts in the weight of a frame.',
      ],
      [
        'vector-operands-count-one-word',
        'if (type === V128) this.#vectors++\n    const words',
        'const words',
        'A vector on the operand stack counts one word.',
      ],
    ],
  ),
  ...mutantsOf('src/wasm/validate-operands.ts', BODIES, [
    [
      'select-mixes-types',
      'if (first !== second && first !== UNKNOWN && second !== UNKNOWN)',
      'if (first === -1)',
      'select takes operands of two types.',
    ],
    [
      'select-takes-references',
      'if (isReference(first as ValueType) || isReference(second as ValueType))',
      'if (isReference(first as ValueType))',
      'select without a type takes a reference next to a value of any type.',
    ],
    [
      'ref.func-needs-no-declaration',
      'if (!context.declared.has(index))',
      'if (index < 0)',
      'ref.func takes a function that is not declared for it.',
    ],
  ]),
  ...mutantsOf('src/wasm/validate-body.ts', BODIES, [
    [
      'if-without-else-may-have-results',
      'if (frame.opcode === OP.if && !sameTypes(frame.type.params, frame.type.results))',
      'if (frame.opcode === OP.if && frame.type.results.length > 1)',
      'An if without else may give a value.',
    ],
    [
      'immutable-global-can-be-set',
      'else if (!global.mutable)',
      'else if (global === undefined)',
      'An immutable global can be set.',
    ],
    [
      'result-types-of-tail-calls-are-not-checked',
      'if (!sameTypes(type.results, this.#typing.body.type.results))',
      'if (type.results.length !== this.#typing.body.type.results.length)',
      'A tail call may go to a function with results of other types.',
    ],
    [
      'br_table-checks-one-label',
      'this.#typing.peek(types)\n    }',
      '}',
      'Only the last label of a br_table is checked for its types.',
    ],
    [
      'call-through-any-table',
      'if (this.#immediates.tableType().element !== FUNCREF)',
      'if (this.#immediates.tableType().element === 0)',
      'An indirect call may go through a table of external references.',
    ],
  ]),
  ...mutantsOf('src/wasm/immediates.ts', BODIES, [
    [
      'alignment-off-by-one',
      'if (flags > instruction.align)',
      'if (flags > instruction.align + 1)',
      'A memory access may be aligned to twice its size.',
    ],
    [
      'lane-off-by-one',
      'if (this.#reads.u8() >= lanes)',
      'if (this.#reads.u8() > lanes)',
      'A lane index may be one too large.',
    ],
    [
      'memory-may-be-missing',
      'if (!this.#context.hasMemory)',
      'if (this.#context.dataCount === -1)',
      'Code may access a memory that the module does not have.',
    ],
    [
      'data-segments-off-by-one',
      'if (index >= this.#context.dataCount)',
      'if (index > this.#context.dataCount)',
      'The index of a data segment may be one too large.',
    ],
  ]),
  ...mutantsOf('src/wasm/validate.ts', SECTIONS, [
    [
      'sections-in-any-order',
      'if (place <= last) throw',
      'if (place === -2) throw',
      'Sections may stand in any order, and twice.',
    ],
    [
      'section-may-have-unread-bytes',
      'if (!section.done) throw',
      'if (section.pos < 0) throw',
      'A section may have bytes that nothing reads.',
    ],
    [
      'code-may-be-missing',
      'if (!codeSeen && declared > 0) throw',
      'if (!codeSeen && declared < 0) throw',
      'Functions may be declared and have no code.',
    ],
    [
      'data-count-is-not-checked',
      'if (draft.dataCount !== undefined && draft.dataCount > 0 && last < ORDER.indexOf(11))',
      'if (draft.dataCount === -1)',
      'The data count may differ from the number of segments.',
    ],
  ]),
  ...mutantsOf(
    'src/wasm/foreign.ts',
    ['test/wasm/foreign.test.ts'],
    [
      [
        'foreign-codes-apply-at-any-place',
        'places.includes(place) && code',
        'code',
        'The code of a proposal is recognised at any place.',
      ],
      [
        'unknown-code-is-invalid',
        "if (known === undefined) throw new Refused('malformed'",
        "if (known === undefined) throw new Refused('invalid'",
        'A code of no proposal is `invalid` instead of `malformed`.',
      ],
    ],
  ),
  ...mutantsOf(
    'src/wasm/read-instruction.ts',
    ['test/wasm/foreign.test.ts'],
    [
      [
        'sub-opcodes-run-into-the-next-prefix',
        'first === undefined || sub > 0xff',
        'first === undefined',
        'Sub-opcodes of one prefix are read as those of the next.',
      ],
    ],
  ),
  ...mutantsOf(
    'src/base/utf8.ts',
    ['test/wasm/reader.test.ts'],
    [['surrogates-in-names-pass', 'lead === 0xed ? 0x9f', 'lead === 0xec ? 0xbf', 'A name may contain a surrogate.']],
  ),
  ...mutantsOf(
    'src/wasm/constants.ts',
    ['test/wasm/foreign.test.ts'],
    [
      [
        'second-constant-is-invalid',
        'if (CONSTANT.includes(code)) throw',
        'if (code < 0) throw',
        'A second constant is refused for another reason than that proposal.',
      ],
    ],
  ),
  ...mutantsOf(
    'src/wasm/constants.ts',
    [...SECTIONS, 'test/wasm/validate-bytes.test.ts'],
    [
      [
        'type-of-global-value-is-not-checked',
        'if (type !== expected) throw',
        'if (type !== expected && expected === V128) throw',
        'A global may begin with a value of another type.',
      ],
      [
        'mutable-global-in-constant-has-another-code',
        "if (global.mutable) throw new Refused('invalid', at, 'a constant expression reads",
        "if (global.type < 0) throw new Refused('invalid', at, 'a constant expression reads",
        'A constant expression that reads a mutable global is rejected with another code.',
      ],
    ],
  ),
  ...mutantsOf(
    'src/wasm/sections.ts',
    [...SECTIONS, 'test/wasm/validate-bytes.test.ts'],
    [
      [
        'duplicate-export-names-pass',
        'if (names.has(name)) throw',
        "if (names.has('')) throw",
        'Two exports may have one name.',
      ],
      [
        'start-function-may-have-parameters',
        'if (type.params.length + type.results.length > 0) throw',
        'if (type.results.length > 0) throw',
        'The start function may take values.',
      ],
      [
        'maximum-may-be-below-minimum',
        'max < min) throw',
        'max < 0) throw',
        'The maximum of a memory may be below its minimum.',
      ],
      [
        'pages-off-by-one',
        'if (min > MAX_PAGES ||',
        'if (min > MAX_PAGES + 1 ||',
        'A memory may begin with 65 537 pages.',
      ],
    ],
  ),
  ...mutantsOf('src/wasm/sections.ts', RULES, [
    [
      'passive-segments-need-no-feature',
      "if (flags !== 0) checkFeature(draft.rules, 'bulk-memory', at, 'a data segment",
      "if (flags < 0) checkFeature(draft.rules, 'bulk-memory', at, 'a data segment",
      'Passive data segments are accepted without bulk memory.',
    ],
    [
      'multiple-results-need-no-feature',
      'if (results.length > 1) checkFeature',
      'if (results.length > 2) checkFeature',
      'Functions with two results are accepted without multi-value.',
    ],
  ]),
  ...mutantsOf(
    'src/wasm/reader.ts',
    ['test/wasm/reader.test.ts'],
    [
      [
        'integer-may-have-more-than-32-bits',
        'if (shift === 28 && byte > 0x0f)',
        'if (shift === 28 && byte > 0x1f)',
        'An unsigned integer may have a bit beyond its 32.',
      ],
      [
        'reading-beyond-the-section',
        'if (count > this.end - this.pos)',
        'if (count > this.bytes.length - this.pos)',
        'Reading may go on beyond the end of a section.',
      ],
    ],
  ),
]
