/**
 * Reads a description of work in one of these forms:
 *
 * - our own task, and UCAN invocations: `{cmd, args}`, `{op, rsc, input}`, `{do, with}`, `{can, …}`, wrapped or not
 * - the seed of this project: `{type: "ipvm/task", version: "0.1.0", safety, on, using, run: {args}}`
 * - Bacalhau jobs
 * - a resource alone: a CID, a URL, a mail address
 */
import type { CID } from 'multiformats/cid'
import { Fault } from '../base/fault.ts'
import { isRecord } from '../base/shape.ts'
import { SAFETY_CLASSES, type SafetyClass } from './classes.ts'
import { contentOf, normalAbility, schemeOf } from './resources.ts'

type Fields = Readonly<Record<string, unknown>>

/** The type and version of the seed's object. */
export const SEED_TYPE = 'ipvm/task'
export const SEED_VERSION = '0.1.0'

/** A seed for work that is not WebAssembly. `rest` has the fields that the form does not define. */
interface Seed {
  readonly form: 'seed'
  readonly type: string
  readonly using: unknown
  readonly run: Fields
  readonly rest: Fields
  readonly ability: string | null
}

/** A description of work that has been read. */
export type Work = { readonly declared: SafetyClass | null } & (
  | { readonly form: 'wasm'; readonly type: string; readonly module: unknown }
  | Seed
  | { readonly form: 'ability'; readonly ability: string; readonly resource: unknown; readonly inputs: Fields }
  | { readonly form: 'job'; readonly job: Fields }
  | { readonly form: 'resource'; readonly resource: unknown }
)

/** Invocations contain tasks, which contain instructions: two levels at most. */
const DEEPEST_WRAPPING = 2

/**
 * Reads a description of work.
 *
 * @throws Fault bad-work if it has none of the known forms, or contradicts itself
 */
export function readWork(value: unknown): Work {
  if (!isRecord(value) || contentOf(value) !== null || schemeOf(value) !== null) return resourceAlone(value)
  if (value['type'] === SEED_TYPE) return readSeed(value)
  const { fields, safety } = unwrap(value)
  const declared = readClass(safety)
  const ability = abilityOf(fields)
  if (ability !== null) return readInvocation(fields, ability, declared)
  const keys = Object.keys(fields).map(key => key.toLowerCase())
  if (keys.some(key => ['engine', 'tasks', 'spec'].includes(key))) return { form: 'job', job: fields, declared }
  const resource = resourceOf(fields)
  if (resource === null) throw badWork('it names neither a type, an ability, an engine nor a resource')
  return { form: 'resource', resource, declared }
}

/**
 * Returns the CID of the module of WebAssembly work, whose admission proves the class. Returns `null` for other work.
 */
export function moduleOf(work: Work): CID | null {
  const module = work.form === 'wasm' ? contentOf(work.module) : null
  return module !== null && module.path === '' ? module.cid : null
}

/** True if work names its module by a CID or contains its bytes, so that no other bytes can take their place. */
export function isNamedByContent(module: unknown): boolean {
  return contentOf(module)?.path === '' || schemeOf(module) === 'data'
}

/** Returns the fault `bad-work` with a message that lists the known forms. */
export function badWork(reason: string, field = ''): Fault {
  const seed = `{"type": "${SEED_TYPE}", "version": "${SEED_VERSION}", "on", "using", "run": {"args"}}`
  const invocation = 'an invocation ({"cmd", "args"}, {"op", "rsc", "input"}, {"do", "with"})'
  const forms = `${seed}, ${invocation}, a Bacalhau job, a CID, a URL`
  return new Fault('bad-work', `this describes no work: ${reason}. Known are ${forms}`, { field })
}

// ── Forms ───────────────────────────────────────────────────────────────────────────────────────────────────────────

function resourceAlone(value: unknown): Work {
  if (contentOf(value) === null && schemeOf(value) === null) throw badWork('it is neither a map, a CID nor a URL')
  return { form: 'resource', resource: value, declared: null }
}

function readSeed(seed: Fields): Work {
  const { type: _, version, safety, on, using, run = {}, ...rest } = seed
  if (version !== SEED_VERSION) throw badWork(`version must be "${SEED_VERSION}"`, 'version')
  if (typeof on !== 'string' || on === '') throw badWork('on must say where it runs, such as "ipvm/wasm"', 'on')
  if (!isRecord(run)) throw badWork('run must be a map', 'run')
  const declared = readClass(safety)
  const type = on.toLowerCase()
  const ability = abilityOf(rest) ?? abilityOf(run)
  const isWeb = ['web', 'http', 'https'].includes(type)
  if (ability !== null && !isWeb) throw badWork(`it says both on "${on}" and the ability "${ability}"`, 'on')
  const needsResource = isWeb || ['ipvm/wasm', 'ipfs'].includes(type)
  if (needsResource && using === undefined) throw badWork(`on "${on}", using must name what is used`, 'using')
  if (type === 'ipvm/wasm') return { form: 'wasm', type, module: using, declared }
  return { form: 'seed', type, using: using ?? null, run, rest, ability, declared }
}

function readInvocation(fields: Fields, ability: string, declared: SafetyClass | null): Work {
  const inputs = [fields['args'], fields['input'], fields['inputs'], fields['nb']].find(isRecord) ?? {}
  const resource = resourceOf(fields) ?? resourceOf(inputs)
  if (normalAbility(ability) !== 'wasm/run') return { form: 'ability', ability, resource, inputs, declared }
  const module = inputs['mod'] ?? resource
  if (module === null) throw badWork('it runs Wasm, yet names no module', 'args.mod')
  return { form: 'wasm', type: 'ipvm/wasm', module, declared }
}

// ── Fields ──────────────────────────────────────────────────────────────────────────────────────────────────────────

function unwrap(work: Fields): { readonly fields: Fields; readonly safety: unknown } {
  let fields = work
  let safety = work['safety']
  for (let depth = 0; depth < DEEPEST_WRAPPING; depth++) {
    const inner = [fields['task'], fields['run']].find(isRecord)
    if (inner === undefined || abilityOf(fields) !== null) break
    if (safety !== undefined && inner['safety'] !== undefined && safety !== inner['safety']) {
      throw badWork('it declares two safety classes', 'safety')
    }
    safety ??= inner['safety']
    fields = inner
  }
  return { fields, safety }
}

function readClass(safety: unknown): SafetyClass | null {
  if (safety === undefined || safety === null) return null
  const known = SAFETY_CLASSES.find(item => item === safety)
  if (known === undefined) throw badWork(`safety must be one of ${SAFETY_CLASSES.join(', ')}`, 'safety')
  return known
}

/** Returns the ability of the work. The key depends on the specification: `cmd`, `do`, `op` or `can`. */
function abilityOf(fields: Fields): string | null {
  const named = ['cmd', 'do', 'op', 'can'].filter(key => fields[key] !== undefined && fields[key] !== null)
  if (named.length > 1) throw badWork(`it names its ability twice: ${named.join(', ')}`, named[1])
  const [key] = named
  if (key === undefined) return null
  const ability = fields[key]
  if (typeof ability !== 'string' || ability === '') throw badWork(`${key} must be an ability, such as "http/get"`, key)
  return ability
}

/** Returns the resource of the work. A DID is the subject of an invocation, and says nothing about the kind of work. */
function resourceOf(fields: Fields): unknown {
  const given = ['with', 'rsc', 'using', 'url', 'uri'].map(key => fields[key])
  return given.find(value => value !== undefined && value !== null && schemeOf(value) !== 'did') ?? null
}
