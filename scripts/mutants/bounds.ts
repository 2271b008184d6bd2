import { mutantsOf, type Mutant } from './mutant.ts'

const BOUNDS = ['test/instrument/mutants-bounds.test.ts']
const LOCALS = ['test/instrument/mutants-locals.test.ts']

const FRAMES = ['test/instrument/frames.long.test.ts']

/** Mutants with a bound that is off by one, checked too seldom, or not released. */
export const BOUND_MUTANTS: readonly Mutant[] = [
  ...mutantsOf('src/instrument/optimise/frames/frames.ts', BOUNDS, [
    [
      'operands-weigh-once',
      '+ 2 * heightWords',
      '+ heightWords',
      'The operand stack counts once in the weight of a frame.',
    ],
    [
      'parameters-weigh-nothing',
      'params.reduce((sum, type) => sum + wordsOf(type), 0)',
      'params.reduce(sum => sum, 0)',
      'Parameters do not count in the weight of a frame.',
    ],
    ['frames-weigh-one-less', 'return 10 + params', 'return 9 + params', 'Every frame weighs one word less.'],
  ]),
  ...mutantsOf('src/instrument/optimise/frames/frames.ts', FRAMES, [
    [
      'recursion-does-not-check-the-stack',
      'needs[callee] === ACTIVE ? Infinity',
      'needs[callee] === ACTIVE ? 0',
      'A recursive function does not check the stack.',
    ],
    [
      'indirect-call-does-not-check-the-stack',
      'if (body.callsIndirectly) visit.greatest = Infinity',
      '',
      'A function with an indirect call does not check the stack.',
    ],
    [
      'indirect-callees-have-no-reserve',
      'if (callsIndirectly) return this.#greatestNeed',
      '',
      'No stack is reserved for the callees of an indirect call.',
    ],
    [
      'reserve-is-unbounded',
      'need <= most ? need : Infinity',
      'need',
      'A function does not check the stack, however much it needs.',
    ],
  ]),
  ...mutantsOf('src/instrument/stack/bound-in-registers.ts', FRAMES, [
    [
      'refusal-by-reserve-is-final',
      'reserve === 0 ? build.unreachable() :',
      'reserve >= 0 ? build.unreachable() :',
      'A frame that was refused because of the reserve is treated as one that does not fit.',
    ],
  ]),
  ...mutantsOf('src/instrument/stack/bound-in-globals.ts', BOUNDS, [
    [
      'stack-bound-off-by-one',
      'build.get(own, i32), build.int32(0)',
      'build.get(own, i32), build.int32(-1)',
      'One word more than the stack has may be used.',
    ],
    [
      'leaf-off-by-one',
      'raw.LtSInt32(), left, build.int32(weight)',
      'raw.LtSInt32(), left, build.int32(weight - 1)',
      'A function without calls may use one word more than the stack has.',
    ],
    [
      'leaf-is-not-checked',
      'build.if(build.binary(raw.LtSInt32(), left, build.int32(weight)), exhausted)',
      'build.nop()',
      'A function that calls nothing may be larger than the stack.',
    ],
    [
      'remaining-stack-is-not-set-before-calls',
      'if (!tail && end !== OP.call && end !== OP.callIndirect) continue',
      'if (!tail) continue',
      'The stack that is left is not stated before a call.',
    ],
    [
      'remaining-stack-is-not-set-before-indirect-calls',
      'if (!tail && end !== OP.call && end !== OP.callIndirect) continue',
      'if (!tail && end !== OP.call) continue',
      'The stack that is left is not stated before an indirect call.',
    ],
    [
      'tail-call-keeps-its-frame',
      'tail ? build.binary(raw.AddInt32(), remaining, build.int32(weight)) : remaining',
      'remaining',
      'A tail call does not release the frame of its caller.',
    ],
    [
      'indirect-tail-call-keeps-its-frame',
      'const tail = end === OP.returnCall || end === OP.returnCallIndirect',
      'const tail = end === OP.returnCall',
      'An indirect tail call does not release the frame of its caller.',
    ],
    [
      'tail-call-releases-too-much',
      'raw.AddInt32(), remaining, build.int32(weight)',
      'raw.AddInt32(), remaining, build.int32(2 * weight)',
      'The callee of a tail call has more stack than its caller had.',
    ],
  ]),
  ...mutantsOf('src/instrument/stack/bound-in-registers.ts', BOUNDS, [
    [
      'fast-stack-bound-off-by-one',
      'build.int32(weight)), i32), build.int32(reserve)',
      'build.int32(weight)), i32), build.int32(reserve - 1)',
      'In the fast mode one word more than the stack has may be used.',
    ],
    [
      'fast-leaf-is-not-checked',
      'raw.LtSInt32(), left, build.int32(weight + reserve)',
      'raw.LtSInt32(), left, build.int32(reserve)',
      'In the fast mode a function that calls nothing may be larger than the stack.',
    ],
  ]),
  ...mutantsOf('src/instrument/gas/passes/carry-meter.ts', FRAMES, [
    [
      'fast-tail-call-releases-too-much',
      'build.int32(edit.weight)) : left',
      'build.int32(2 * edit.weight)) : left',
      'In the fast mode the callee of a tail call has more stack than its caller had.',
    ],
  ]),
  ...mutantsOf('src/instrument/boundary/bound-memory.ts', BOUNDS, [
    [
      'one-page-past-the-limit',
      'build.binary(raw.GtUInt64(), build.get(grown, i64), limit)',
      'build.binary(raw.GtUInt64(), build.get(grown, i64), build.binary(raw.AddInt64(), limit, build.int64(1n)))',
      "Memory may grow to one page more than the run's limit.",
    ],
    [
      'one-page-less-than-the-maximum',
      'build.int64(BigInt(most))), refuse(unit, builder)),\n      build.if(build.binary',
      'build.int64(BigInt(most - 1))), refuse(unit, builder)),\n      build.if(build.binary',
      'Memory cannot grow to its declared maximum.',
    ],
    [
      'one-page-past-the-maximum',
      'build.int64(BigInt(most))), refuse(unit, builder)),\n      build.if(build.binary',
      'build.int64(BigInt(most + 1))), refuse(unit, builder)),\n      build.if(build.binary',
      'A growth to one page beyond the declared maximum is not refused.',
    ],
    [
      'refused-growth-is-not-recorded',
      'build.setGlobal(METER.refused, build.int32(1))',
      'build.setGlobal(METER.refused, build.int32(0))',
      'A refused growth is not recorded.',
    ],
    [
      'pages-are-free',
      'unit.profile.schedule.bulk.memoryGrow, delta()',
      '0, delta()',
      'Growth costs the same for any number of pages.',
    ],
    [
      'refused-growth-is-charged',
      'build.set(grown, sum(unit, size(), delta())),',
      'builder.charge(scaled(build, 0, 1, delta())), build.set(grown, sum(unit, size(), delta())),',
      'A growth is charged before it is known to be granted.',
    ],
    [
      'size-after-growth-wraps',
      'return build.binary(raw.AddInt64(), build.unary(raw.ExtendUInt32(), a), build.unary(raw.ExtendUInt32(), b))',
      'return build.unary(raw.ExtendUInt32(), build.binary(raw.AddInt32(), a, b))',
      'The sum of a growth by 2³² − 1 pages wraps, and the growth is treated as a small one.',
    ],
    [
      'table-growth-is-unbounded',
      'Math.min(table.max ?? Infinity, profile.limits.tableSlots)',
      'Math.min(table.max ?? 10_000_000, 10_000_000)',
      "Tables grow past the profile's limit.",
    ],
    [
      'declared-maximum-of-tables-is-ignored',
      'Math.min(table.max ?? Infinity, profile.limits.tableSlots)',
      'profile.limits.tableSlots',
      'A growth of a table past its declared maximum is charged, and fails as a fault of the host.',
    ],
  ]),
  ...mutantsOf('src/instrument/finish/reuse-locals.ts', LOCALS, [
    [
      'scratch-locals-are-freed-too-soon',
      'active[0]!.last < scratch.first',
      'active[0]!.last < Infinity',
      'A scratch local is given to another value while its own is live.',
    ],
    [
      'scratch-locals-are-never-freed',
      'active[0]!.last < scratch.first',
      'active[0]!.last < 0',
      'Scratch locals are never shared.',
    ],
    [
      'scratch-locals-of-any-type-are-shared',
      'const type = raw.FunctionGetVar(edit.function, scratch.index - params)',
      'const type = 0 * params',
      'Values of different types share a scratch local.',
    ],
    [
      'scratch-locals-overwrite-the-meter',
      'local + edit.localShift',
      'local',
      'In the fast mode scratch values overwrite the locals of the meter.',
    ],
  ]),
  ...mutantsOf('src/instrument/attach/scratch.ts', LOCALS, [
    [
      'live-range-ends-where-it-begins',
      'scratch.last = Math.max(scratch.last, time)\n    ;',
      ';',
      'A live range ends where it begins.',
    ],
  ]),
]
