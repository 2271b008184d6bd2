/** Shows what a command is doing, once it has taken longer than a second. */
import type { Stage } from '../engine/preparer.ts'
import { describeStage } from '../engine/stage-words.ts'
import { stderr } from './terminal.ts'

const SECOND = 1000

/**
 * Runs some work, which can say what it is doing. On a terminal, a line on stderr counts the seconds, and is removed at the end.
 * Elsewhere, each step that takes long is reported once.
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

/** A callback for an engine's `onStage` that reports the stages. `running` is the text for the last one. */
export function saysStages(say: (doing: string) => void, running: string): (stage: Stage) => void {
  return stage => say(stage === 'run' ? running : describeStage(stage))
}
