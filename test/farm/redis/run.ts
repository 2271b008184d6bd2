/**
 * `npm run test:farm`: the queue of a farm on a real Redis, which it starts itself. It checks the contract of
 * transports, and then a farm in a storm. With `npm run test:farm -- --full` the storm has 5 000 tasks and 50 kills, and
 * what a farm costs is measured at the end; `--storm` and `--measure` do one of these alone.
 * Without redis-server it is skipped, and the reason is printed.
 */
import { spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { debianProgram, Unavailable } from '../../../scripts/install.ts'
import { measureFarm } from './measure.ts'
import { weatherStorm, type Storm } from './storm.ts'

const ROOT = fileURLToPath(new URL('../../..', import.meta.url))
const SHORT: Storm = { tasks: 300, kills: 6 }
const FULL: Storm = { tasks: 5000, kills: 50 }

async function main(): Promise<number> {
  const flag = { type: 'boolean', default: false } as const
  const { full, storm, measure } = parseArgs({ options: { full: flag, storm: flag, measure: flag } }).values
  try {
    debianProgram('redis-server', ['redis-server'])
  } catch (error) {
    if (!(error instanceof Unavailable)) throw error
    console.log(`skipped, because ${error.message}`)
    return 0
  }
  if (!storm && !measure) {
    const words = ['vitest', 'run', '--config', 'vitest.farm.config.ts']
    const { status } = spawnSync('npx', words, { cwd: ROOT, stdio: 'inherit' })
    if (status !== 0) return status ?? 1
  }
  const log = (line: string): void => console.log(line)
  if (!measure) await weatherStorm(full ? FULL : SHORT, log)
  if (measure || full) await measureFarm(log)
  return 0
}

process.exitCode = await main()
