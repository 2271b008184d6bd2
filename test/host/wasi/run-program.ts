/** Runs a program as an ABI for programs would: `_start` of an instance whose functions of WASI are given its surroundings. */
import { Machine } from '../../../src/engine/machine.ts'
import { Preparer } from '../../../src/engine/preparer.ts'
import { GuestExit } from '../../../src/engine/run-ends.ts'
import type { HostCall } from '../../../src/host/host-call.ts'
import type { HostInputs, HostModule } from '../../../src/host/host-module.ts'
import { HostFunctions } from '../../../src/host/registry.ts'
import { finish, logStreams, type Finished, type KeptNode } from '../../../src/host/wasi/finish.ts'
import type { InputNode, Program } from '../../../src/host/wasi/input.ts'
import { bareProgram } from '../../../src/host/wasi/program.ts'
import type { WasiState } from '../../../src/host/wasi/state.ts'
import { begin, type WasiInputs } from '../../../src/host/wasi/wasi.ts'
import type { Profile } from '../../../src/interface-profile.ts'
import type { ModeName } from '../../../src/instrument/modes.ts'
import { inputDirectory, inputFile, type Tree } from './guest.ts'

export interface ProgramRun {
  readonly module: Uint8Array
  readonly profile: Profile
  readonly args?: readonly string[]
  readonly variables?: Readonly<Record<string, string>>
  readonly stdin?: string
  readonly tree?: Tree
  readonly keep?: readonly string[]
  readonly gas?: bigint
}

/** What a run came to: as text, so that it can be compared. */
export interface Came {
  readonly end: string
  readonly stdout: string
  readonly stderr: string
  readonly logs: string
  readonly files: unknown
  readonly gasUsed: bigint
}

/** The mode that a run has to be made in again, if it cannot be told in this one. */
export type Again = { readonly next: ModeName }

const MAX_GAS = 10n ** 12n

export async function runProgram(mode: ModeName, run: ProgramRun): Promise<Came | Again> {
  const { module, profile, gas = MAX_GAS } = run
  const preparer = new Preparer(mode, {})
  const means = { source: async () => ({ module, profile }) }
  const prepared = await preparer.admit('program', means)
  const facts = prepared.info
  if ('kind' in facts) throw new Error(`rejected: ${JSON.stringify(facts)}`)
  let state: WasiState | undefined
  let finished: Finished | undefined
  const finishedWith = (call: HostCall, code: number): Finished | undefined =>
    state && finish(call, state, code, units => call.charge(units))
  const program: Program<WasiState> = {
    ...bareProgram(new TextEncoder().encode('the CID of a task')),
    args: run.args ?? ['program'],
    variables: new Map(Object.entries(run.variables ?? {})),
    stdin: inputFile(run.stdin ?? ''),
    root: inputDirectory(run.tree ?? {}),
    keep: run.keep ?? [],
    streams: 'values',
    exit: (call, _, code) => {
      finished = finishedWith(call, code)
      return call.exit([])
    },
  }
  const remembered = { begin: (inputs: HostInputs) => (state = begin({ ...inputs, program } as WasiInputs)) }
  const linked = new HostFunctions()
    .link(facts.imports)
    .map(link => ({ ...link, module: sharing(link.module, remembered) }))
  const inputs = { fun: '_start', params: [], limits: facts.limits }
  const compiled = await preparer.compiled(prepared, mode, means)
  const machine = await Machine.create(
    compiled,
    mode,
    facts,
    { gas: gas - facts.price, pages: 1000 },
    { linked, inputs },
  )
  let end: string
  try {
    machine.start()
    machine.call('_start')
    finished = finishedWith(machine, 0)
    end = 'exit 0'
  } catch (error) {
    const told = error instanceof GuestExit ? `exit ${finished?.exit}` : machine.trapOf(error)
    if (typeof told === 'object') return told
    end = String(told)
    if (finished === undefined && state !== undefined) logStreams(machine, state)
  }
  const gasUsed = gas - machine.gas
  return {
    end,
    stdout: text(finished?.stdout),
    stderr: text(finished?.stderr),
    logs: text(machine.logs),
    files: shown(finished?.files),
    gasUsed,
  }
}

const modules = new WeakMap<object, Map<HostModule, HostModule>>()

/** The module with another `begin`: the same one each time, since functions of one module share their state. */
function sharing(module: HostModule, remembered: Pick<HostModule, 'begin'>): HostModule {
  if (module.begin !== begin) return module
  const known = modules.get(remembered) ?? new Map<HostModule, HostModule>()
  modules.set(remembered, known)
  if (!known.has(module)) known.set(module, { ...module, ...remembered })
  return known.get(module)!
}

const text = (bytes: Uint8Array = new Uint8Array(0)): string => new TextDecoder().decode(bytes)

/** A tree as plain data: texts of files, and targets of links after an arrow. */
export function shown(node: KeptNode | undefined): unknown {
  if (node === undefined) return undefined
  if (node.kind === 'link') return `-> ${node.target}`
  if (node.kind === 'file') return text(node.read(0, node.size))
  if (node.kind === 'input') return shownInput(node.entry.open())
  return Object.fromEntries(node.entries.map(([name, child]) => [name, shown(child)]))
}

function shownInput(node: InputNode): unknown {
  if (node.kind === 'directory')
    return Object.fromEntries([...node.entries()].map(([name, entry]) => [name, shownInput(entry.open())]))
  const bytes = new Uint8Array(node.size)
  node.read(0, bytes)
  return text(bytes)
}

/** What a run comes to in the mode that has the last word. */
export async function runToTheEnd(run: ProgramRun, first: ModeName = 'fast'): Promise<Came> {
  for (let mode = first; ;) {
    const came = await runProgram(mode, run)
    if (!('next' in came)) return came
    mode = came.next
  }
}
