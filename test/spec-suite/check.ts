/** Checks one script of the suite against admission and all modes of metering. */
import { admit } from '../../src/admission/admit.ts'
import type { Profile } from '../../src/interface-profile.ts'
import type { Finding } from '../../src/interface.ts'
import { PROFILE_1 } from '../../src/profile/v1.ts'
import type { Action, Command, Expected, Script, WasmFile } from './commands.ts'
import { SuiteGuest, type Ending, type Endings, type Share } from './guest.ts'
import { numberOf, shownExpected } from './values.ts'

/** The result of one command. `outside` means that the profile does not cover it, and has the reason. */
export type Verdict =
  | { readonly kind: 'agreed'; readonly how: string }
  | { readonly kind: 'outside'; readonly why: string }
  | { readonly kind: 'differs'; readonly what: string }

/** The results of the commands of a script in order, and how often each mode answered by itself. */
export interface Checked {
  readonly verdicts: readonly (Verdict & { readonly line: number; readonly type: string })[]
  readonly share: Share
}

export async function checkScript(script: Script): Promise<Checked> {
  const run = new ScriptRun(script)
  const verdicts: Checked['verdicts'][number][] = []
  for (const command of script.commands) {
    const { line, type } = command
    const verdict = await run.check(command).catch((error: unknown): Verdict => differs(String(error)))
    verdicts.push({ ...verdict, line, type })
  }
  return { verdicts, share: run.share }
}

/** The profile denies the imports of the suite. With this one, modules that do not call them can still run. */
const WITHOUT_IMPORTS: Profile = { ...PROFILE_1, denied: 'trap-on-call' }

/** The trap codes of the profile, by the beginning of the suite's message. */
const TRAPS: readonly (readonly [message: string, ...codes: string[]])[] = [
  ['unreachable', 'unreachable'],
  ['out of bounds memory access', 'memory-out-of-bounds'],
  ['out of bounds table access', 'table-out-of-bounds'],
  ['out of bounds', 'memory-out-of-bounds', 'table-out-of-bounds'],
  ['undefined', 'bad-indirect-call'],
  ['uninitialized', 'bad-indirect-call'],
  ['indirect call', 'bad-indirect-call'],
  ['integer divide by zero', 'divide-by-zero'],
  ['integer overflow', 'integer-overflow'],
  ['invalid conversion to integer', 'invalid-conversion'],
  ['call stack exhausted', 'stack-exhausted'],
]

/** Reasons for which a command is outside of the profile. Other reasons are features or limits. */
const IMPORT = 'import'
const LINKED = 'linking of modules'
const REFERENCES = 'references across the border'
const TEXT = 'the text format'
const CUSTOM = 'a custom section, which means nothing to the profile'

/** An instantiated module, or the reason why it was not instantiated. */
type Instance = SuiteGuest | { readonly outside: string }

class ScriptRun {
  readonly share: Share = { own: 0, asked: 0 }
  readonly #script: Script
  readonly #instances = new Map<string, Instance>()
  readonly #definitions = new Map<string, WasmFile>()
  /** The instances from which later modules may import. */
  readonly #registered = new Map<string, Instance>()
  #current: Instance = { outside: 'no module' }

  constructor(script: Script) {
    this.#script = script
  }

  async check(command: Command): Promise<Verdict> {
    switch (command.type) {
      case 'module':
        return this.#module(command, command.name)
      case 'module_definition':
        this.#definitions.set(command.name ?? '', command)
        return this.#valid(command)
      case 'module_instance':
        return this.#module(this.#definitions.get(command.module ?? '')!, command.instance)
      case 'assert_malformed':
      case 'assert_invalid':
        return this.#refused(command, command.type === 'assert_invalid' ? 'invalid' : 'malformed')
      case 'assert_malformed_custom':
      case 'assert_invalid_custom':
        return outside(CUSTOM)
      case 'assert_unlinkable':
        return this.#unlinkable(command)
      case 'assert_uninstantiable':
        return this.#uninstantiable(command)
      case 'assert_return':
        return this.#act(command, ending => returns(ending, command.expected))
      case 'action':
        return this.#act(command, () => true)
      case 'assert_trap':
      case 'assert_exhaustion':
        return this.#act(command, ending => traps(ending, command.text))
      case 'register':
        this.#registered.set(command.as, this.#instanceOf(command.name))
        return outside(LINKED)
      default:
        return outside(`feature: ${command.type}`)
    }
  }

  // ── Admission ─────────────────────────────────────────────────────────────────────────────────────────────────────

  #bytes(file: WasmFile): Uint8Array | undefined {
    const name = file.module_type === 'binary' ? file.filename : file.binary_filename
    return name === undefined ? undefined : new Uint8Array(Buffer.from(this.#script.files[name]!, 'hex'))
  }

  /** A module that the suite calls valid. */
  #valid(file: WasmFile): Verdict {
    const bytes = this.#bytes(file)
    if (bytes === undefined) return outside(TEXT)
    const { findings, imports } = admit(bytes, PROFILE_1)
    for (const { import: entry } of imports) this.#forget(this.#registered.get(entry.module), LINKED)
    return findings[0] === undefined ? agreed('admitted') : judged(findings[0])
  }

  #refused(file: WasmFile, code: 'invalid' | 'malformed'): Verdict {
    const bytes = this.#bytes(file)
    if (bytes === undefined || (code === 'malformed' && file.module_type === 'text')) return outside(TEXT)
    const { admitted, findings } = admit(bytes, PROFILE_1)
    if (admitted !== undefined) return differs(`admitted, and is ${code}`)
    // A denied import may come before the error that the suite means.
    const first = findings.find(finding => finding.code !== 'import')
    if (first === undefined) return differs(`refused for its imports alone, and is ${code}`)
    if (first.code === code) return agreed(code)
    if (first.code === 'feature') return agreed(`${code}, for us the feature ${first.subject}`)
    if (first.code === 'limit') return agreed(`${code}, for us above the limit ${first.subject}`)
    return differs(`${first.code} (${first.detail}), and is ${code}`)
  }

  #unlinkable(file: WasmFile): Verdict {
    const verdict = this.#valid(file)
    return verdict.kind === 'agreed' ? differs('admitted, and imports what is not there') : verdict
  }

  // ── Execution ─────────────────────────────────────────────────────────────────────────────────────────────────────

  async #module(file: WasmFile, name: string | undefined): Promise<Verdict> {
    const verdict = this.#valid(file)
    this.#current = { outside: verdict.kind === 'outside' ? verdict.why : 'a module that could not be had' }
    if (verdict.kind !== 'differs') {
      const instance = await this.#instantiate(file)
      if (instance !== undefined && !(instance instanceof SuiteGuest)) return instance
      if (instance !== undefined) this.#current = instance
    }
    if (name !== undefined) this.#instances.set(name, this.#current)
    return verdict
  }

  /** Undefined if the module cannot run, or needs its imports. A verdict if it should have run. */
  async #instantiate(file: WasmFile): Promise<SuiteGuest | Verdict | undefined> {
    const prepared = await this.#prepare(file)
    if (prepared === undefined) return undefined
    const { precise, steady, fast } = await prepared.start()
    for (const ending of [precise, steady, fast]) {
      if ('trap' in ending) return ending.trap === 'denied-import' ? undefined : differs(`${ending.trap} at its start`)
    }
    return prepared
  }

  async #prepare(file: WasmFile): Promise<SuiteGuest | undefined> {
    const bytes = this.#bytes(file)
    if (bytes === undefined) return undefined
    const { admitted } = admit(bytes, WITHOUT_IMPORTS)
    return admitted && (await SuiteGuest.prepare(admitted, bytes, this.share))
  }

  async #uninstantiable(command: WasmFile & { readonly text: string }): Promise<Verdict> {
    const verdict = this.#valid(command)
    const prepared = await this.#prepare(command)
    if (prepared === undefined) return verdict.kind === 'agreed' ? differs('not prepared') : verdict
    return compare(await prepared.start(), ending => traps(ending, command.text)) ?? agreed('executed')
  }

  #instanceOf(name: string | undefined): Instance {
    return name === undefined ? this.#current : this.#instances.get(name)!
  }

  async #act(
    { type, action }: { readonly type: string; readonly action: Action },
    holds: (ending: Ending) => boolean,
  ): Promise<Verdict> {
    const instance = this.#instanceOf(action.module)
    if (!(instance instanceof SuiteGuest)) return outside(instance.outside)
    const endings =
      action.type === 'get'
        ? this.#get(instance, action.field)
        : await this.#invoke(instance, action, type === 'action')
    if ('kind' in endings) return endings
    if ('trap' in endings.precise && endings.precise.trap === 'denied-import') {
      // An action was called for its effect, which is missing now. Calls for a result usually have no effect in the
      // suite. If one has, a later command differs.
      if (type === 'action') this.#forget(instance, IMPORT)
      return outside(IMPORT)
    }
    return compare(endings, holds) ?? agreed('executed')
  }

  #get(instance: SuiteGuest, name: string): Endings | Verdict {
    return instance.get(name) ?? outside('a global that is no integer, read by the host')
  }

  async #invoke(
    instance: SuiteGuest,
    action: Action & { readonly type: 'invoke' },
    isDone: boolean,
  ): Promise<Endings | Verdict> {
    const args = action.args.map(numberOf)
    const numbers = args.filter(arg => arg !== undefined)
    const endings = await instance.invoke(action.field, numbers)
    if (typeof endings !== 'string') return endings
    if (endings !== `no-such-function ${action.field}` || !instance.exportsReferences(action.field))
      return differs(endings)
    // A call with references, or one for its effect, would have changed the instance.
    if (numbers.length < args.length || isDone) this.#forget(instance, REFERENCES)
    return outside(REFERENCES)
  }

  /** Marks an instance whose state differs from that which the suite expects. */
  #forget(instance: Instance | undefined, why: string): void {
    if (!(instance instanceof SuiteGuest)) return
    for (const [name, known] of this.#instances) if (known === instance) this.#instances.set(name, { outside: why })
    if (this.#current === instance) this.#current = { outside: why }
  }
}

// ── Verdicts ────────────────────────────────────────────────────────────────────────────────────────────────────────

function agreed(how: string): Verdict {
  return { kind: 'agreed', how }
}

function outside(why: string): Verdict {
  return { kind: 'outside', why }
}

function differs(what: string): Verdict {
  return { kind: 'differs', what }
}

/** The verdict on a module that the suite calls valid, and that is rejected. */
function judged({ code, subject, detail }: Finding): Verdict {
  if (code === 'feature' || code === 'limit') return outside(`${code}: ${subject}`)
  return code === 'import' ? outside(IMPORT) : differs(`${code} (${detail}), and is valid`)
}

function compare(endings: Endings, holds: (ending: Ending) => boolean): Verdict | undefined {
  for (const [mode, ending] of Object.entries(endings)) {
    if (!holds(ending as Ending)) return differs(`${mode} mode: ${JSON.stringify(ending)}`)
  }
  return undefined
}

function returns(ending: Ending, expected: readonly Expected[]): boolean {
  if (!('ok' in ending) || ending.ok.length !== expected.length) return false
  return ending.ok.every((value, i) => shownExpected(expected[i]!)?.includes(value))
}

function traps(ending: Ending, text: string): boolean {
  const codes = TRAPS.find(([message]) => text.startsWith(message))
  return 'trap' in ending && codes !== undefined && codes.slice(1).includes(ending.trap)
}
