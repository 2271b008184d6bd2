/**
 * The `wasi` ABI: it runs a command of WASI preview 1, which exports `_start` and imports `wasi_snapshot_preview1`. The
 * one parameter is a map with arguments, environment, standard input and files. The result is a map with the output,
 * the exit code and the files that are kept (docs/spec/wasi.md, WASI-23 to WASI-26).
 */
import { fieldIn } from '../base/field.ts'
import { isBytes } from '../base/realms.ts'
import { isLink, isMap, sortedKeys } from '../base/value.ts'
import type { HostCall } from '../host/host-call.ts'
import { finish, logStreams, type KeptNode } from '../host/wasi/finish.ts'
import type { Program } from '../host/wasi/input.ts'
import type { WasiState } from '../host/wasi/state.ts'
import * as wasi from '../host/wasi/wasi.ts'
import type { Link, PlainValue, Rejection } from '../interface.ts'
import { reject, type PrepareCall } from './guest.ts'
import { exportedFunction, exportsFunction, isRejection } from './lookup.ts'
import { inputFile, mountsOf, nameParts, rootOf, WHOLE, type OpenFile } from './wasi-files.ts'

export const START = '_start'

/** The parameter of the task, after it was checked. */
interface Given {
  readonly args: readonly string[]
  readonly env: ReadonlyMap<string, string>
  readonly stdin: Uint8Array | Link
  /** A link to a file or directory for each path. */
  readonly files: ReadonlyMap<string, Link>
  readonly keep: readonly string[]
}

const EMPTY: Given = { args: [], env: new Map(), stdin: new Uint8Array(0), files: new Map(), keep: [] }

export const prepareWasi: PrepareCall = (module, fun, params) => {
  const type = exportedFunction(module, fun)
  if (isRejection(type)) return type
  if (fun !== START || !exportsFunction(module, START, { params: [], results: [] }))
    return reject('no-such-function', START)
  if (params.length !== 1) return reject('bad-arguments', '1 parameters')
  const given = readGiven(params[0]!)
  if (isRejection(given)) return given
  let left: KeptNode | undefined
  const result = (call: HostCall, state: WasiState, exit: number): PlainValue => {
    const { files, ...rest } = finish(call, state, exit, units => call.charge(units))
    left = files
    return { ...rest, exit: BigInt(exit) }
  }
  const trees = [...given.files.values(), ...(isBytes(given.stdin) ? [] : [given.stdin])]
  const program = (seed: Uint8Array | undefined, open: OpenFile): Program<WasiState> => {
    // What is neither file nor directory is found out before the guest runs, whether it looks there or not (WASI-27).
    const opened = new Map(trees.map(link => [link['/'], open(link)]))
    const openAgain: OpenFile = link => opened.get(link['/'])!
    return {
      args: given.args,
      variables: given.env,
      stdin: inputFile(given.stdin, openAgain),
      root: rootOf(given.files, openAgain),
      keep: given.keep.map(path => (path === WHOLE ? '/' : `/${path}`)),
      seed,
      streams: 'values',
      exit: (call, state, code) => call.exit(result(call, state, code)),
    }
  }
  return {
    work: [],
    links: [],
    trees,
    program: { program, left: () => left, trapped: guest => logStreams(guest, guest.state(wasi)) },
    inputs: () => params,
    invoke: guest => {
      left = undefined
      guest.call(START)
      return result(guest, guest.state(wasi), 0)
    },
  }
}

/** Reads the parameter, or rejects it. Each call has only one form, so an empty field must be absent. */
function readGiven(param: PlainValue): Given | Rejection {
  if (!isMap<Link>(param)) return misfit([], 'a map')
  const entries = entriesOf(param)
  const unknown = entries.find(([key]) => !Object.hasOwn(EMPTY, key))
  if (unknown !== undefined) return misfit(unknown[0], 'args, env, stdin, files or keep')
  const given: { -readonly [K in keyof Given]: Given[K] } = { ...EMPTY }
  for (const [key, value] of entries) {
    const wrong = READERS[key as keyof Given](value, given)
    if (wrong !== undefined) return wrong
  }
  return given
}

type Writable = { -readonly [K in keyof Given]: Given[K] }

const READERS: Readonly<Record<keyof Given, (value: PlainValue, given: Writable) => Rejection | undefined>> = {
  args(value, given) {
    if (!isTexts(value) || value.length === 0 || value.some(hasNul))
      return misfit('args', 'a list of texts without NUL')
    given.args = value
    return undefined
  },
  env(value, given) {
    const entries = isMap<Link>(value) ? entriesOf(value) : []
    if (entries.length === 0) return misfit('env', 'a map with names')
    const wrong = entries.find(([name, text]) => !isVariable(name, text))
    if (wrong !== undefined) return misfit(['env', wrong[0]], 'a text without NUL, under a name without = and NUL')
    given.env = new Map(entries as [string, string][])
    return undefined
  },
  stdin(value, given) {
    if (!(isBytes(value) ? value.length > 0 : isLink(value))) return misfit('stdin', 'bytes or a link')
    given.stdin = value as Uint8Array | Link
    return undefined
  },
  files(value, given) {
    const entries = isMap<Link>(value) ? entriesOf(value) : []
    if (entries.length === 0) return misfit('files', 'a map with paths')
    const wrong = entries.find(([path, link]) => nameParts(path) === undefined || !isLink(link))
    if (wrong !== undefined)
      return misfit(['files', wrong[0]], 'a link to a file or directory, under a path such as data/in.txt')
    const mounts = mountsOf(entries as [string, Link][])
    if (mounts === undefined) return misfit('files', 'paths of which none lies in another one')
    given.files = mounts
    return undefined
  },
  keep(value, given) {
    if (!isTexts(value) || value.length === 0 || value.some(path => nameParts(path) === undefined))
      return misfit('keep', 'a list of paths such as out/report.txt')
    if (new Set(value).size < value.length) return misfit('keep', 'each path once')
    given.keep = value
    return undefined
  },
}

/**
 * The entries of a map in the order of dag-cbor. If two are wrong, the rejection names the first in this order on every
 * host.
 */
function entriesOf(map: Readonly<Record<string, PlainValue>>): (readonly [key: string, value: PlainValue])[] {
  return sortedKeys(map).map(key => [key, map[key]!] as const)
}

function isTexts(value: PlainValue): value is readonly string[] {
  return Array.isArray(value) && value.every(item => typeof item === 'string')
}

function isVariable(name: string, value: PlainValue): boolean {
  return name !== '' && !name.includes('=') && !hasNul(name) && typeof value === 'string' && !hasNul(value)
}

function hasNul(text: string): boolean {
  return text.includes('\0')
}

/** The rejection of a part of the parameter. `keys` is its key, or the keys that lead to it (RECEIPT-9, RECEIPT-26). */
function misfit(keys: string | readonly string[], expected: string): Rejection {
  const path = [keys].flat().reduce(fieldIn, 'parameter 0')
  return reject('bad-arguments', `${path}: ${expected}`)
}
