/** Says that something is still going on, once it has taken longer than a second. */
import type { Stage } from '../engine/preparer.ts'
import { stderr } from './terminal.ts'

const SECOND = 1000

/** What an engine does while it prepares a module, for people. */
const STAGES: Readonly<Record<Exclude<Stage, 'run'>, string>> = {
  admit: 'checking the module',
  instrument: 'instrumenting the module',
  compile: 'compiling the module',
}

/**
 * Does the work, which may say that it has come to something else. On a terminal a line on stderr counts the seconds and
 * goes away again; elsewhere each thing that takes long is said once.
 */
export async function withProgress<T>(doing: string, work: (say: (doing: string) => void) => Promise<T>): Promise<T> {
  let seconds = 0
  let said: string | undefined
  const tick = (): void => {
    seconds++
    if (stderr.isTerminal) stderr.status(`${doing} … ${seconds} s`)
    else if (said !== doing) stderr.line(`${doing} …`)
    said = doing
  }
  const timer = setInterval(tick, SECOND)
  timer.unref()
  try {
    return await work(next => (doing = next))
  } finally {
    clearInterval(timer)
    if (stderr.isTerminal && seconds > 0) stderr.clearStatus()
  }
}

/** For an engine's `onStage`: says what it does, and `running` once that is what it does. */
export function saysStages(say: (doing: string) => void, running: string): (stage: Stage) => void {
  return stage => say(stage === 'run' ? running : STAGES[stage])
}
