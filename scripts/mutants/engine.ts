import { mutantsOf, type Mutant } from './mutant.ts'

const IMPORTS = ['test/instrument/mutants-imports.test.ts']
const FIXTURES = ['test/engine/text-fixtures.test.ts']
const BOUNDS = ['test/instrument/mutants-bounds.test.ts']
const REACTORS = ['test/abi/reactor.test.ts']
const GAS = ['test/instrument/mutants-gas.test.ts']
const HOST = ['test/host/calls.test.ts', 'test/host/endings.test.ts', 'test/host/faults.test.ts']

/** What stands between guest and host, and what happens before the guest runs. */
export const ENGINE_MUTANTS: readonly Mutant[] = [
  ...mutantsOf('src/instrument/boundary/link-imports.ts', IMPORTS, [
    [
      'denied-is-abort',
      "trapHere(unit, 'denied-import')",
      "trapHere(unit, 'abort')",
      'A call of a denied import has the trap code of an abort.',
    ],
  ]),
  ...mutantsOf('src/instrument/boundary/link-imports.ts', HOST, [
    [
      'meter-does-not-come-back',
      '...builder.reload(), builder.result(...values)',
      'builder.result(...values)',
      'What a host function charges is lost.',
    ],
    [
      'all-call-the-guest',
      "builder.spill(grant.may.includes('call-guest'))",
      'builder.spill(false)',
      'A call by a host function has all of the stack.',
    ],
  ]),
  ...mutantsOf('src/engine/host-imports.ts', IMPORTS, [
    ['log-is-free', 'run.pay(flat + perUnit * units)', '', 'Host functions are not charged.'],
    [
      'log-pays-no-flat-part',
      'run.pay(flat + perUnit',
      'run.pay(perUnit',
      'Host functions are charged for their units alone.',
    ],
  ]),
  ...mutantsOf('src/engine/host-imports.ts', HOST, [
    [
      'units-are-free',
      'this.#run.pay(this.#perUnit * units)',
      '',
      'What a host function says of its units is not charged.',
    ],
    [
      'units-stand-elsewhere',
      'bitsOf(params.slice(0, unit)).length',
      'unit - 0 * params.length',
      'A vector before the parameter that counts the units is one number.',
    ],
    [
      'grants-allow-all',
      'if (!this.#may.includes(ability))',
      'if (!this.#may.includes(ability) && ability === undefined)',
      'A host function may do what its grant does not say.',
    ],
    [
      'results-are-not-looked-at',
      'if (!areBits(values, kinds))',
      'if (values.length !== kinds.length)',
      'Results of another form are converted by the engine.',
    ],
  ]),
  ...mutantsOf('src/engine/machine.ts', IMPORTS, [
    [
      'log-looks-at-no-bounds',
      "if (from + (length >>> 0) > memory.length) this.trap('memory-out-of-bounds')",
      '',
      'A range that does not lie in memory is no trap.',
    ],
    [
      'log-bounds-off-by-one',
      'from + (length >>> 0) > memory.length)',
      'from + (length >>> 0) >= memory.length)',
      'The last byte of the memory is out of bounds.',
    ],
  ]),
  ...mutantsOf('src/engine/meter.ts', HOST, [
    [
      'charges-of-the-host-are-not-settled',
      'this.#counter.value = this.#before - BigInt(this.#charged)',
      ';',
      'The guest goes on with the gas that it had before the host charged.',
    ],
    [
      'the-host-may-charge-one-unit-too-much',
      'if (gas <= this.#room - this.#charged)',
      'if (gas <= this.#room - this.#charged + 1)',
      'Work of the host is done though one unit of gas is missing.',
    ],
  ]),
  ...mutantsOf('src/engine/machine.ts', HOST, [
    [
      'the-guest-is-called-unsettled',
      'this.#meter.settle()\n    // The note',
      '// The note',
      'A guest that the host calls does not pay for what the host has charged before.',
    ],
    [
      'swallowed-ends-are-forgotten',
      'if (this.#end === undefined) return given',
      'return given',
      'A host function may catch what has ended the run.',
    ],
    [
      'faults-of-attempts-are-final',
      "if (error === this.#hostFault && this.#mode !== 'precise')",
      'if (error === null)',
      'A fault of an attempt that is not exact is reported.',
    ],
    [
      'host-traps-are-believed',
      "!thrown.inside || thrown.code === 'out-of-gas'",
      "thrown.code !== 'stack-exhausted'",
      'The gas of a trap of a host function is that of an inexact counter.',
    ],
  ]),
  ...mutantsOf('src/instrument/gas/analysis/plan.ts', HOST, [
    [
      'ends-are-not-settled',
      'isTail || mayEndRun ? EXACT_NODE',
      'isTail ? EXACT_NODE',
      'The counter is behind where a host function ends the run.',
    ],
    [
      'ends-are-fatal',
      'if (mayEndRun) this.#lastJoin = undefined',
      '',
      'A loop that is left early to where the run ends well has a counter that is behind.',
    ],
  ]),
  ...mutantsOf('src/instrument/boundary/endings.ts', HOST, [
    [
      'ends-through-tables',
      'this.throughTables = [...module.referenced].some(index => reaching[index] === 1)',
      'this.throughTables = false',
      'No call through a table leads to where the run ends.',
    ],
  ]),
  ...mutantsOf('src/instrument/nan/passes/watch.ts', HOST, [
    [
      'those-that-wait-watch',
      'if (mayNotReturn || !isWorthwhile',
      'if (!isWorthwhile',
      'A function that waits where the run ends has met a NaN, and nobody looks.',
    ],
  ]),
  ...mutantsOf('src/instrument/optimise/frames/frames.ts', HOST, [
    [
      'stubs-need-nothing',
      '(needs[index] = calls ? Infinity : 0)',
      '(needs[index] = calls ? 0 : 0)',
      'Functions that are called by host functions do not know how much stack is left.',
    ],
  ]),
  ...mutantsOf('src/instrument/gas/passes/register-meter.ts', HOST, [
    [
      'entries-need-nothing',
      'build.get(stack, i32), build.int32(uncheckedNeed))',
      'build.get(stack, i32), build.int32(0))',
      'A function that a host function calls has no room, and nobody looks.',
    ],
    [
      'entries-do-not-restore',
      'restore.push(build.setGlobal(METER.stack, build.get(stack, i32)))',
      '',
      'The second call by a host function has the stack of another one.',
    ],
  ]),
  ...mutantsOf('src/instrument/gas/passes/global-meter.ts', HOST, [
    [
      'exact-entries-do-not-restore',
      'build.set(held, call), restore, build.tuple',
      'build.set(held, call), build.tuple',
      'In the precise mode the second call by a host function has the stack of another one.',
    ],
    [
      'host-frames-weigh-nothing',
      'build.int32(profile.limits.reentryWords)',
      'build.int32(0)',
      "The host's own frames take no stack.",
    ],
  ]),
  ...mutantsOf(
    'src/instrument/boundary/bits.ts',
    [...IMPORTS, ...HOST],
    [
      [
        'halves-change-places',
        '[value, again].map((v, lane) => raw.SIMDExtract(module, raw.ExtractLaneVecI64x2(), v, lane))',
        '[value, again].map((v, lane) => raw.SIMDExtract(module, raw.ExtractLaneVecI64x2(), v, 1 - lane))',
        'Vectors come out with their halves exchanged.',
      ],
      [
        'high-half-is-lost',
        'low, 1, bits(1)',
        'low, 1, bits(0)',
        'Of a vector that goes in only the low half arrives.',
      ],
    ],
  ),
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
      'A run in the fast mode may end with one unit too many.',
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
  ...mutantsOf('src/host/sinks.ts', IMPORTS, [
    [
      'too-much-is-logged',
      'bytes.subarray(0, this.room)',
      'bytes.subarray(0, this.#most)',
      "Logs are kept beyond the profile's limit.",
    ],
  ]),
]
