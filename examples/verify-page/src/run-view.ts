/** The view that runs a task, from a module to a receipt. */
import {
  addFile,
  createMemoryStore,
  createTask,
  exportCar,
  formatAbi,
  PROFILES,
  type MemoryStore,
  type Profile,
  type Task,
} from 'ipvm-wasm'
import { toParams } from 'ipvm-wasm/words'
import { admissionView } from './admission-view.ts'
import { within } from './bounds.ts'
import { callFields, type CallFields } from './call-fields.ts'
import { mayPrepare } from './confirm.ts'
import { byId, fill, h, mark } from './dom.ts'
import { onDrop } from './drop.ts'
import { executorOf } from './engine.ts'
import { field, fileBytes } from './fields.ts'
import { inspect, type Inspected } from './inspect.ts'
import { keepUsed } from './offline.ts'
import { isAborted, problemOf } from './problem.ts'
import { showNoReceipt, showReceipt } from './receipt-view.ts'
import { shownOf } from './shown.ts'
import { carSource, type Source } from './sources.ts'
import { size } from './words.ts'
import { WorkView, type Working } from './work-view.ts'

/** The time that a run has, in milliseconds. It can be given up earlier. */
const RUN_MS = 10 * 60_000

/** A module that has been chosen. */
interface Chosen {
  readonly name: string
  readonly bytes: Uint8Array
  readonly profile: Profile
  readonly inspected: Inspected
}

/** Makes the view work. `verify` is called with the receipt that the user wants to verify. */
export function startRunView(verify: (source: () => Promise<Source>) => void): void {
  const view = new RunView(verify)
  const input = byId<HTMLInputElement>('module')
  input.addEventListener('change', () => {
    const [file] = input.files ?? []
    if (file !== undefined) void view.take(file)
    input.value = ''
  })
  onDrop(byId('module-drop'), file => void view.take(file))
}

class RunView {
  readonly #verify: (source: () => Promise<Source>) => void
  readonly #form = byId<HTMLFormElement>('call')
  readonly #report = byId('module-report')
  readonly #error = byId('run-error')
  readonly #status = byId('run-status')
  readonly #receipt = byId('receipt')
  readonly #check = byId('run-check')
  readonly #work: WorkView
  readonly #gas = number('limit-gas', '5e12')
  readonly #pages = number('limit-pages', '1024')
  #chosen: Chosen | undefined
  #fields: CallFields | undefined
  #loading: AbortController | undefined

  constructor(verify: (source: () => Promise<Source>) => void) {
    this.#verify = verify
    const names = { begin: 'run-button', cancel: 'run-cancel', progress: 'run-progress' }
    this.#work = new WorkView(this.#check, 'Run it', names, working => this.#run(working))
    this.#form.addEventListener('submit', event => {
      event.preventDefault()
      this.#work.begin()
    })
  }

  /** Takes a module in place of the one that is shown. If it cannot be read, what is shown stays. */
  async take(file: File): Promise<void> {
    this.#loading?.abort()
    this.#work.cancel()
    const { signal } = (this.#loading = new AbortController())
    fill(this.#error)
    mark(this.#error, 'code', undefined)
    this.#status.textContent = 'Reading …'
    try {
      const bytes = await fileBytes(file)
      const [profile, inspected] = await firstThatAdmits(bytes, signal)
      if (!signal.aborted) this.#show({ name: file.name, bytes, profile, inspected })
    } catch (error) {
      if (signal.aborted && isAborted(error)) return
      const { code, message } = problemOf(error)
      mark(this.#error, 'code', code)
      fill(this.#error, h('p', {}, message))
    }
    this.#status.textContent = ''
  }

  #show(chosen: Chosen): void {
    const { inspection, callable } = chosen.inspected
    this.#chosen = chosen
    this.#receipt.hidden = true
    this.#work.clear()
    fill(
      this.#report,
      h('h2', {}, chosen.name, h('span', { class: 'muted' }, ` ${size(chosen.bytes.length)}`)),
      admissionView(chosen.inspected),
    )
    mark(this.#report, 'verdict', inspection.verdict)
    this.#report.hidden = false
    this.#form.hidden = this.#check.hidden = callable === undefined
    if (callable === undefined) return
    this.#fields = callFields(inspection, callable)
    fill(
      this.#form,
      h('h2', {}, 'The call'),
      ...this.#fields.elements,
      h(
        'div',
        { class: 'row' },
        field('limit-gas', 'Limit on gas', this.#gas),
        field('limit-pages', 'Limit on memory, in pages of 64 KiB', this.#pages),
      ),
    )
  }

  async #run({ signal, say }: Working): Promise<string | void> {
    const { bytes, profile, inspected } = this.#chosen!
    this.#receipt.hidden = true
    let instrumented = false
    try {
      const limits = {
        gas: within(this.#gas.value, 'the limit on gas', 0n, 2n ** 62n),
        pages: Number(within(this.#pages.value, 'the limit on memory', 0n, 65_536n)),
      }
      if (!(await mayPrepare(bytes.length))) return undefined
      say('load')
      const store = createMemoryStore()
      const task = await this.#task(store, bytes, inspected, signal)
      const executor = await executorOf(store, profile)
      const execution = await executor.execute(task, limits, {
        signal,
        timeoutMs: RUN_MS,
        explain: true,
        onStage: stage => {
          instrumented ||= stage === 'instrument'
          say(stage)
        },
      })
      const shown = await shownOf(execution.receipt.out, task.args.abi, store, signal)
      const car = await exportCar(store, [execution.cid], { signal })
      const name = `${execution.cid}.car`
      showReceipt(this.#receipt, { execution, shown, store, car }, () => this.#verify(() => carSource(car, name)))
    } catch (error) {
      if (signal.aborted && isAborted(error)) return 'The run was given up. There is no receipt.'
      showNoReceipt(this.#receipt, problemOf(error))
    } finally {
      if (instrumented) keepUsed()
    }
    return undefined
  }

  async #task(store: MemoryStore, bytes: Uint8Array, { callable }: Inspected, signal: AbortSignal): Promise<Task> {
    const mod = await addFile(store, bytes, { signal })
    const { fun, abi, words, program } = this.#fields!.read()
    const params =
      program === undefined
        ? await toParams({ store, signal }, abi, callable, fun, await words())
        : [await program.param(store)]
    return createTask({ mod, fun, params, abi: formatAbi(abi) })
  }
}

/** The first profile under which a module is admitted; else the first one, with its rejection. */
async function firstThatAdmits(bytes: Uint8Array, signal: AbortSignal): Promise<readonly [Profile, Inspected]> {
  const all = Object.values(PROFILES)
  let first: readonly [Profile, Inspected] | undefined
  for (const profile of all) {
    const found = [profile, await inspect(bytes, profile, signal)] as const
    if (found[1].callable !== undefined) return found
    first ??= found
  }
  return first!
}

function number(id: string, value: string): HTMLInputElement {
  return h('input', { id, 'data-testid': id, inputmode: 'numeric', value, autocomplete: 'off' })
}
