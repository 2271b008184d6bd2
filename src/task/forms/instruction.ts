/**
 * Reads instructions, tasks, invocations and workflows of homestar 0.2 and UCAN invocation 0.2. The two systems differ
 * in the hash function, in the key of the parameters, and in nonces:
 *
 *   instruction  { rsc: URI, op: "wasm/run", input: { func, args | input: [Any] }, nnc }
 *   task         { run: instruction | link, cause: link | null, meta: { … }, prf: [link] }
 *   invocation   { task, auth?: link }
 *   workflow     { tasks: [task] }
 *
 * Sources: https://github.com/ipvm-wg/homestar, homestar-invocation; https://github.com/ucan-wg/invocation/tree/v0.2
 */
import { base32hex } from 'multiformats/bases/base32'
import { CID } from 'multiformats/cid'
import { fieldIn } from '../../base/field.ts'
import { links, listOf, mapOf, openMap } from '../../base/marked-shape.ts'
import type { MarkedMap, MarkedValue } from '../../base/marked-value.ts'
import { isBytes } from '../../base/realms.ts'
import { link, Misfit, text } from '../../base/shape.ts'
import type { Block } from '../../interface.ts'
import type { AskedCall, TaskDocument, TaskForm } from './form.ts'
import { awaitsIn, block, homestarBlock, metaOf, uri } from './parts.ts'

/** The differences between the two systems. */
interface Family {
  /** The key of the list of parameters. */
  readonly params: 'args' | 'input'
  readonly block: (value: MarkedValue) => Block
  readonly nonce: (value: MarkedValue | undefined, field: string) => MarkedValue
  readonly meta: (value: MarkedValue | undefined, field: string) => MarkedMap
  /** Returns the `cause` in canonical form; undefined if the key is absent there. */
  readonly cause: (value: MarkedValue | undefined, field: string) => CID | null | undefined
}

const HOMESTAR: Family = {
  params: 'args',
  block: homestarBlock,
  nonce: homestarNonce,
  meta: (value, field) => mapOf(value, field, [], ['fuel', 'memory', 'time']),
  // homestar writes null if the key was absent.
  cause: (value, field) => (value === undefined || value === null ? null : link(value, field)),
}

const UCAN: Family = {
  params: 'input',
  block,
  nonce: asciiNonce,
  meta: openMap,
  cause: (value, field) => (value === undefined ? undefined : link(value, field)),
}

/** The key of a map that may wrap a UCAN 0.2 invocation. */
const TAG = 'ucan/invoke@0.2.0'

/** A part of a document in its canonical form, and the calls in this part. */
interface Part {
  readonly value: MarkedValue
  readonly calls: readonly AskedCall[]
}

/** Reads the forms that begin with `homestar-`. */
export function readHomestar(value: MarkedValue, form: TaskForm): TaskDocument {
  return documentOf(form, HOMESTAR, partOf(HOMESTAR, value, form))
}

/** Reads the forms that begin with `ucan-0.2-`. */
export function readUcan02(value: MarkedValue, form: TaskForm): TaskDocument {
  return documentOf(form, UCAN, partOf(UCAN, value, form))
}

function documentOf(form: TaskForm, family: Family, { value, calls }: Part): TaskDocument {
  return { form, ...family.block(value), value, calls }
}

function partOf(family: Family, value: MarkedValue, form: TaskForm): Part {
  switch (form) {
    case 'homestar-workflow':
      return workflow(family, value)
    case 'homestar-invocation':
    case 'ucan-0.2-invocation':
      return invocation(family, value)
    case 'homestar-task':
    case 'ucan-0.2-task':
      return task(family, value, '')
    default:
      return instruction(family, value, '')
  }
}

function workflow(family: Family, value: MarkedValue): Part {
  const tasks = listOf(mapOf(value, '', ['tasks'])['tasks'], 'tasks')
  const parts = tasks.map((item, index) => task(family, item, fieldIn('tasks', index)))
  return { value: { tasks: parts.map(part => part.value) }, calls: parts.flatMap(part => part.calls) }
}

function invocation(family: Family, value: MarkedValue): Part {
  const outer = openMap(value, '')
  if (family === HOMESTAR) {
    const part = task(family, mapOf(outer, '', ['task'])['task']!, 'task')
    return { value: { task: part.value }, calls: part.calls }
  }
  const tagged = Object.hasOwn(outer, TAG)
  const field = tagged ? fieldIn('', TAG) : ''
  const inner = mapOf(tagged ? mapOf(outer, '', [TAG])[TAG] : outer, field, ['task', 'auth'])
  const part = task(family, inner['task']!, fieldIn(field, 'task'))
  const own = { task: part.value, auth: link(inner['auth'], fieldIn(field, 'auth')) }
  return { value: tagged ? { [TAG]: own } : own, calls: part.calls }
}

function task(family: Family, value: MarkedValue, field: string): Part {
  const { run, cause, meta, prf } = mapOf(value, field, ['run', 'meta', 'prf'], ['cause'])
  const at = (key: string): string => fieldIn(field, key)
  const metadata = family.meta(meta, at('meta'))
  const why = family.cause(cause, at('cause'))
  const inner = runOf(family, run!, at('run'))
  return {
    value: {
      run: inner.value,
      meta: metadata,
      prf: links(prf, at('prf')),
      ...(why === undefined ? {} : { cause: why }),
    },
    calls: inner.calls.map(call => ({ ...call, ...metaOf(metadata, at('meta')) })),
  }
}

/** Reads an instruction or a link to one. Of a linked instruction, only the CID is known. */
function runOf(family: Family, value: MarkedValue, field: string): Part {
  const cid = CID.asCID(value)
  return cid === null ? instruction(family, value, field) : { value: cid, calls: [{ field, cid }] }
}

function instruction(family: Family, value: MarkedValue, field: string): Part {
  const at = (key: string): string => fieldIn(field, key)
  const { rsc, op, input, nnc } = mapOf(value, field, ['rsc', 'op', 'input', 'nnc'])
  const inputs = mapOf(input, at('input'), ['func', family.params])
  const params = listOf(inputs[family.params], fieldIn(at('input'), family.params))
  const fun = text(inputs['func'], fieldIn(at('input'), 'func'))
  const mod = resource(family, rsc, at('rsc'))
  const canonical = {
    rsc: mod,
    op: ability(family, op, at('op')),
    input: { func: fun, [family.params]: params },
    nnc: family.nonce(nnc, at('nnc')),
  }
  const own = family.block(canonical)
  const fields = {
    mod: at('rsc'),
    fun: fieldIn(at('input'), 'func'),
    params: fieldIn(at('input'), family.params),
    abi: field,
  }
  const awaits = awaitsIn(params, fields.params)
  return {
    value: canonical,
    calls: [{ field, cid: own.cid, instruction: { block: own, mod, fun, params, awaits, fields } }],
  }
}

/** Reads the resource. homestar writes a link as the URI `ipfs://CID`. */
function resource(family: Family, value: MarkedValue | undefined, field: string): string {
  const cid = family === HOMESTAR ? CID.asCID(value) : null
  return cid === null ? uri(value, field) : `ipfs://${cid.toV1().toString()}`
}

/** Reads the ability. homestar trims it and writes it in lower case. */
function ability(family: Family, value: MarkedValue | undefined, field: string): string {
  const given = text(value, field)
  const name = family === HOMESTAR ? given.trim().toLowerCase() : given
  if (name !== 'wasm/run') throw new Misfit(field, '"wasm/run"')
  return name
}

/**
 * Reads a nonce of homestar. An empty text means that there is no nonce. Otherwise it has 12 or 16 bytes, as a byte
 * string or as text in base 32 hex. The result has the same form as the input.
 */
function homestarNonce(value: MarkedValue | undefined, field: string): MarkedValue {
  if (value === '') return value
  const bytes = typeof value === 'string' ? decoded(value) : isBytes(value) ? value : undefined
  if (bytes === undefined || (bytes.length !== 12 && bytes.length !== 16))
    throw new Misfit(field, 'empty text, or 12 or 16 bytes, which may be text in base 32 hex')
  return value!
}

function decoded(value: string): Uint8Array | undefined {
  try {
    return base32hex.baseDecode(value)
  } catch {
    return undefined
  }
}

function asciiNonce(value: MarkedValue | undefined, field: string): string {
  const given = text(value, field)
  // eslint-disable-next-line no-control-regex
  if (!/^[\x00-\x7f]*$/.test(given)) throw new Misfit(field, 'text in ASCII')
  return given
}
