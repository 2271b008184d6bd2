/** The view that verifies: from a source to a claim, and from a claim to a verdict. */
import { Fault } from 'ipvm-wasm'
import { readBounds } from './bounds.ts'
import { showChange } from './change-view.ts'
import { showChoice } from './choice-view.ts'
import { CLAIM, claimView } from './claim-view.ts'
import { mayPrepare } from './confirm.ts'
import { byId, fill, h, mark } from './dom.ts'
import { onDrop } from './drop.ts'
import { verifierOf } from './engine.ts'
import { openExample } from './examples.ts'
import { keepUsed } from './offline.ts'
import { openClaim, type Opened } from './opened.ts'
import { isAborted, problemOf } from './problem.ts'
import { dropAddresses } from './save.ts'
import { gatewaySource, openCar, type Chosen, type Source } from './sources.ts'
import { showVerdict, type End } from './verdict-view.ts'
import { counted, size } from './words.ts'
import { WorkView, type Working } from './work-view.ts'

/** Makes the view work. Returns how another part of the page hands it a source. */
export function startVerifyView(): { readonly verify: (source: () => Promise<Source>) => Promise<void> } {
  const view = new VerifyView()
  return { verify: source => view.take(source) }
}

class VerifyView {
  readonly #claim = byId('claim')
  readonly #verdict = byId('verdict')
  readonly #change = byId('change')
  readonly #choice = byId('choice')
  readonly #check = byId('check')
  readonly #error = byId('source-error')
  readonly #status = byId('source-status')
  readonly #work: WorkView
  /** The claim as it came from its source. */
  #original: Opened | undefined
  /** The claim that is shown, which may have been changed. */
  #opened: Opened | undefined
  /** Ends what is being loaded when something else is asked for. */
  #loading: AbortController | undefined

  constructor() {
    const names = { begin: 'verify-button', cancel: 'cancel-button', progress: 'progress' }
    this.#work = new WorkView(this.#check, 'Run the task again, and compare', names, working => this.#verify(working))
    const input = byId<HTMLInputElement>('car')
    const file = (chosen: File): void => void this.take(signal => openCar(chosen, chosen.name, signal))
    input.addEventListener('change', () => {
      const [chosen] = input.files ?? []
      if (chosen !== undefined) file(chosen)
      // So that the same file can be chosen again.
      input.value = ''
    })
    onDrop(byId('drop'), file)
    byId('source').addEventListener('submit', event => {
      event.preventDefault()
      void this.#fetch()
    })
    for (const chosen of document.querySelectorAll<HTMLElement>('[data-example]'))
      chosen.addEventListener('click', () => void this.take(signal => openExample(chosen.dataset['example']!, signal)))
  }

  /** Takes a source in place of the one that is shown. If it cannot be read, what is shown stays. */
  async take(source: (signal: AbortSignal) => Promise<Source>): Promise<void> {
    await this.#load(async signal => {
      const found = await source(signal)
      const { claims, store } = found
      const choose = (claim: Chosen['claim']): Promise<void> => this.#load(next => this.#open({ claim, store }, next))
      this.#choice.hidden = claims.length < 2
      if (claims.length > 1) showChoice(this.#choice, found, claim => void choose(claim))
      await this.#open({ claim: claims[0]!, store }, signal)
    })
  }

  async #fetch(): Promise<void> {
    const [cid, gateway] = [byId<HTMLInputElement>('cid'), byId<HTMLInputElement>('gateway')]
    await this.take(async signal => {
      if (cid.value.trim() === '')
        throw new Fault('bad-usage', 'name the receipt by its CID, which begins with bafyrei')
      const fetched = (blocks: number, bytes: number): void => {
        if (!signal.aborted) this.#say(`Fetched ${counted(blocks, 'block')}, ${size(bytes)} …`)
      }
      return gatewaySource(cid.value, gateway.value, fetched)
    })
  }

  /** Does something that replaces what is being loaded, and shows why if it cannot be done. */
  async #load(work: (signal: AbortSignal) => Promise<void>): Promise<void> {
    const signal = this.#newest()
    this.#work.cancel()
    fill(this.#error)
    mark(this.#error, 'code', undefined)
    this.#say('Reading …')
    try {
      await work(signal)
    } catch (error) {
      if (signal.aborted && isAborted(error)) return
      const { code, message } = problemOf(error)
      mark(this.#error, 'code', code)
      fill(this.#error, h('p', {}, message))
    }
    if (!signal.aborted) this.#say('')
  }

  /** Ends what is being loaded. Returns the signal of what is loaded in its place. */
  #newest(): AbortSignal {
    this.#loading?.abort()
    return (this.#loading = new AbortController()).signal
  }

  async #open(chosen: Chosen, signal: AbortSignal): Promise<void> {
    const opened = await openClaim(chosen, signal)
    if (signal.aborted) return
    this.#original = opened
    this.#show(opened)
    this.#claim.scrollIntoView({ block: 'start' })
  }

  /** Shows a claim, which has not been checked. */
  #show(opened: Opened, changed?: string): void {
    dropAddresses(CLAIM)
    this.#opened = opened
    fill(
      this.#claim,
      changed === undefined
        ? undefined
        : h('p', { class: 'notice', 'data-testid': 'changed' }, `You have changed ${changed}.`),
      ...claimView(opened),
    )
    mark(this.#claim, 'receipt', opened.cid.toString())
    this.#claim.hidden = this.#check.hidden = false
    this.#verdict.hidden = this.#change.hidden = true
    this.#work.clear()
  }

  async #verify({ signal, say }: Working): Promise<string | void> {
    const opened = this.#opened!
    const began = performance.now()
    this.#verdict.hidden = true
    let instrumented = false
    try {
      const bounds = readBounds(typedBounds())
      if (!(await mayPrepare(opened.moduleBytes))) return undefined
      say('load')
      const verifier = await verifierOf(opened.chosen.store)
      const verdict = await verifier.verify(opened.chosen.claim, {
        ...bounds,
        signal,
        onStage: stage => {
          instrumented ||= stage === 'instrument'
          say(stage)
        },
      })
      this.#end(verdict, began)
    } catch (error) {
      if (signal.aborted && isAborted(error)) return 'The check was given up. There is no verdict.'
      this.#end(problemOf(error), began)
    } finally {
      if (instrumented) keepUsed()
    }
    return undefined
  }

  #end(end: End, began: number): void {
    this.#say('')
    const [original, opened] = [this.#original!, this.#opened!]
    showVerdict(this.#verdict, end, performance.now() - began, 'error' in opened.receipt.out)
    showChange(this.#change, original, opened !== original, (bytes, what) => void this.#changeTo(bytes, what))
  }

  /** Checks a changed claim, or shows the original one again. */
  async #changeTo(bytes: Uint8Array | undefined, what: string): Promise<void> {
    const original = this.#original!
    if (this.#work.busy) return
    const signal = this.#newest()
    if (bytes === undefined) return this.#show(original)
    const began = performance.now()
    try {
      const opened = await openClaim({ claim: bytes, store: original.chosen.store }, signal)
      if (signal.aborted) return
      this.#show({ ...opened, module: original.module, moduleBytes: original.moduleBytes }, what)
      this.#work.begin()
    } catch (error) {
      // The changed bytes are no receipt at all.
      if (!signal.aborted) this.#end(problemOf(error), began)
    }
  }

  #say(text: string): void {
    this.#status.textContent = text
  }
}

function typedBounds(): { readonly seconds: string; readonly pages: string; readonly gas: string } {
  const value = (id: string): string => byId<HTMLInputElement>(id).value
  return { seconds: value('bound-seconds'), pages: value('bound-pages'), gas: value('bound-gas') }
}
