/** What policies of a farm cost, and how many false receipts they accept: a simulation, which measures no time. */
import { CHANGES, FARM, HONEST, LIARS_PERCENT, POLICIES, SCENARIOS, TASKS_EACH, WORKERS } from '../farm/scenarios.ts'
import { simulate, type Outcome, type Setup } from '../farm/simulate.ts'
import { columns, fixed, markdownTable, type Suite } from '../suite.ts'

export interface PolicyRow extends Outcome {
  readonly policy: string
  readonly scenario: string
}

export interface ChangeRow {
  readonly change: string
  /** False receipts per million tasks, without those that were found out later, of liars alone and of cautious ones. */
  readonly alone: number
  readonly cautious: number
  /** Runs of a task on a farm of honest workers. */
  readonly runs: number
}

export interface HonestRow {
  readonly lane: number
  /** Absent: no worker leaves. */
  readonly life?: number
  readonly runs: number
  readonly lateRuns: number
}

export interface FarmResult {
  readonly workers: number
  readonly tasks: number
  readonly percent: number
  readonly policies: readonly PolicyRow[]
  readonly changes: readonly ChangeRow[]
  readonly honest: readonly HonestRow[]
}

export const farm: Suite<FarmResult> = {
  title: 'simulated farms of workers, some of which lie: false receipts that are accepted, and runs, by policy',
  async run({ quick }, log) {
    const workers = WORKERS
    const tasks = workers * (quick ? TASKS_EACH / 20 : TASKS_EACH)
    const of = (setup: Partial<Setup>): Outcome =>
      simulate({ rules: FARM, workers, tasks, liars: undefined, percent: LIARS_PERCENT, ...setup })
    const policies = SCENARIOS.flatMap(({ name: scenario, liars }) =>
      POLICIES.map(({ name: policy, ...rules }) => {
        const outcome = of({ rules, liars })
        log(
          columns(
            [`${scenario}: ${policy}`, outcome.wrong, 'per million', fixed(outcome.runs), 'runs'],
            [66, 7, 12, 6, 5],
          ),
        )
        return { policy, scenario, ...outcome }
      }),
    )
    const changes = CHANGES.map(({ name: change, ...setup }) => {
      const remaining = (liars: 'alone' | 'cautious'): number => {
        const { wrong, corrected } = of({ ...setup, liars })
        return wrong - corrected
      }
      const row = { change, alone: remaining('alone'), cautious: remaining('cautious'), runs: of(setup).runs }
      log(columns([change, row.alone, row.cautious, fixed(row.runs)], [66, 7, 12, 6]))
      return row
    })
    // A tenth of the workers, with ten times the tasks for each: trust is a matter of years, and not of their number.
    const honest = HONEST.map(({ lane, life }) => {
      const { runs, lateRuns } = of({ workers: workers / 10, lane, ...(life === undefined ? {} : { life }) })
      log(columns([`honest, ${lane} on a lane, life ${life ?? '∞'}`, fixed(runs), fixed(lateRuns)], [66, 7, 12]))
      return { lane, ...(life === undefined ? {} : { life }), runs, lateRuns }
    })
    return { workers, tasks, percent: LIARS_PERCENT, policies, changes, honest }
  },
  report: ({ workers, tasks, percent, policies, changes, honest }) =>
    [
      `${workers} workers, ${percent} of a hundred of which lie, and ${tasks} tasks. The same seed gives the same numbers on every engine.`,
      '',
      markdownTable(
        ['workers', 'policy', 'false per million', 'none per million', 'runs', 'found', 'after', 'honest charged'],
        policies.map(row => [
          row.scenario,
          row.policy,
          row.wrong,
          row.unsettled,
          fixed(row.runs),
          row.found.share === 0 ? '–' : `${Math.round(row.found.share * 100)} %`,
          row.found.share === 0 ? '–' : row.found.after,
          row.charged,
        ]),
      ),
      '',
      'What would change the farm:',
      '',
      markdownTable(
        ['', 'false, liars alone', 'false, where it seems safe', 'runs, nobody lies'],
        changes.map(({ change, alone, cautious, runs }) => [change, alone, cautious, fixed(runs)]),
      ),
      '',
      `What the farm costs if nobody lies, with ${workers / 10} workers and the same tasks:`,
      '',
      markdownTable(
        ['workers on a lane', 'answers until a worker leaves', 'runs', 'runs of the last tenth'],
        honest.map(({ lane, life, runs, lateRuns }) => [lane, life ?? '–', fixed(runs, 3), fixed(lateRuns, 3)]),
      ),
    ].join('\n'),
}
