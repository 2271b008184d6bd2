/** Modules that take much time before anything runs. */
import { F64, get, I32, I64, NOTHING, RUN, set, type Case } from './case.ts'
import { unsigned } from '../strategies/binary.ts'
import { concat, repeat, write } from './module.ts'

const WIDE = Array.from({ length: 250 }, () => I32)
const DROP = 0x1a

/** Modules that are expensive to prepare, and run once. */
export const TO_PREPARE: readonly Case[] = [
  {
    name: 'next to nothing',
    idea: 'a module of one instruction, of which there may be many',
    full: 1,
    quick: 1,
    make: () => write({ types: [RUN], functions: [{ type: 0, code: get(0) }] }),
  },
  {
    name: 'wide blocks',
    idea: '500 blocks that take and give 250 values',
    full: 1,
    quick: 1,
    make: () => {
      const code = concat([repeat(250, get(0)), repeat(500, [0x02, 1, 0x0b]), repeat(250, [DROP]), get(0)])
      return write({
        types: [RUN, [WIDE, WIDE]],
        functions: [{ type: 0, code }],
      })
    },
  },
  {
    name: 'wide tables',
    idea: 'br_tables of a thousand targets that carry 200 values',
    full: 1,
    quick: 1,
    make: () => {
      const wide = WIDE.slice(50)
      const table = concat([[0x02, 1], get(0), [0x0e], unsigned(999), repeat(1_000, [0]), [0x0b]])
      const code = concat([repeat(200, get(0)), table, repeat(200, [DROP]), get(0)])
      return write({
        types: [RUN, [wide, wide]],
        functions: [
          { type: 0, code },
          { type: 0, code },
        ],
      })
    },
  },
  {
    name: 'held values',
    idea: '200 values that lie under each call',
    full: 1,
    quick: 1,
    make: () => {
      const code = concat([repeat(500, concat([repeat(200, get(0)), [0x10, 1], repeat(200, [DROP])])), get(0)])
      return write({
        types: [RUN, NOTHING],
        functions: [
          { type: 0, code },
          { type: 1, code: [] },
        ],
      })
    },
  },
  {
    name: 'empty functions',
    idea: '90 000 functions with nothing in them',
    full: 1,
    quick: 1,
    make: () =>
      write({
        types: [RUN, NOTHING],
        functions: [{ type: 0, code: get(0) }, ...Array.from({ length: 90_000 }, () => ({ type: 1, code: [] }))],
      }),
  },
  {
    name: 'calls',
    idea: '260 000 calls of an empty function in one body',
    full: 1,
    quick: 1,
    make: () =>
      write({
        types: [RUN, NOTHING],
        functions: [
          { type: 0, code: concat([repeat(260_000, [0x10, 1]), get(0)]) },
          { type: 1, code: [] },
        ],
      }),
  },
  {
    name: 'square roots',
    idea: 'half a megabyte of f64.sqrt of f64.sqrt …',
    full: 1,
    quick: 1,
    make: () =>
      write({
        types: [RUN],
        functions: [
          {
            type: 0,
            locals: [[1, F64]],
            code: concat([repeat(1_300, concat([get(1), repeat(390, [0x9f]), set(1)])), get(0)]),
          },
        ],
      }),
  },
  {
    name: 'additions',
    idea: 'half a megabyte of sums of sums',
    full: 1,
    quick: 1,
    make: () =>
      write({
        types: [RUN],
        functions: [
          {
            type: 0,
            code: concat([repeat(85_000, [0x20, 0, 0x20, 0, 0x6a, 0x1a]), get(0)]),
          },
        ],
      }),
  },
  {
    name: 'locals',
    idea: '390 functions of 10 000 locals each',
    full: 1,
    quick: 1,
    make: () =>
      write({
        types: [RUN],
        functions: [
          { type: 0, code: get(0) },
          ...Array.from({ length: 390 }, () => ({
            type: 0,
            locals: [[9_990, I64]] as const,
            code: get(0),
          })),
        ],
      }),
  },
  {
    name: 'nesting',
    idea: '3 900 blocks in each other, eight times',
    full: 1,
    quick: 1,
    make: () =>
      write({
        types: [RUN],
        functions: Array.from({ length: 8 }, () => ({
          type: 0,
          code: concat([repeat(3_900, [0x02, 0x40]), repeat(3_900, [0x0b]), get(0)]),
        })),
      }),
  },
  {
    name: 'branch tables',
    idea: 'thirty br_tables of 32 000 targets',
    full: 1,
    quick: 1,
    make: () =>
      write({
        types: [RUN],
        functions: Array.from({ length: 30 }, () => ({
          type: 0,
          code: concat([[0x02, 0x40], get(0), [0x0e], unsigned(32_000), repeat(32_001, [0]), [0x0b], get(0)]),
        })),
      }),
  },
  {
    name: 'data segments',
    idea: '99 000 segments of one byte',
    full: 1,
    quick: 1,
    make: () =>
      write({
        types: [RUN],
        functions: [{ type: 0, code: get(0) }],
        pages: 1,
        data: 99_000,
      }),
  },
  {
    name: 'table',
    idea: 'a million slots',
    full: 1,
    quick: 1,
    make: () =>
      write({
        types: [RUN],
        functions: [{ type: 0, code: get(0) }],
        slots: 1_000_000,
      }),
  },
  {
    name: 'globals',
    idea: '9 900 globals',
    full: 1,
    quick: 1,
    make: () =>
      write({
        types: [RUN],
        functions: [{ type: 0, code: get(0) }],
        globals: 9_900,
      }),
  },
]
