/** Says that something is still going on, once it has taken longer than a second. */

const SECOND = 1000

/** Does the work. On a terminal a line on stderr counts the seconds and goes away again; elsewhere it is said once. */
export async function withProgress<T>(doing: string, work: () => Promise<T>): Promise<T> {
  const { stderr } = process
  let seconds = 0
  const tick = (): void => {
    seconds++
    if (stderr.isTTY) stderr.write(`\r${doing} … ${seconds} s`)
    else if (seconds === 1) stderr.write(`${doing} …\n`)
  }
  const timer = setInterval(tick, SECOND)
  timer.unref()
  try {
    return await work()
  } finally {
    clearInterval(timer)
    if (stderr.isTTY && seconds > 0) stderr.write('\r\u001b[K')
  }
}
