import { mutantsOf, type Mutant } from './mutant.ts'

const IMPORTS = ['test/instrument/mutants-imports.test.ts']
const FIXTURES = ['test/engine/text-fixtures.test.ts']
const BOUNDS = ['test/instrument/mutants-bounds.test.ts']
const REACTORS = ['test/abi/reactor.test.ts']
const GAS = ['test/instrument/mutants-gas.test.ts']

/** What stands between guest and host, and what happens before the guest runs. */
export const ENGINE_MUTANTS: readonly Mutant[] = [
  ...mutantsOf('src/instrument/boundary/link-imports.ts', IMPORTS, [
    ['log-is-free', 'inside.charge(scaled(build, flat, perUnit, build.get(1, i32))),', '', 'Logging is not charged.'],
    [
      'log-pays-no-flat-part',
      'scaled(build, flat, perUnit',
      'scaled(build, 0, perUnit',
      'Logging is charged for its bytes only.',
    ],
    [
      'log-looks-at-no-bounds',
      "build.if(outside, trapHere(unit, 'memory-out-of-bounds'))",
      'build.nop()',
      'Logging a range out of bounds is no trap.',
    ],
    [
      'log-bounds-off-by-one',
      'wide(0), wide(1)), bytes)',
      'wide(0), wide(1)), build.binary(raw.SubInt64(), bytes, build.int64(1n)))',
      'Logging the last byte of the memory is a trap.',
    ],
    [
      'denied-is-abort',
      "trapHere(unit, 'denied-import')",
      "trapHere(unit, 'abort')",
      'A call of a denied import has the trap code of an abort.',
    ],
  ]),
  ...mutantsOf('src/instrument/boundary/export-bits.ts', IMPORTS, [
    [
      'halves-change-places',
      '[value, again].map((v, lane) => raw.SIMDExtract(module, raw.ExtractLaneVecI64x2(), v, lane))',
      '[value, again].map((v, lane) => raw.SIMDExtract(module, raw.ExtractLaneVecI64x2(), v, 1 - lane))',
      'The halves of a vector in a result are exchanged.',
    ],
    [
      'high-half-is-lost',
      'low, 1, build.get(first + 1, build.i64)',
      'low, 1, build.get(first, build.i64)',
      'Only the low half of a vector parameter arrives.',
    ],
  ]),
  ...mutantsOf('src/instrument/gas/passes/global-meter.ts', BOUNDS, [
    [
      'host-calls-have-no-stack',
      'build.setGlobal(METER.stack, build.int32(profile.limits.stackWords))',
      'build.setGlobal(METER.stack, build.int32(profile.limits.stackWords - 1))',
      'A call by the host begins with one word of stack less.',
    ],
  ]),
  ...mutantsOf('src/instrument/boundary/export-bits.ts', GAS, [
    [
      'no-start',
      'if (module.start !== undefined) raw',
      'if (module.start === -1) raw',
      'The start function does not run.',
    ],
  ]),
  ...mutantsOf('src/abi/prepare.ts', REACTORS, [
    ['initialize-is-not-called', '      guest.call(INITIALIZE)\n', '', 'A reactor is not initialized.'],
    ['initialize-runs-twice', 'fun === INITIALIZE || ', '', 'A task that calls `_initialize` runs it twice.'],
  ]),
  ...mutantsOf('src/abi/lookup.ts', REACTORS, [
    [
      'command-is-initialized',
      'return !isCommand && exportsFunction',
      'return exportsFunction',
      'A module with `_start` is initialized, too.',
    ],
  ]),
  ...mutantsOf('src/engine/machine.ts', FIXTURES, [
    [
      'traps-are-misnumbered',
      'const noted = noteIn(this.#global(METER.trap).value as number)\n    if',
      'const noted = noteIn((this.#global(METER.trap).value as number) + 1)\n    if',
      'The number of one trap stands for the next one.',
    ],
    [
      'start-is-not-called',
      'if (this.#exports[EXPORT.start] !== undefined) this.call',
      'if (this.#exports[EXPORT.start] === null) this.call',
      'The start function does not run.',
    ],
  ]),
  ...mutantsOf('src/engine/instantiation-gas.ts', IMPORTS, [
    [
      'data-before-elements',
      'if (outside(module.elements',
      `if (outside(module.data, () => (module.memory?.min ?? 0) * 65536)) return 'memory-out-of-bounds'
  if (outside(module.elements`,
      'Data segments are checked before element segments.',
    ],
    [
      'elements-are-not-looked-at',
      "if (outside(module.elements, segment => module.tables[segment.index]!.min)) return 'table-out-of-bounds'",
      '',
      'Element segments are not checked against their tables.',
    ],
    [
      'segment-may-stick-out',
      'segment.at + segment.length > sizeOf(segment)',
      'segment.at + segment.length > sizeOf(segment) + 1',
      'An active segment may end one byte beyond the memory.',
    ],
    [
      'every-table-is-the-first',
      'module.tables[segment.index]!.min',
      'module.tables[0]!.min',
      'Segments of every table are checked against the first table.',
    ],
    [
      'bytes-are-free',
      'prices.perByte * plain',
      'prices.perByte * module.bodies.length',
      'Instantiation is charged for bodies instead of bytes.',
    ],
  ]),
  ...mutantsOf(
    'src/engine/instantiation-gas.ts',
    ['test/instrument/mutants-instantiation.test.ts'],
    [
      [
        'empty-segment-anywhere',
        "segment.mode === 'active' && segment.at + segment.length",
        "segment.mode === 'active' && segment.length > 0 && segment.at + segment.length",
        'An empty active segment may be out of bounds.',
      ],
      [
        'passive-segments-cost',
        "segments.filter(segment => segment.mode === 'active').length",
        'segments.length',
        'Passive segments are charged as active ones.',
      ],
      [
        'locals-are-free',
        'prices.perLocalWord * (localWords + paramWords)',
        'prices.perLocalWord * paramWords',
        'Declared locals are not charged at instantiation.',
      ],
      [
        'imported-parameters-cost',
        'module.functions.slice(module.importedFunctions)',
        'module.functions.slice(0)',
        'Parameters of imported functions are charged at instantiation.',
      ],
      [
        'pages-to-begin-with-are-free',
        'prices.perPage * (module.memory?.min ?? 0)',
        'prices.perPage * 0',
        'The pages that a memory begins with are not charged.',
      ],
      [
        'only-the-first-table-costs',
        'module.tables.reduce(',
        'module.tables.slice(0, 1).reduce(',
        'Only the slots of the first table are charged.',
      ],
      [
        'branch-targets-are-free',
        'prices.perBranchTarget * targets',
        'prices.perBranchTarget * 0',
        'Targets of a br_table are not charged at instantiation.',
      ],
      [
        'carried-values-are-free',
        'BigInt(prices.perCarriedValue) * BigInt(carried)',
        '0n',
        'Carried values are not charged at instantiation.',
      ],
    ],
  ),
  ...mutantsOf(
    'src/engine/instantiation-gas.ts',
    ['test/engine/bombs.test.ts'],
    [
      [
        'kept-values-are-free',
        'BigInt(prices.perKeptValue) * BigInt(kept)',
        '0n',
        'Values that blocks keep are not charged at instantiation.',
      ],
      [
        'exports-are-free',
        'prices.perExportedWord * module.exportedWords',
        'prices.perExportedWord * 0',
        'What exported functions take and give is not charged at instantiation.',
      ],
      [
        'custom-sections-are-free',
        'prices.perCustomByte * (module.bytes.length - plain)',
        '0',
        'Custom sections are not charged at instantiation.',
      ],
    ],
  ),
  ...mutantsOf('src/engine/compute.ts', FIXTURES, [
    [
      'nothing-is-left-after-preparing',
      '{ gas: limits.gas - price, pages: limits.pages }',
      '{ gas: limits.gas, pages: limits.pages }',
      'The gas of instantiation is not taken off the limit.',
    ],
    [
      'out-of-gas-shows-what-was-used',
      "out.error.code === 'out-of-gas') return trapped('out-of-gas', limits.gas)",
      "out.error.code === 'out-of-gas') return trapped('out-of-gas', limits.gas - machine.gas)",
      'A run that is out of gas reports more gas than its limit.',
    ],
    [
      'out-of-gas-is-seen',
      "if ('error' in out && out.error.code === 'out-of-gas') return",
      "if ('error' in out && out.error.code === 'abort') return",
      'A run that is out of gas shows pages, logs and refusals.',
    ],
  ]),
  ...mutantsOf(
    'src/engine/compute.ts',
    ['test/abi/bytes.test.ts'],
    [
      [
        'parameters-are-free',
        'if (all > limits.gas)',
        'if (price > limits.gas)',
        'Moving the parameters may take more gas than there is.',
      ],
    ],
  ),
  ...mutantsOf('src/engine/compute.ts', BOUNDS, [
    [
      'too-many-pages-to-begin-with',
      'if (pages > limits.pages)',
      'if (pages > limits.pages + 1)',
      'A memory may begin with one page more than the limit.',
    ],
  ]),
  ...mutantsOf('src/engine/machine.ts', GAS, [
    [
      'end-is-not-looked-at',
      "if (this.gas < 0n) this.trap('out-of-gas')",
      "if (this.gas < -1n) this.trap('out-of-gas')",
      'A run in the fast mode may end with one unit more than its limit.',
    ],
  ]),
  ...mutantsOf('src/engine/machine.ts', IMPORTS, [
    [
      'fast-traps-are-believed',
      "if (noted !== 'out-of-gas' && this.#mode !== 'precise') return",
      "if (noted === undefined && this.#mode !== 'precise') return",
      'A trap in the fast mode is believed.',
    ],
  ]),
  ...mutantsOf('src/engine/logs.ts', IMPORTS, [
    [
      'too-much-is-logged',
      'bytes.subarray(0, this.#most - this.#length)',
      'bytes.subarray(0, this.#most)',
      "Logs are kept beyond the profile's limit.",
    ],
  ]),
]
