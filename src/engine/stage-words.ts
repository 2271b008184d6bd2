import { badUsage } from '../base/usage.ts'
import type { Stage } from './preparer.ts'

const WORDS: Readonly<Record<Stage, string>> = {
  admit: 'checking the module',
  instrument: 'instrumenting the module',
  compile: 'compiling the module',
  run: 'running the task',
}

/**
 * What an engine is doing at a stage, as text for people, such as `instrumenting the module`.
 *
 * @throws Fault bad-usage for a name that is no stage
 */
export function describeStage(stage: Stage): string {
  if (typeof stage !== 'string' || !Object.hasOwn(WORDS, stage))
    throw badUsage('the stage', `one of ${Object.keys(WORDS).join(', ')}`, stage)
  return WORDS[stage]
}
