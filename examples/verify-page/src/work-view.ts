/** The controls of work that takes a while: a button that begins it, one that gives it up, and its progress. */
import { describeStage, type Stage } from 'ipvm-wasm'
import { button, fill, h, mark } from './dom.ts'
import { capital, duration } from './words.ts'

/** A stage of work as this page shows it. `load` is before the engine has begun. */
export type WorkStage = Stage | 'load'

/** The names under which tests find the parts. */
export interface WorkNames {
  readonly begin: string
  readonly cancel: string
  readonly progress: string
}

/** Work that is under way. */
export interface Working {
  readonly signal: AbortSignal
  /** Tells the stage that has begun. `detail` is shown with it. */
  say(stage: WorkStage, detail?: string): void
}

/** Does the work. What it returns is shown in the place of the progress. */
type Work = (working: Working) => Promise<string | void>

/** How often the time is shown anew, in milliseconds. */
const TICK_MS = 500

/** A button that does work, with its progress. One piece of work at a time. */
export class WorkView {
  readonly #begin: HTMLButtonElement
  readonly #cancel: HTMLButtonElement
  readonly #stage = h('span')
  readonly #time = h('span', { class: 'muted', 'aria-hidden': 'true' })
  readonly #bar = h('progress', { 'aria-label': 'Progress' })
  readonly #progress: HTMLElement
  #controller: AbortController | undefined

  constructor(element: HTMLElement, label: string, names: WorkNames, work: Work) {
    this.#begin = button(label, { class: 'primary', 'data-testid': names.begin }, () => void this.#run(work))
    this.#cancel = button('Cancel', { 'data-testid': names.cancel, hidden: true }, () => this.cancel())
    this.#progress = h('p', { class: 'progress', 'data-testid': names.progress, role: 'status' }, this.#stage)
    this.#bar.hidden = true
    fill(element, h('div', { class: 'actions' }, this.#begin, this.#cancel), this.#bar, this.#progress, this.#time)
  }

  /** True while work is under way. */
  get busy(): boolean {
    return this.#controller !== undefined
  }

  /** Gives up the work that is under way. */
  cancel(): void {
    this.#controller?.abort()
  }

  /** Removes what the last piece of work has said. */
  clear(): void {
    if (!this.busy) this.#stage.textContent = ''
  }

  /** Begins the work, as the button does. */
  begin(): void {
    this.#begin.click()
  }

  async #run(work: Work): Promise<void> {
    if (this.busy) return
    const controller = (this.#controller = new AbortController())
    const began = performance.now()
    const timer = setInterval(() => (this.#time.textContent = duration(performance.now() - began)), TICK_MS)
    const hadFocus = document.activeElement === this.#begin
    this.#show(true)
    if (hadFocus) this.#cancel.focus()
    let said: string | void = undefined
    try {
      said = await work({ signal: controller.signal, say: (stage, detail) => this.#say(stage, detail) })
    } finally {
      clearInterval(timer)
      const cancelled = document.activeElement === this.#cancel
      this.#controller = undefined
      this.#show(false)
      this.#stage.textContent = said ?? ''
      if (cancelled) this.#begin.focus()
    }
  }

  #say(stage: WorkStage, detail = ''): void {
    mark(this.#progress, 'stage', stage)
    const doing = stage === 'load' ? 'loading what the task needs' : describeStage(stage)
    this.#stage.textContent = `${capital(doing)} …${detail === '' ? '' : ` ${detail}`}`
  }

  #show(busy: boolean): void {
    this.#begin.disabled = busy
    this.#cancel.hidden = this.#bar.hidden = !busy
    this.#time.textContent = ''
    if (busy) return
    mark(this.#progress, 'stage', undefined)
    this.#stage.textContent = ''
  }
}
