import { mutantsOf, type Mutant } from './mutant.ts'

const IMPORTS = ['test/instrument/mutants-imports.test.ts']
const FIXTURES = ['test/engine/text-fixtures.test.ts']
const BOUNDS = ['test/instrument/mutants-bounds.test.ts']
const REACTORS = ['test/abi/reactor.test.ts']
const GAS = ['test/instrument/mutants-gas.test.ts']
const HOST = ['test/host/calls.test.ts', 'test/host/endings.test.ts', 'test/host/faults.test.ts']

/** Mutants of the boundary between guest and host, and of the steps before the guest runs. */
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
      'charges-of-host-functions-are-lost',
      '...builder.reload(), builder.result(...values)',
      'builder.result(...values)',
      'Charges of a host function are lost.',
    ],
    [
      'host-call-has-the-whole-stack',
      "builder.spill(grant.may.includes('call-guest'))",
      'builder.spill(false)',
      'A call by a host function has the whole stack.',
    ],
  ]),
  ...mutantsOf('src/engine/host-imports.ts', IMPORTS, [
    ['log-is-free', 'run.pay(flat + perUnit * units)', '', 'Host functions are not charged.'],
    [
      'flat-price-of-host-functions-is-free',
      'run.pay(flat + perUnit',
      'run.pay(perUnit',
      'The flat price of host functions is not charged.',
    ],
  ]),
  ...mutantsOf('src/engine/host-imports.ts', HOST, [
    [
      'units-of-host-functions-are-free',
      'this.#run.pay(this.#perUnit * units)',
      '',
      'Units that a host function charges itself are free.',
    ],
    [
      'vector-before-the-unit-counts-once',
      'bitsOf(params.slice(0, unit)).length',
      'unit - 0 * params.length',
      'A vector before the parameter that counts the units is treated as one number.',
    ],
    [
      'abilities-are-not-checked',
      'if (!this.#may.includes(ability))',
      'if (!this.#may.includes(ability) && ability === undefined)',
      'A host function may use abilities that its grant does not have.',
    ],
    [
      'results-of-host-functions-are-not-checked',
      'if (!areBits(values, kinds))',
      'if (values.length !== kinds.length)',
      'Results of another form are converted by the engine.',
    ],
  ]),
  ...mutantsOf('src/engine/machine.ts', IMPORTS, [
    [
      'range-of-log-is-not-checked',
      "if (from + (length >>> 0) > memory.length) this.trap('memory-out-of-bounds')",
      '',
      'A range that does not lie in memory is no trap.',
    ],
    [
      'range-of-log-is-off-by-one',
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
      'end-of-run-can-be-caught',
      'if (this.#end === undefined) return given',
      'return given',
      'A host function may catch the end of a run, and the guest goes on.',
    ],
    [
      'fault-of-an-inexact-attempt-is-final',
      "if (error === this.#hostFault && this.#mode !== 'precise')",
      'if (error === null)',
      'A fault of an attempt that is not exact is reported.',
    ],
    [
      'host-trap-in-an-inexact-attempt-is-final',
      "!thrown.inside || thrown.code === 'out-of-gas'",
      "thrown.code !== 'stack-exhausted'",
      'A trap of a host function is final although the counter is not exact.',
    ],
  ]),
  ...mutantsOf('src/instrument/gas/analysis/plan.ts', HOST, [
    [
      'counter-lags-where-a-host-function-ends-the-run',
      'isTail || mayEndRun ? EXACT_NODE',
      'isTail ? EXACT_NODE',
      'The counter lags when a host function ends the run.',
    ],
    [
      'exit-to-an-ending-import-is-a-trapping-exit',
      'if (mayEndRun) this.#lastJoin = undefined',
      '',
      'The counter lags after an early exit to code in which a host function ends the run.',
    ],
  ]),
  ...mutantsOf('src/instrument/boundary/endings.ts', HOST, [
    [
      'indirect-call-to-an-ending-import-is-missed',
      'this.throughTables = [...module.referenced].some(index => reaching[index] === 1)',
      'this.throughTables = false',
      'Indirect calls are treated as if no host function could end the run in them.',
    ],
  ]),
  ...mutantsOf('src/instrument/nan/passes/watch.ts', HOST, [
    [
      'waiting-function-only-watches-for-nans',
      'if (mayNotReturn || !isWorthwhile',
      'if (!isWorthwhile',
      'A function that waits while the run ends keeps a NaN that is not canonical.',
    ],
  ]),
  ...mutantsOf('src/instrument/optimise/frames/frames.ts', HOST, [
    [
      'stub-does-not-pass-the-stack',
      '(needs[index] = calls ? Infinity : 0)',
      '(needs[index] = calls ? 0 : 0)',
      'A host function that calls the guest does not pass on how much stack is left.',
    ],
  ]),
  ...mutantsOf('src/instrument/gas/passes/register-meter.ts', HOST, [
    [
      'entry-from-host-function-is-not-checked',
      'build.get(stack, i32), build.int32(uncheckedNeed))',
      'build.get(stack, i32), build.int32(0))',
      'A function that a host function calls may exceed the stack.',
    ],
    [
      'entry-does-not-restore-the-stack',
      'restore.push(build.setGlobal(METER.stack, build.get(stack, i32)))',
      '',
      'The second call by a host function has the stack of another one.',
    ],
  ]),
  ...mutantsOf('src/instrument/gas/passes/global-meter.ts', HOST, [
    [
      'precise-entry-does-not-restore-the-stack',
      'build.set(held, call), restore, build.tuple',
      'build.set(held, call), build.tuple',
      'In the precise mode the second call by a host function has the stack of another one.',
    ],
    [
      'reentry-weighs-nothing',
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
        'halves-of-vector-results-are-swapped',
        '[value, again].map((v, lane) => raw.SIMDExtract(module, raw.ExtractLaneVecI64x2(), v, lane))',
        '[value, again].map((v, lane) => raw.SIMDExtract(module, raw.ExtractLaneVecI64x2(), v, 1 - lane))',
        'The halves of vectors in results are exchanged.',
      ],
      [
        'high-half-of-vector-parameters-is-lost',
        'low, 1, bits(1)',
        'low, 1, bits(0)',
        'The high half of vectors in parameters is lost.',
      ],
    ],
  ),
  ...mutantsOf('src/instrument/gas/passes/global-meter.ts', BOUNDS, [
    [
      'host-call-has-one-word-less',
      'build.setGlobal(METER.stack, build.int32(profile.limits.stackWords))',
      'build.setGlobal(METER.stack, build.int32(profile.limits.stackWords - 1))',
      'A call by the host begins with one word of stack less.',
    ],
  ]),
  ...mutantsOf('src/instrument/boundary/export-bits.ts', GAS, [
    [
      'start-function-is-not-exported',
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
      'trap-numbers-are-shifted',
      'const noted = noteIn(this.#global(METER.trap).value as number)\n    if',
      'const noted = noteIn((this.#global(METER.trap).value as number) + 1)\n    if',
      'The number of one trap stands for the next one.',
    ],
    [
      'start-function-is-not-called',
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
      'element-segments-are-not-checked',
      "if (outside(module.elements, segment => module.tables[segment.index]!.min)) return 'table-out-of-bounds'",
      '',
      'Element segments are not checked against their tables.',
    ],
    [
      'segment-bound-off-by-one',
      'segment.at + segment.length > sizeOf(segment)',
      'segment.at + segment.length > sizeOf(segment) + 1',
      'An active segment may end one byte beyond the memory.',
    ],
    [
      'segments-check-the-first-table-only',
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
        'empty-segments-are-not-checked',
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
        'initial-pages-are-free',
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
      'instantiation-gas-is-not-subtracted',
      '{ gas: limits.gas - price, pages: limits.pages }',
      '{ gas: limits.gas, pages: limits.pages }',
      'The gas of instantiation is not subtracted from the limit.',
    ],
    [
      'out-of-gas-reports-more-than-the-limit',
      "out.error.code === 'out-of-gas') return trapped('out-of-gas', limits.gas)",
      "out.error.code === 'out-of-gas') return trapped('out-of-gas', limits.gas - machine.gas)",
      'A run that is out of gas reports more gas than its limit.',
    ],
    [
      'out-of-gas-shows-pages-and-logs',
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
        'parameters-are-not-checked-against-the-limit',
        'if (all > limits.gas)',
        'if (price > limits.gas)',
        'Moving the parameters may take more gas than there is.',
      ],
    ],
  ),
  ...mutantsOf('src/engine/compute.ts', BOUNDS, [
    [
      'initial-pages-off-by-one',
      'if (pages > limits.pages)',
      'if (pages > limits.pages + 1)',
      'A memory may begin with one page more than the limit.',
    ],
  ]),
  ...mutantsOf('src/engine/machine.ts', GAS, [
    [
      'gas-is-not-checked-at-the-end',
      "if (this.gas < 0n) this.trap('out-of-gas')",
      "if (this.gas < -1n) this.trap('out-of-gas')",
      'A run in the fast mode may end with more gas used than its limit.',
    ],
  ]),
  ...mutantsOf('src/engine/machine.ts', IMPORTS, [
    [
      'trap-of-the-fast-mode-is-final',
      "if (noted !== 'out-of-gas' && this.#mode !== 'precise') return",
      "if (noted === undefined && this.#mode !== 'precise') return",
      'A trap of the fast mode is final.',
    ],
  ]),
  ...mutantsOf('src/host/sinks.ts', IMPORTS, [
    [
      'logs-have-no-bound',
      'bytes.subarray(0, this.room)',
      'bytes.subarray(0, this.#most)',
      "Logs are kept beyond the profile's limit.",
    ],
  ]),
]
