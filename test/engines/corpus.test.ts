/** The corpus that every engine runs: its cases, and that building it twice gives the same corpus. */
import { readdirSync, readFileSync } from 'node:fs'
import { beforeAll, describe, expect, test } from 'vitest'
import { INSTRUCTIONS } from '../../src/wasm/instructions.ts'
import { parseExpected } from '../../wasm-fixtures/expected.ts'
import { baseTasks, computing } from '../../scripts/engines/corpus.ts'
import { figuresOf } from '../../scripts/engines/compare.ts'
import type { Line } from '../../scripts/engines/format.ts'
import { TEXT_FOLDERS } from '../../scripts/engines/fixture-tasks.ts'
import { toCorpus, withGasEdges, type CorpusTask } from '../../scripts/engines/tasks.ts'
import { programs, ROOT } from '../support/fixtures.ts'

let tasks: readonly CorpusTask[]
let names: ReadonlySet<string>

beforeAll(async () => {
  tasks = await baseTasks()
  names = new Set(tasks.map(({ name }) => name))
})

describe('the corpus', () => {
  test('is the same when it is made again', async () => {
    expect(JSON.stringify(toCorpus(await baseTasks()))).toBe(JSON.stringify(toCorpus(tasks)))
  })

  test('has every module in text and in hex', () => {
    const files = TEXT_FOLDERS.flatMap(folder =>
      readdirSync(`${ROOT}/${folder}`)
        .filter(file => file.endsWith('.wat') || file.endsWith('.hex'))
        .map(file => `${folder}/${file}`),
    )
    expect(files.filter(file => !names.has(file))).toEqual([])
    expect(files.length).toBeGreaterThan(300)
  })

  test.each(programs())('has every call of %s', name => {
    const { calls, files = [] } = parseExpected(readFileSync(`${ROOT}/programs/${name}/expected.json`, 'utf8'))
    const wanted = [
      ...calls.map((_, i) => `programs/${name} call ${i}`),
      ...files.map((_, i) => `programs/${name} file ${i}`),
    ]
    expect(wanted.filter(task => !names.has(task))).toEqual([])
    expect(wanted.length).toBeGreaterThan(0)
  })

  test('has every program of WASI', () => {
    const folders = readdirSync(`${ROOT}/wasi`)
    const found = tasks.filter(({ abi }) => abi === 'wasi').map(({ name }) => /^wasi\/(\w+): /.exec(name)![1])
    expect([...new Set(found)].sort()).toEqual(folders.sort())
    expect(folders.length).toBeGreaterThan(7)
  })

  test('has every instruction that makes NaNs, on payloads and in a loop', () => {
    const makers = INSTRUCTIONS.flatMap(instruction => (instruction?.nan === undefined ? [] : [instruction.name]))
    const missing = (group: string): string[] =>
      makers.filter(maker => !tasks.some(task => task.group === group && task.name.startsWith(`${maker} `)))
    expect([missing('NaN payloads'), missing('NaN loops')]).toEqual([[], []])
    expect(makers.length).toBe(48)
  })

  test('has a thousand tasks that no one wrote by hand', () => {
    const made = tasks.filter(({ group }) =>
      ['instructions', 'NaN payloads', 'NaN loops', 'recursion', 'generated'].includes(group),
    )
    expect(made.length).toBeGreaterThan(1000)
  })

  test('names no task twice', () => expect(names.size).toBe(tasks.length))

  test('holds every module once, and the tasks of a module together', () => {
    const { modules, tasks: rows } = toCorpus(tasks)
    expect(new Set(modules).size).toBe(modules.length)
    const runs = rows.filter(({ module }, i) => module !== rows[i - 1]?.module)
    expect(runs.length).toBeLessThan(1.1 * modules.length)
  })
})

describe('gas around what a task uses', () => {
  test('suffices, is one too little, and is half of it', async () => {
    const task = tasks.find(({ name }) => name === 'floats/nan-ceil.wat')!
    const { gasUsed } = (await computing()(task))!
    const edges = await withGasEdges([task], computing())
    expect(edges.map(({ gas }) => gas)).toEqual([task.gas, gasUsed, gasUsed - 1n, gasUsed / 2n])
    expect(new Set(edges.map(({ module }) => module))).toEqual(new Set([task.module]))
  })

  test('is below the limit where a task uses all of it', async () => {
    const task = tasks.find(({ name }) => name === 'traps/gas-loop.wat')!
    expect((await withGasEdges([task], computing())).map(({ gas }) => gas)).toEqual([
      task.gas,
      task.gas - 1n,
      task.gas / 3n,
    ])
  })
})

describe('an engine is judged', () => {
  const expected: readonly Line[] = [
    [0, 'a'],
    [1, 'b'],
    [2, 'c'],
  ]
  const judge = (lines: readonly Line[], mayFault = false): unknown[] => {
    const figures = figuresOf({ version: '1', lines, seconds: 1 }, { expected, names: ['x', 'y', 'z'], mayFault })
    return [figures.receipts, figures.mismatches, figures.faults, figures.problems]
  }

  test.each<[string, readonly Line[], boolean, unknown[]]>([
    ['the same receipts', expected, false, [3, 0, 0, []]],
    [
      'another receipt',
      [
        [0, 'a'],
        [1, 'd'],
        [2, 'c'],
      ],
      false,
      [3, 1, 0, ['y: d where the reference has b']],
    ],
    [
      'another receipt where it may fault',
      [
        [0, 'a'],
        [1, 'd'],
        [2, 'c'],
      ],
      true,
      [3, 1, 0, ['y: d where the reference has b']],
    ],
    [
      'a fault',
      [
        [0, 'a'],
        [1, null, 'host-stack', 'm'],
        [2, 'c'],
      ],
      false,
      [2, 0, 1, ['y: fault host-stack: m']],
    ],
    [
      'a fault where it may',
      [
        [0, 'a'],
        [1, null, 'host-stack', 'm'],
        [2, 'c'],
      ],
      true,
      [2, 0, 1, []],
    ],
    ['an end too early', [[0, 'a']], true, [1, 0, 0, ['it ended after 1 of 3 tasks']]],
    [
      'no receipt at all',
      expected.map(([index]) => [index, null, 'engine died', ''] as const),
      true,
      [0, 0, 3, ['it gave no receipt']],
    ],
  ])('%s', (_, lines, mayFault, judged) => expect(judge(lines, mayFault)).toEqual(judged))
})
