/** Runs named checks one after the other, and prints what each found. */
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { Unavailable } from '../install.ts'
import type { Tab } from './driven.ts'

/** What a check found, in a few words, for people. */
type Finding = string | undefined | void

/** Throws an error with this message unless the condition holds. */
export function expect(condition: boolean, message: string): asserts condition {
  if (!condition) throw new Error(message)
}

/** Throws unless a text has a match of a pattern. Returns the match. */
export function expectMatch(what: string, text: string, pattern: RegExp): RegExpExecArray {
  const match = pattern.exec(text)
  expect(match !== null, `${what} is «${text.trim()}», which does not match ${pattern}`)
  return match
}

export interface ChecksOptions {
  /** Runs only checks whose names contain one of these texts. */
  readonly only?: readonly string[]
  /** The folder of the screenshots. */
  readonly screenshots: string
}

/** The time that a check may take, in milliseconds, if it says nothing else. */
const CHECK_MS = 120_000

/** The checks of one run, with their counts. */
export class Checks {
  #passed = 0
  #failed = 0
  #skipped = 0
  readonly #options: ChecksOptions

  constructor(options: ChecksOptions) {
    this.#options = options
    mkdirSync(options.screenshots, { recursive: true })
  }

  /** True if a check of this name runs. */
  wants(name: string): boolean {
    const { only } = this.#options
    return only === undefined || only.some(text => name.includes(text))
  }

  /** Runs a check. It fails if it throws, or if its time has passed. A tab that is given is shown in a screenshot then. */
  async run(
    name: string,
    body: () => Promise<Finding>,
    { timeoutMs = CHECK_MS, tab }: { readonly timeoutMs?: number; readonly tab?: Tab } = {},
  ): Promise<void> {
    if (!this.wants(name)) return
    const began = performance.now()
    try {
      const finding = await within(timeoutMs, body())
      this.#passed++
      console.log(`ok      ${name} (${since(began)})${finding === undefined ? '' : `: ${finding}`}`)
    } catch (error) {
      if (error instanceof Unavailable) return this.skip(name, error.message)
      this.#failed++
      console.log(`FAILED  ${name} (${since(began)}): ${error instanceof Error ? error.message : String(error)}`)
      if (tab !== undefined) await this.picture(tab, `failed ${name}`).catch(() => undefined)
    }
  }

  /** Prints that a check cannot run. */
  skip(name: string, reason: string): void {
    if (!this.wants(name)) return
    this.#skipped++
    console.log(`${name}: skipped, because ${reason}`)
  }

  /** Keeps a screenshot of a tab. */
  async picture(tab: Tab, name: string): Promise<void> {
    const path = join(this.#options.screenshots, `${name.replaceAll(/[^\w-]+/g, '-')}.png`)
    await within(20_000, tab.screenshot({ path, fullPage: true }))
  }

  /** The exit code, when the counts have been printed. */
  close(): number {
    console.log(
      `${this.#passed} passed, ${this.#failed} failed${this.#skipped > 0 ? `, ${this.#skipped} skipped` : ''}`,
    )
    return this.#failed === 0 ? 0 : 1
  }
}

async function within<T>(ms: number, work: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined
  try {
    return await Promise.race([
      work,
      new Promise<never>((_, reject) => {
        timer = setTimeout(() => reject(new Error(`it was not done within ${ms / 1000} s`)), ms)
      }),
    ])
  } finally {
    clearTimeout(timer)
  }
}

function since(began: number): string {
  return `${((performance.now() - began) / 1000).toFixed(1)} s`
}
